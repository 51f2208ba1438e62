private import Glibc

/// A file that appears whole or not at all, and of which a kill leaves nothing: a page or a log is
/// megabytes, and nobody comes back to overwrite what lies beside it, as the writers of ``AtomicFile`` do.
package enum WholeFile {
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
        let file = try PendingFile(for: path)
        try body { bytes throws(SystemError) in
            var failure: SystemError?
            bytes.withUnsafeBytes { bytes in
                do throws(SystemError) { try file.append(bytes) } catch { failure = error }
            }
            if let failure { throw failure }
        }
        try file.keep(durably: true)
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
