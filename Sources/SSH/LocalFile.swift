private import Foundation

/// A local file that is read piece by piece; closed when it goes out of scope.
package final class LocalFile {
    /// A failed call on a local file.
    package struct Failure: Error, Hashable {
        package let code: Int32
        package let text: String

        init(code: Int32 = 0, _ text: String? = nil) {
            self.code = code
            self.text = text ?? Socket.text(of: code)
        }
    }

    private let descriptor: Int32

    private init(_ descriptor: Int32) { self.descriptor = descriptor }

    deinit { close(descriptor) }

    /// Opens a regular file to read, and says its size in bytes.
    package static func open(
        _ path: String
    ) throws(Failure) -> (file: LocalFile, size: Int) {
        // Non-blocking, or a named pipe would block here for ever.
        let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Failure(code: errno) }
        let file = LocalFile(descriptor)
        var facts = stat()
        guard fstat(descriptor, &facts) == 0 else { throw Failure(code: errno) }
        guard facts.st_mode & S_IFMT == S_IFREG else { throw Failure("is not a regular file") }
        return (file, Int(facts.st_size))
    }

    /// Reads a whole file of at most `limit` bytes.
    package static func read(_ path: String, limit: Int) -> Result<[UInt8], Failure> {
        do throws(Failure) {
            let (file, size) = try open(path)
            guard size <= limit else { throw Failure("is larger than \(limit) bytes") }
            var bytes: [UInt8] = []
            while bytes.count < limit {
                let piece = try file.read(limit - bytes.count)
                if piece.isEmpty { break }
                bytes += piece
            }
            return .success(bytes)
        } catch {
            return .failure(error)
        }
    }

    /// Reads the next bytes; empty at the end.
    func read(_ count: Int) throws(Failure) -> [UInt8] {
        var code: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            let result = Foundation.read(descriptor, buffer.baseAddress, count)
            if result < 0 { code = errno }
            filled = max(0, result)
        }
        guard code == 0 else { throw Failure(code: code) }
        return bytes
    }
}
