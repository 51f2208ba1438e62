private import Foundation
private import Posix

/// A resolved address of a host, as the system's calls take it.
struct SocketAddress: Sendable, Hashable {
    fileprivate let bytes: [UInt8]
    fileprivate let family: Int32
}

/// Why a name has no address.
struct ResolutionFailure: Error, Hashable {
    let code: Int32
    let text: String
}

/// The socket calls that connections need; none of them blocks but ``resolve(_:port:numeric:)``.
enum Socket {
    /// Looks up the addresses of a host, in the order to try them; blocks unless `numeric`.
    static func resolve(
        _ host: String,
        port: UInt16,
        numeric: Bool
    ) throws(ResolutionFailure) -> [SocketAddress] {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICSERV | (numeric ? AI_NUMERICHOST : AI_ADDRCONFIG)
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &list)
        guard code == 0, let first = list else {
            throw ResolutionFailure(code: code, text: String(cString: gai_strerror(code)))
        }
        defer { freeaddrinfo(first) }
        var addresses: [SocketAddress] = []
        var next: UnsafeMutablePointer<addrinfo>? = first
        while let entry = next?.pointee {
            let bytes = UnsafeRawBufferPointer(start: entry.ai_addr, count: Int(entry.ai_addrlen))
            addresses.append(SocketAddress(bytes: Array(bytes), family: entry.ai_family))
            next = entry.ai_next
        }
        return addresses
    }

    /// Begins to connect; the socket can be written once that has succeeded or failed.
    ///
    /// - Returns: The socket, or a negative `errno`.
    static func connect(to address: SocketAddress, sendBuffer: Int32?) -> Int32 {
        let socket = socket(address.family, Int32(SOCK_STREAM.rawValue), 0)
        guard socket >= 0 else { return -errno }
        prepare(socket)
        set(socket, IPPROTO_TCP, TCP_NODELAY, 1)
        if let sendBuffer { set(socket, SOL_SOCKET, SO_SNDBUF, sendBuffer) }
        // A dead peer or cut network is an error after at most 30 s, idle or not.
        set(socket, SOL_SOCKET, SO_KEEPALIVE, 1)
        set(socket, IPPROTO_TCP, TCP_KEEPIDLE, 10)
        set(socket, IPPROTO_TCP, TCP_KEEPINTVL, 5)
        set(socket, IPPROTO_TCP, TCP_KEEPCNT, 4)
        set(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, 30_000)
        let result = address.bytes.withUnsafeBytes { bytes in
            Foundation.connect(
                socket,
                bytes.bindMemory(to: sockaddr.self).baseAddress,
                socklen_t(address.bytes.count)
            )
        }
        let code = errno
        guard result == 0 || code == EINPROGRESS else {
            close(socket)
            return -code
        }
        return socket
    }

    /// The `errno` with which connecting failed; 0 if it succeeded.
    static func connectionError(_ socket: Int32) -> Int32 {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        guard getsockopt(socket, SOL_SOCKET, SO_ERROR, &code, &length) == 0 else { return errno }
        return code
    }

    /// Makes a descriptor non-blocking, and keeps it out of child processes.
    static func prepare(_ descriptor: Int32) {
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    static func discard(_ socket: Int32) { close(socket) }

    static func text(of code: Int32) -> String { SystemError.text(of: code) }

    private static func set(
        _ socket: Int32,
        _ level: some BinaryInteger,
        _ name: Int32,
        _ on: Int32
    ) {
        var value = on
        setsockopt(socket, Int32(level), name, &value, socklen_t(MemoryLayout<Int32>.size))
    }
}
