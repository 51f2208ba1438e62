private import Glibc

/// A file that appears whole or not at all, and of which a kill leaves nothing: a page or a log is
/// megabytes, and nobody comes back to overwrite what lies beside it, as the writers of ``AtomicFile`` do.
package enum WholeFile {
    /// Evidence is its owner's alone, and so is what is made of it.
    private static let mode: mode_t = 0o600

    /// Writes a file under no name at all, and gives it its name when it is whole and on disk.
    ///
    /// Not even a kill leaves a part of it. Its owner alone may read it.
    ///
    /// - Throws: The `errno` of the call that failed.
    package static func write(_ bytes: [UInt8], to path: String) throws(SystemError) {
        do {
            try write(to: path) { append in try append(bytes) }
        } catch let error as SystemError {
            throw error
        } catch {
            preconditionFailure("only system calls fail here: \(error)")
        }
    }

    /// Writes a file piece by piece, whole or not at all.
    ///
    /// - Parameters:
    ///   - path: The file; an older one is replaced, a pipe or a device is not.
    ///   - body: Gets what takes the pieces.
    /// - Throws: `SystemError` of the call that failed, and what `body` throws.
    package static func write(
        to path: String,
        _ body: (_ append: ([UInt8]) throws(SystemError) -> Void) throws -> Void
    ) throws {
        try refuseDevice(path)
        let folder = path.lastIndex(of: "/").map {
            $0 == path.startIndex ? "/" : String(path[..<$0])
        }
        let temporary = "\(path).\(getpid()).new"
        // O_TMPFILE, which is too complex a macro to be imported
        var file = open(folder ?? ".", O_WRONLY | O_CLOEXEC | 0o20_200_000, mode)
        let isNameless = file >= 0
        if !isNameless {
            guard errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL else {
                throw SystemError()
            }
            // a file system without nameless files
            file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        }
        guard file >= 0 else { throw SystemError() }
        defer { close(file) }
        do {
            try body { bytes throws(SystemError) in try AtomicFile.append(bytes, to: file) }
            guard fsync(file) == 0 else { throw SystemError() }
        } catch {
            if !isNameless { unlink(temporary) }
            throw error
        }
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

    /// A name that leads to a pipe or a device would be taken from it by the new file.
    private static func refuseDevice(_ path: String) throws(SystemError) {
        var facts = stat()
        guard stat(path, &facts) == 0 else { return }
        guard [S_IFREG, S_IFDIR].contains(facts.st_mode & S_IFMT) else {
            throw SystemError("no regular file", code: EINVAL)
        }
    }
}
