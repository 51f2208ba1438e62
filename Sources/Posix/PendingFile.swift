private import Glibc

private let writeSome = Glibc.write

/// A file that has no name until it is whole: not even a kill leaves a part of it.
package final class PendingFile: Sendable {
    /// It is its owner's alone.
    private static let mode: mode_t = 0o600

    private let path: String
    private let temporary: String
    private let file: Int32
    private let isNameless: Bool

    /// Opens a new file in the folder of `path`, where it appears with ``keep(durably:)``.
    ///
    /// - Throws: The `errno` of the call that failed.
    package init(for path: String) throws(SystemError) {
        let folder = path.lastIndex(of: "/").map {
            $0 == path.startIndex ? "/" : String(path[..<$0])
        }
        let temporary = "\(path).\(getpid()).new"
        // O_TMPFILE, which is too complex a macro to be imported
        var file = open(folder ?? ".", O_WRONLY | O_CLOEXEC | 0o20_200_000, Self.mode)
        let isNameless = file >= 0
        if !isNameless {
            guard errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL else {
                throw SystemError()
            }
            // a file system without nameless files
            file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, Self.mode)
        }
        guard file >= 0 else { throw SystemError() }
        (self.path, self.temporary, self.file, self.isNameless) =
            (path, temporary, file, isNameless)
    }

    deinit {
        close(file)
        // once it has its own name, there is none of this
        if !isNameless { unlink(temporary) }
    }

    /// Adds bytes at its end.
    ///
    /// - Throws: The `errno` of the call that failed; a part may be written then.
    package func append(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let slice = UnsafeRawBufferPointer(rebasing: rest)
            let count = uninterrupted { writeSome(file, slice.baseAddress, slice.count) }
            guard count >= 0 else { throw SystemError() }
            rest = rest.dropFirst(count)
        }
    }

    /// Gives the whole file its name; an older file of that name is replaced.
    ///
    /// - Parameter durably: Whether it must outlast a power cut too.
    /// - Throws: The `errno` of the call that failed; then what was there stays.
    package func keep(durably: Bool) throws(SystemError) {
        if durably, fsync(file) != 0 { throw SystemError() }
        if isNameless {
            unlink(temporary)
            let source = "/proc/self/fd/\(file)"
            guard linkat(AT_FDCWD, source, AT_FDCWD, temporary, AT_SYMLINK_FOLLOW) == 0 else {
                throw SystemError()
            }
        }
        guard rename(temporary, path) == 0 else {
            let error = SystemError()
            unlink(temporary)
            throw error
        }
    }
}
