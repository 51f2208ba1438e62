import Foundation

@testable import Load

/// A server on loopback that speaks RESP and answers what a test makes up, however harmful.
final class HostileServer: Sendable {
    /// How the bytes of a reply leave.
    enum Pace: Sendable {
        case atOnce
        /// One byte every 20 ms.
        case dripping
    }

    private struct NoFreePort: Error {}

    /// The reply to `CLUSTER SLOTS` of a server that is no part of a cluster.
    static let noCluster = "-ERR This instance has cluster support disabled\r\n"

    let port: UInt16
    private let socket: Int32

    /// Listens, and answers each command with what `reply` returns for its words.
    init(
        _ reply: @escaping @Sendable (_ words: [String]) -> (String, Pace)
    ) throws {
        let listener = Glibc.socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let code = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 ? getsockname(listener, $0, &length) : -1
            }
        }
        guard code == 0, listen(listener, 64) == 0 else {
            throw NoFreePort()
        }
        socket = listener
        port = UInt16(bigEndian: address.sin_port)
        Thread.detachNewThread {
            while true {
                let connection = accept(listener, nil, nil)
                guard connection >= 0 else { return }
                Thread.detachNewThread { Self.serve(connection, reply) }
            }
        }
    }

    deinit { shutdown(socket, Int32(SHUT_RDWR)) }

    var address: String { "127.0.0.1:\(port)" }

    private static func serve(
        _ connection: Int32,
        _ reply: @Sendable (_ words: [String]) -> (String, Pace)
    ) {
        defer { close(connection) }
        var received: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return }
            received += buffer[..<count]
            while let (value, rest) = try? RESPValue.parse(received[...]) {
                received = Array(rest)
                guard case .array(let parts) = value else { return }
                let words = parts.map { if case .text(let text) = $0 { text } else { "" } }
                let (text, pace) = reply(words)
                guard send(text, pace, connection) else { return }
            }
        }
    }

    private static func send(_ text: String, _ pace: Pace, _ connection: Int32) -> Bool {
        let bytes = Array(text.utf8)
        var sent = 0
        while sent < bytes.count {
            let count = pace == .atOnce ? bytes.count - sent : 1
            let result = Glibc.send(connection, Array(bytes[sent...]), count, Int32(MSG_NOSIGNAL))
            guard result > 0 else { return false }
            sent += result
            // This is what such a server does, and nothing that a test waits for.
            if pace == .dripping { usleep(20_000) }
        }
        return true
    }
}
