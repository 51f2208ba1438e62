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

    /// Returns all that is in a regular file.
    ///
    /// - Parameters:
    ///   - path: A link to a file is followed.
    ///   - limit: The most bytes that are taken, whole mebibytes.
    /// - Returns: Its bytes.
    /// - Throws: The `errno` of the call that failed; for what is no file, or larger, one that says so.
    package static func bytes(of path: String, limit: Int) throws(SystemError) -> [UInt8] {
        let file = try open(path)
        defer { close(file) }
        return try bytes(from: file, limit: limit)
    }

    /// Returns all that is left in an open file, at most `limit` bytes, whole mebibytes.
    package static func bytes(from file: Int32, limit: Int) throws(SystemError) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = uninterrupted { read(file, &chunk, chunk.count) }
            guard count >= 0 else { throw SystemError() }
            if count == 0 { return bytes }
            guard bytes.count + count <= limit else {
                throw SystemError("larger than \(limit >> 20) MiB", code: EFBIG)
            }
            bytes += chunk[..<count]
        }
    }
}
