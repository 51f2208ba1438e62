private import Foundation

/// Plain TCP sockets on 127.0.0.1.
enum LoopbackSocket {
    /// Why a call failed.
    struct Failure: Error {
        let operation: String
        let code: Int32
    }

    /// A socket on a free port.
    static func bound() throws -> (socket: Int32, port: UInt16) {
        try opened("bind", port: 0) { bind($0, $1, $2) }
    }

    /// A socket that is connected to a port.
    static func connected(port: UInt16) throws -> Int32 {
        try opened("connect", port: port) { connect($0, $1, $2) }.socket
    }

    private static func opened(
        _ operation: String,
        port: UInt16,
        _ call: (Int32, UnsafeMutablePointer<sockaddr>, socklen_t) -> Int32
    ) throws -> (socket: Int32, port: UInt16) {
        let socket = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        address.sin_port = port.bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                let code = call(socket, $0, length)
                return code == 0 && port == 0 ? getsockname(socket, $0, &length) : code
            }
        }
        guard code == 0 else {
            defer { close(socket) }
            throw Failure(operation: operation, code: errno)
        }
        return (socket, UInt16(bigEndian: address.sin_port))
    }
}
