internal import Glibc
package import Posix

/// Where a server listens, looked up.
package struct TCPAddress: Sendable, CustomStringConvertible {
    /// As it was written: `HOST:PORT` or `[IPV6]:PORT`.
    package let description: String
    /// The host as it was written, without brackets.
    package let host: String
    private let socketAddress: SocketAddress
    /// `AF_INET` or `AF_INET6`.
    let family: Int32

    /// Reads `HOST:PORT` or `[IPV6]:PORT` and looks the host up, which may take a while.
    ///
    /// - Throws: ``ConnectionError/address(_:problem:)``.
    package init(_ text: String) throws(ConnectionError) {
        guard let colon = text.lastIndex(of: ":") else {
            throw .address(text, problem: "the port is missing")
        }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            throw .address(text, problem: "an IPv6 address stands in brackets")
        }
        guard !host.isEmpty else { throw .address(text, problem: "the host is missing") }
        let port = text[text.index(after: colon)...]
        guard let number = UInt16(port), number > 0 else {
            throw .address(text, problem: "the port must be in 1…65535")
        }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICSERV
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(String(host), "\(number)", &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        guard code == 0, let found = list?.pointee, let address = found.ai_addr else {
            throw .address(text, problem: String(cString: gai_strerror(code)))
        }
        var storage = sockaddr_storage()
        let bytes = UnsafeRawBufferPointer(start: address, count: Int(found.ai_addrlen))
        withUnsafeMutableBytes(of: &storage) { $0.copyMemory(from: bytes) }
        description = text
        self.host = String(host)
        socketAddress = SocketAddress(storage: storage, length: found.ai_addrlen)
        family = found.ai_family
    }

    /// Calls `body` with the address as system calls take it.
    func withSocketAddress<R>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> R) -> R {
        withUnsafePointer(to: socketAddress.storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socketAddress.length)
            }
        }
    }

    /// Apart from the rest, since its 128 bytes would lie in each frame of a task that connects.
    private final class SocketAddress: Sendable {
        let storage: sockaddr_storage
        let length: socklen_t

        init(storage: sockaddr_storage, length: socklen_t) {
            self.storage = storage
            self.length = length
        }
    }

    /// Opens a TCP socket of its family that never blocks.
    ///
    /// - Returns: The descriptor, which the caller closes.
    func open() throws(ConnectionError) -> Int32 {
        let type = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        let file = socket(family, Int32(type), 0)
        guard file >= 0 else { throw .system(SystemError("socket")) }
        return file
    }
}

/// What went wrong with a connection.
package enum ConnectionError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The address cannot be read, or the host is not known.
    case address(String, problem: String)
    /// No connection can be made.
    case refused(String, problem: String)
    /// It took longer than it may.
    case timedOut(String)
    /// It broke.
    case lost(String, problem: String)
    /// What is spoken over it, such as TLS, went wrong.
    case layer(String, problem: String)
    /// The other side ended it in the middle of a line.
    case endedInLine(String)
    /// A line is longer than it may be.
    case lineTooLong(String, limit: Int)
    /// More waits to be sent than is kept.
    case full(String, limit: Int)
    /// It was closed here.
    case closed(String)
    /// Two tasks read from it, or write to it, at the same time.
    case shared(String)
    /// There is no network under the virtual clock.
    case virtualClock(String)
    /// A system call failed.
    case system(SystemError)

    /// What happened, without the place where the system or the address says so.
    package var problem: String {
        switch self {
        case .address(_, let problem), .refused(_, let problem), .lost(_, let problem): problem
        case .system(let error): error.text
        default: description
        }
    }

    /// The place, what happened, and the remedy where there is one.
    package var description: String {
        switch self {
        case .address(let text, let problem): "\(text): \(problem); an address is HOST:PORT"
        case .refused(let peer, let problem): "\(peer): no connection: \(problem)"
        case .timedOut(let peer): "\(peer): timed out"
        case .lost(let peer, let problem): "\(peer): the connection broke: \(problem)"
        case .layer(let peer, let problem): "\(peer): \(problem)"
        case .endedInLine(let peer): "\(peer): ended the connection in the middle of a line"
        case .lineTooLong(let peer, let limit): "\(peer): sent a line of more than \(limit) bytes"
        case .full(let peer, let limit):
            "\(peer): takes nothing, and \(limit) bytes wait to be sent"
        case .closed(let peer): "\(peer): the connection was closed here"
        case .shared(let peer):
            "\(peer): two tasks read, or two write, at the same time; let one of them do it"
        case .virtualClock(let peer): "\(peer): there is no network under the virtual clock"
        case .system(let error): "\(error)"
        }
    }
}
