import Dispatch
import Glibc
import DeploymentState

/// Looks at which nodes an SSH server says its version at their port; nobody logs in.
///
/// That something takes a connection is not enough: an address that was given back may be a stranger's, and a
/// host may take connections for machines that are gone.
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

    /// A node that has not answered yet.
    private struct Pending {
        let name: String
        let socket: Int32
        /// What it has said; before the version there may be other lines (RFC 4253, section 4.2).
        var said: [UInt8] = []
        var isConnected = false
    }

    private enum Answer { case none, version, other }

    /// The most bytes that an SSH server may say before its version is whole.
    private static let mostBytes = 8_192

    private static func ask(_ nodes: [Node], until deadline: ContinuousClock.Instant) -> Set<String>
    {
        var pending: [Pending] = []
        var answering: Set<String> = []
        for node in nodes {
            guard let socket = connect(to: node) else { continue }
            pending.append(Pending(name: node.name, socket: socket))
        }
        defer { for entry in pending { close(entry.socket) } }
        while !pending.isEmpty {
            let left = (deadline - ContinuousClock.now).components
            let milliseconds = left.seconds * 1_000 + left.attoseconds / 1_000_000_000_000_000
            guard milliseconds > 0 else { break }
            var polled = pending.map {
                pollfd(fd: $0.socket, events: Int16($0.isConnected ? POLLIN : POLLOUT), revents: 0)
            }
            let count = poll(&polled, nfds_t(polled.count), Int32(min(milliseconds, 60_000)))
            if count < 0, errno != EINTR { break }
            for (index, entry) in polled.enumerated().reversed() where entry.revents != 0 {
                let answer = step(&pending[index])
                if answer == .none { continue }
                if answer == .version { answering.insert(pending[index].name) }
                close(entry.fd)
                pending.remove(at: index)
            }
        }
        return answering
    }

    /// Goes on with a node whose socket is ready.
    private static func step(_ node: inout Pending) -> Answer {
        guard node.isConnected else {
            guard fault(of: node.socket) == 0 else { return .other }
            node.isConnected = true
            return .none
        }
        var chunk = [UInt8](repeating: 0, count: 1_024)
        let count = recv(node.socket, &chunk, chunk.count, 0)
        guard count > 0 else {
            return count < 0 && (errno == EAGAIN || errno == EINTR) ? .none : .other
        }
        node.said += chunk[..<count]
        if hasVersion(node.said) { return .version }
        return node.said.count > mostBytes ? .other : .none
    }

    /// Whether a line that begins with `SSH-` has come.
    static func hasVersion(_ said: [UInt8]) -> Bool {
        said.split(separator: 10).contains { $0.starts(with: "SSH-".utf8) }
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
