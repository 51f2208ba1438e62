private import Glibc

private let writeSome = Glibc.write

/// Files that are written whole or not at all.
package enum AtomicFile {
    /// Writes all bytes to an open file.
    ///
    /// - Throws: The `errno` of the call that failed; a part may be written then.
    package static func append(_ bytes: [UInt8], to file: Int32) throws(SystemError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = uninterrupted {
                rest.withUnsafeBytes { writeSome(file, $0.baseAddress, $0.count) }
            }
            guard count >= 0 else { throw SystemError() }
            rest = rest.dropFirst(count)
        }
    }

    /// Writes the whole file or leaves what was there: a temporary name, `fsync`, `rename`.
    ///
    /// - Parameters:
    ///   - bytes: The new content.
    ///   - path: Where; its directory must exist.
    ///   - mode: The permissions, whatever the process's mask takes away.
    ///   - durably: Whether it must outlast a power cut too.
    /// - Throws: The `errno` of the call that failed.
    package static func write(
        _ bytes: [UInt8],
        to path: String,
        mode: UInt32,
        durably: Bool
    ) throws(SystemError) {
        let (directory, name) = split(path)
        // One fixed name: what a killed writer left is overwritten by the next, never piled up.
        let temporary = "\(directory)/.\(name).tmp"
        unlink(temporary)
        let file = open(
            temporary,
            O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
            mode_t(mode)
        )
        guard file >= 0 else { throw SystemError() }
        var failure: SystemError?
        if fchmod(file, mode_t(mode)) != 0 { failure = SystemError() }
        do {
            try append(bytes, to: file)
            if durably, fsync(file) != 0 { failure = SystemError() }
        } catch {
            failure = error
        }
        // Some file systems report a full disk only here.
        if close(file) != 0, failure == nil { failure = SystemError() }
        if failure == nil, rename(temporary, path) != 0 { failure = SystemError() }
        if let failure {
            unlink(temporary)
            throw failure
        }
        if durably { sync(directory: directory) }
    }

    /// Gives a file another name on the same file system, in one step that lasts.
    package static func move(_ path: String, to new: String) throws(SystemError) {
        guard rename(path, new) == 0 else { throw SystemError() }
        sync(directory: split(new).directory)
    }

    /// Returns the directory and the last part of a path; `.` if it has no directory.
    package static func split(_ path: String) -> (directory: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        let directory = path[..<slash]
        return (
            directory.isEmpty ? "/" : String(directory), String(path[path.index(after: slash)...])
        )
    }

    /// Makes a rename in the directory last through a power cut; not all file systems can.
    private static func sync(directory: String) {
        let file = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard file >= 0 else { return }
        fsync(file)
        close(file)
    }
}
