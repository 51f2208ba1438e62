import Dispatch
import Glibc
import DeploymentState

/// Looks which nodes take a connection at their SSH port; nobody logs in.
enum Reach {
    /// How long the slowest may take.
    static let limit = Duration.seconds(3)

    /// Returns the names of the nodes that take one in time; all are asked at once.
    static func answering(_ nodes: [Node], within limit: Duration = limit) async -> Set<String> {
        // Waiting for sockets would hold a thread of Swift's own.
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async {
                continuation.resume(returning: ask(nodes, until: .now + limit))
            }
        }
    }

    private static func ask(_ nodes: [Node], until deadline: ContinuousClock.Instant) -> Set<String>
    {
        var pending: [(name: String, socket: Int32)] = []
        var answering: Set<String> = []
        for node in nodes {
            guard let socket = connect(to: node) else { continue }
            pending.append((node.name, socket))
        }
        defer { for (_, socket) in pending { close(socket) } }
        while !pending.isEmpty {
            let left = (deadline - ContinuousClock.now).components
            let milliseconds = left.seconds * 1_000 + left.attoseconds / 1_000_000_000_000_000
            guard milliseconds > 0 else { break }
            var polled = pending.map { pollfd(fd: $0.socket, events: Int16(POLLOUT), revents: 0) }
            let count = poll(&polled, nfds_t(polled.count), Int32(min(milliseconds, 60_000)))
            if count < 0, errno != EINTR { break }
            for (index, entry) in polled.enumerated().reversed() where entry.revents != 0 {
                if fault(of: entry.fd) == 0 { answering.insert(pending[index].name) }
                close(entry.fd)
                pending.remove(at: index)
            }
        }
        return answering
    }

    /// Begins a connection; `nil` if there is no way to the address at all.
    private static func connect(to node: Node) -> Int32? {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(node.publicIP, "\(node.port)", &hints, &found) == 0, let found else {
            return nil
        }
        defer { freeaddrinfo(found) }
        let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let socket = socket(found.pointee.ai_family, kind | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard socket >= 0 else { return nil }
        let code = Glibc.connect(socket, found.pointee.ai_addr, found.pointee.ai_addrlen)
        guard code == 0 || errno == EINPROGRESS else {
            close(socket)
            return nil
        }
        return socket
    }

    private static func fault(of socket: Int32) -> Int32 {
        var fault: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(socket, SOL_SOCKET, SO_ERROR, &fault, &length) == 0 ? fault : errno
    }
}
