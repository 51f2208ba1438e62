private import CLinux
private import Glibc
package import Posix
private import Synchronization

/// Writes text to a file from a thread of its own, so that a slow disk delays no user.
package final class LineWriter: Sendable {
    /// So many bytes wait for the disk at most; then texts that may be lost are.
    private static let most = 64 << 20

    private struct Content {
        var waiting: [UInt8] = []
        var lost = 0
        var isClosed = false
        var failure: SystemError?
    }

    /// The file as it was named.
    package let path: String
    private let file: Int32
    private let bell: Int32
    private let content = Mutex(Content())
    private let thread: Mutex<SystemThread?>

    /// Creates the file, which its owner alone may read; an older one is replaced.
    ///
    /// - Throws: The `errno` if it cannot be made.
    package init(path: String) throws(SystemError) {
        self.path = path
        thread = Mutex(nil)
        file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
        guard file >= 0 else { throw SystemError(path) }
        bell = eventfd(0, Int32(EFD_CLOEXEC))
        guard bell >= 0 else {
            let error = SystemError("eventfd")
            Glibc.close(file)
            throw error
        }
        let started = try SystemThread { [self] in work() }
        thread.withLock { $0 = started }
    }

    /// Adds text; returns at once.
    ///
    /// - Parameters:
    ///   - text: Whole lines.
    ///   - mayBeLost: Whether it is left out, and counted, while the disk is 64 MB behind.
    package func append(_ text: String, mayBeLost: Bool = false) {
        let mustRing = content.withLock { content -> Bool in
            guard !content.isClosed else { return false }
            guard !mayBeLost || content.waiting.count < Self.most else {
                content.lost += 1
                return false
            }
            defer { content.waiting.append(contentsOf: text.utf8) }
            return content.waiting.isEmpty
        }
        if mustRing { ring() }
    }

    /// Why the file cannot be written; `nil` as long as it can.
    package var failure: SystemError? { content.withLock { $0.failure } }

    /// How many texts were left out.
    package var lost: Int { content.withLock { $0.lost } }

    /// Writes what is left and closes the file; call it once, and before the writer is let go.
    ///
    /// - Throws: The `errno` of the write that failed, also of an earlier one.
    package func close() throws(SystemError) {
        content.withLock { $0.isClosed = true }
        ring()
        thread.withLock { $0.take() }?.join()
        Glibc.close(bell)
        let code = Glibc.close(file)
        if let failure { throw failure }
        guard code == 0 else { throw SystemError(path) }
    }

    private func ring() {
        var one: UInt64 = 1
        _ = write(bell, &one, 8)
    }

    private func work() {
        while true {
            let (bytes, isClosed) = content.withLock { content in
                defer { content.waiting = [] }
                return (content.waiting, content.isClosed)
            }
            if !bytes.isEmpty, failure == nil {
                do {
                    try AtomicFile.append(bytes, to: file)
                } catch {
                    let failure = SystemError(path, code: error.code)
                    content.withLock { $0.failure = failure }
                }
            }
            if bytes.isEmpty {
                if isClosed { return }
                var count: UInt64 = 0
                _ = read(bell, &count, 8)
            }
        }
    }
}
