private import Glibc

/// A file that appears whole or not at all, and of which a kill leaves nothing: a page or a log is
/// megabytes, and nobody comes back to overwrite what lies beside it, as the writers of ``AtomicFile`` do.
package enum WholeFile {
    /// Writes a file under no name at all, and gives it its name when it is whole and on disk, so that
    /// not even a kill leaves a part of it.
    ///
    /// - Throws: The `errno` of the call that failed.
    package static func write(_ bytes: [UInt8], to path: String) throws(SystemError) {
        let folder = path.lastIndex(of: "/").map {
            $0 == path.startIndex ? "/" : String(path[..<$0])
        }
        let temporary = "\(path).\(getpid()).new"
        // O_TMPFILE, which is too complex a macro to be imported
        var file = open(folder ?? ".", O_WRONLY | O_CLOEXEC | 0o20_200_000, 0o644)
        let isNameless = file >= 0
        if !isNameless {
            guard errno == EOPNOTSUPP || errno == EISDIR || errno == EINVAL else {
                throw SystemError()
            }
            // a file system without nameless files
            file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        }
        guard file >= 0 else { throw SystemError() }
        defer { close(file) }
        func giveUp(_ error: SystemError) -> SystemError {
            if !isNameless { unlink(temporary) }
            return error
        }
        do throws(SystemError) { try AtomicFile.append(bytes, to: file) } catch {
            throw giveUp(error)
        }
        guard fsync(file) == 0 else { throw giveUp(SystemError()) }
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
