private import Glibc

/// Files that are read as evidence: nothing else answers to an end, and a pipe without a writer never does.
package enum RegularFile {
    /// Opens a regular file for reading; a pipe is refused at once, where `open` would wait for a writer.
    ///
    /// - Parameter path: A link to a file is followed.
    /// - Returns: The descriptor, which the caller closes.
    /// - Throws: The `errno` of the call that failed; for what is no file one that says so.
    package static func open(_ path: String) throws(SystemError) -> Int32 {
        let file = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard file >= 0 else { throw SystemError() }
        var facts = stat()
        guard fstat(file, &facts) == 0 else {
            let error = SystemError()
            close(file)
            throw error
        }
        switch facts.st_mode & S_IFMT {
        case S_IFREG: return file
        case S_IFDIR:
            close(file)
            throw SystemError(code: EISDIR)
        default:
            close(file)
            throw SystemError("no regular file", code: EINVAL)
        }
    }
}
