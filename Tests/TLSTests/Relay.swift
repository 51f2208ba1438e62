import Engine

/// Passes bytes between clients and a server, and does with them what a network may do; on the loop of its user.
final class Relay: @unchecked Sendable {
    // Unchecked: it belongs to its loop's thread.

    /// What becomes of what the server sends.
    enum Fate: Sendable {
        /// It arrives.
        case whole
        /// After so many bytes the connection ends, as if the server had ended it.
        case cut(after: Int)
        /// The byte of this place is another one.
        case changed(at: Int)
    }

    let port: UInt16
    /// What clients have sent.
    private(set) var sent: [UInt8] = []
    private let loop: EventLoop
    private let listener: TCPListener

    init(to server: String, _ fate: Fate, on loop: EventLoop) throws {
        self.loop = loop
        listener = try TCPListener(on: loop)
        port = listener.port
        let address = try TCPAddress(server)
        Task(executorPreference: loop) { [self] in
            while true {
                let client = try await listener.accept()
                Task(executorPreference: loop) { [self] in
                    let server = try await TCPConnection.connect(to: address, on: loop)
                    Task(executorPreference: loop) { [self] in
                        defer { server.close() }
                        while true {
                            let bytes = try await client.read()
                            guard !bytes.isEmpty else { return }
                            sent += bytes
                            try await server.write(bytes)
                        }
                    }
                    defer { client.close() }
                    try await pass(server, client, fate)
                }
            }
        }
    }

    private func pass(_ server: TCPConnection, _ client: TCPConnection, _ fate: Fate) async throws {
        var count = 0
        while true {
            var bytes = try await server.read()
            guard !bytes.isEmpty else { return }
            switch fate {
            case .whole: break
            case .cut(let most) where count + bytes.count >= most:
                try await client.write(Array(bytes.prefix(most - count)))
                return
            case .cut: break
            case .changed(let place) where (count..<count + bytes.count).contains(place):
                bytes[place - count] ^= 1
            case .changed: break
            }
            count += bytes.count
            try await client.write(bytes)
        }
    }

    func close() { listener.close() }

    /// The types of the records of TLS that clients have sent.
    var recordTypes: [UInt8] {
        var types: [UInt8] = []
        var rest = sent[...]
        while rest.count >= 5 {
            types.append(rest[rest.startIndex])
            let length = Int(rest[rest.startIndex + 3]) << 8 | Int(rest[rest.startIndex + 4])
            rest = rest.dropFirst(5 + length)
        }
        return types
    }
}
