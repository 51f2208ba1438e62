private import Glibc
private import Posix

/// The bytes of a config, or of a file that one refers to.
enum ConfigBytes {
    /// Why there are none.
    enum Fault: Error, Hashable {
        /// It cannot be opened or read.
        case unreadable
        /// It is neither a file nor, where that is allowed, a pipe: it may have no end.
        case noFile
        /// Its pipe had not ended in time.
        case unended
        /// There are more than a config may have.
        case tooLarge
    }

    /// How long a pipe may take, such as that of `<(sops -d FILE)`, which may ask for a password.
    static let patience = Duration.seconds(60)

    /// Returns all bytes of a regular file, or of a pipe that ends in time.
    ///
    /// - Parameters:
    ///   - path: The file; a link is followed.
    ///   - patience: How long a pipe may take; `nil` if none is allowed.
    /// - Returns: At most as many as a config may have.
    /// - Throws: ``Fault``.
    static func read(_ path: String, pipe patience: Duration? = nil) throws(Fault) -> [UInt8] {
        // What would keep us waiting, such as /proc/kmsg, fails instead.
        let file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard file >= 0 else { throw .unreadable }
        defer { close(file) }
        var facts = stat()
        guard fstat(file, &facts) == 0 else { throw .unreadable }
        let isPipe = facts.st_mode & S_IFMT == S_IFIFO
        guard facts.st_mode & S_IFMT == S_IFREG || isPipe && patience != nil else { throw .noFile }
        let end = ContinuousClock.now + (patience ?? .zero)
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            if isPipe { try wait(for: file, until: end) }
            let count = uninterrupted { Glibc.read(file, &chunk, chunk.count) }
            guard count >= 0 else {
                if isPipe, errno == EAGAIN { continue }
                throw .unreadable
            }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
            guard bytes.count <= ConfigFile.sizeLimit else { throw .tooLarge }
        }
    }

    /// Waits until there is something to read, or the end.
    private static func wait(for file: Int32, until end: ContinuousClock.Instant) throws(Fault) {
        var event = pollfd(fd: file, events: Int16(POLLIN), revents: 0)
        while true {
            let rest = max(.zero, end - .now).components
            let milliseconds = rest.seconds * 1_000 + rest.attoseconds / 1_000_000_000_000_000
            let count = poll(&event, 1, Int32(clamping: milliseconds))
            if count > 0 { return }
            if count == 0 { throw .unended }
            guard errno == EINTR else { throw .unreadable }
        }
    }
}
