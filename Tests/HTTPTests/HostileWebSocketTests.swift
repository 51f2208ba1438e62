import Engine
import Scenario
import ScenarioSupport
import TLS
import Testing

@testable import HTTP

@Suite("WebSocket with servers that mean no good", .timeLimit(.minutes(2)))
struct HostileWebSocketTests {
    /// Agrees to a WebSocket, whatever is asked for.
    private static func welcome(_ connection: TCPConnection) async throws {
        var key = ""
        while let line = try await connection.readLine(), !line.isEmpty {
            if line.hasPrefix("sec-websocket-key: ") { key = String(line.dropFirst(19)) }
        }
        let proof = OpenSSL.sha1(Array((key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8))
        let answer =
            "HTTP/1.1 101 x\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
            + "sec-websocket-accept: \(OpenSSL.base64(proof))\r\n\r\n"
        try await connection.write(Array(answer.utf8))
    }

    @Test(
        "which break the rules, or send too much, are told by which code that was the end",
        arguments: [
            ([0x81, 0x80, 0, 0, 0, 0], 1_002, "a masked frame"),
            ([0x82, 127, 0, 0, 0, 0, 127, 0, 0, 0], 1_009, "a message of more than 1048576 bytes"),
            ([0x81, 1, 0xFF], 1_007, "a text that is no UTF-8"),
        ] as [([UInt8], UInt16, String)]
    )
    func told(bytes: [UInt8], code: UInt16, problem: String) throws {
        let words = try runUsers { user, notes in
            let listener = try TCPListener(on: user.loop)
            defer { listener.close() }
            let server = Task(executorPreference: user.loop) {
                let connection = try await listener.accept()
                defer { connection.close() }
                try await Self.welcome(connection)
                try await connection.write(bytes)
                var told: [UInt8] = []
                while true {
                    let part = try await connection.read()
                    if part.isEmpty { return told }
                    told += part
                }
            }
            let address = try Address("127.0.0.1:\(listener.port)")
            let socket = try await WebSocket.connect(user, address)
            do { _ = try await socket.receive() } catch {
                notes.words.append("\(error)".replacing("\(address): ", with: ""))
            }
            // A close of two bytes, under a mask.
            let told = try await server.value
            #expect(told.prefix(2) == [0x88, 0x82] && told.count == 8)
            guard told.count == 8 else { return }
            let given = UInt16(told[6] ^ told[2]) << 8 | UInt16(told[7] ^ told[3])
            notes.words.append("\(given)")
        }
        #expect(words == ["WebSocket: it sent \(problem)", "\(code)"])
    }

    @Test("which ask for signs of life and read none cost a bounded amount of memory")
    func flood() throws {
        let words = try runUsers { user, notes in
            let listener = try TCPListener(on: user.loop)
            defer { listener.close() }
            let server = Task(executorPreference: user.loop) {
                let connection = try await listener.accept()
                defer { connection.close() }
                try await Self.welcome(connection)
                let ping: [UInt8] = [0x89, 100] + [UInt8](repeating: 7, count: 100)
                let many = Array([[UInt8]](repeating: ping, count: 500).joined())
                while true { try await connection.write(many) }
            }
            defer { server.cancel() }
            let address = try Address("127.0.0.1:\(listener.port)")
            let socket = try await WebSocket.connect(user, address)
            do { _ = try await socket.receive() } catch {
                notes.words.append("\(error)".replacing("\(address): ", with: ""))
            }
        }
        #expect(words == ["takes nothing, and 1048576 bytes wait to be sent"])
    }

    @Test("which say nothing, or never agree to an end, are left at their time")
    func silent() throws {
        let words = try runUsers { user, notes in
            let listener = try TCPListener(on: user.loop)
            defer { listener.close() }
            let server = Task(executorPreference: user.loop) {
                let first = try await listener.accept()
                let second = try await listener.accept()
                try await Self.welcome(second)
                try await user.loop.sleep(until: .max)
                first.close()
                second.close()
            }
            defer { server.cancel() }
            let address = try Address("127.0.0.1:\(listener.port)")
            do {
                _ = try await WebSocket.connect(user, address, within: .milliseconds(50))
            } catch { notes.words.append("\(error)".replacing("\(address): ", with: "")) }
            let socket = try await WebSocket.connect(user, address)
            try await socket.close(within: .milliseconds(50))
            notes.words.append("\(socket.ending == nil)")
        }
        #expect(words == ["no whole answer in time", "true"])
    }
}
