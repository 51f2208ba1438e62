import Engine
import Foundation
import Scenario
import ScenarioSupport
import TestSupport
import Testing

@testable import HTTP

@Suite("WebSocket with a server of somebody else's", .timeLimit(.minutes(2)))
struct WebSocketTests {
    /// A server on a free port, by TLS with a certificate.
    private func start(
        _ identity: TestAuthority.Identity? = nil
    ) async throws -> (process: ChildProcess, address: Address) {
        let script = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Fixtures/websocket-server.py").path
        // The system's Python, which has the system's packages.
        let process = try ChildProcess(
            ["/usr/bin/python3", script] + (identity.map { [$0.certificate, $0.key] } ?? [])
        )
        try await ChildProcess.waitFor("the server") {
            process.poll() != nil || process.output.hasSuffix("\n")
        }
        let port = process.output.split(whereSeparator: \.isWhitespace).last ?? ""
        return (process, try Address("127.0.0.1:\(port)"))
    }

    private static func text(_ message: WebSocketMessage?) -> String {
        switch message {
        case .text(let text): text
        case .binary(let bytes): "\(bytes)"
        case nil: "end"
        }
    }

    @Test("texts and bytes go there and back, whole and in pieces")
    func echo() async throws {
        let (server, address) = try await start()
        let words = try runUsers { user, notes in
            let socket = try await WebSocket.connect(user, address, "/echo")
            for most in [Int.max, 3, 1] {
                try await socket.send("hällo", inPiecesOf: most)
                try await socket.send([0, 255], inPiecesOf: most)
                try await socket.send("")
            }
            for _ in 0..<9 { notes.words.append(Self.text(try await socket.receive())) }
            let long = String(repeating: "long ", count: 100_000)
            try await socket.send(long, inPiecesOf: 70_000)
            #expect(try await socket.receive() == .text(long))
            try await socket.close()
            #expect(socket.ending?.code == 1_000)
        }
        let round = ["hällo", "[0, 255]", ""]
        #expect(words == round + round + round)
        _ = server
    }

    @Test("a message is whole for the server too, however many pieces it has")
    func counted() async throws {
        let (server, address) = try await start()
        let words = try runUsers { user, notes in
            let socket = try await WebSocket.connect(user, address, "/count")
            try await socket.send(String(repeating: "ä", count: 500), inPiecesOf: 7)
            try await socket.send([UInt8](repeating: 1, count: 70_000))
            for _ in 0..<2 { notes.words.append(Self.text(try await socket.receive())) }
        }
        #expect(words == ["text 500", "bytes 70000"])
        _ = server
    }

    @Test("messages in pieces are put together, and pings are answered meanwhile")
    func server() async throws {
        let (server, address) = try await start()
        let words = try runUsers { user, notes in
            for path in ["/pieces", "/ping"] {
                let socket = try await WebSocket.connect(user, address, path)
                while let message = try await socket.receive(within: .seconds(30)) {
                    notes.words.append(Self.text(message))
                }
                #expect(socket.ending?.code == 1_000)
            }
            let socket = try await WebSocket.connect(user, address, "/echo")
            try socket.ping()
            try await socket.send("after a ping")
            notes.words.append(Self.text(try await socket.receive()))
            #expect(socket.pongs == 1)
        }
        #expect(words == ["in pieces of ä", "[0, 255]", "alive", "after a ping"])
        _ = server
    }

    @Test("either side ends it, and the other one learns by which code")
    func ends() async throws {
        let (server, address) = try await start()
        let words = try runUsers { user, notes in
            let theirs = try await WebSocket.connect(user, address, "/close")
            while let message = try await theirs.receive() {
                notes.words.append(Self.text(message))
            }
            #expect(theirs.ending == WebSocketEnding(code: 4_000, reason: "enough"))
            #expect(try await theirs.receive() == nil)
            do { try await theirs.send("x") } catch { notes.words.append("\(error)") }
            let ours = try await WebSocket.connect(user, address, "/closed")
            try await ours.close(code: 3_001)
            #expect(ours.ending?.code == 3_001)
            // While another task receives, that one learns of the end.
            let shared = try await WebSocket.connect(user, address, "/closed")
            let reader = Task(executorPreference: user.loop) { try await shared.receive() }
            try await user.sleep(for: .milliseconds(10))
            try await shared.close(code: 3_002)
            notes.words.append(Self.text(try await reader.value))
        }
        #expect(words == ["last words", "\(address): WebSocket: it was closed", "end"])
        try await ChildProcess.waitFor("the server's word") {
            server.output.contains("closed 3001\n") && server.output.contains("closed 3002\n")
        }
    }

    @Test("a message that is larger than the bound is an error")
    func large() async throws {
        let (server, address) = try await start()
        let words = try runUsers { user, notes in
            let socket = try await WebSocket.connect(user, address, "/large", mostBytes: 1_000_000)
            notes.words.append("\(Self.text(try await socket.receive()).count)")
            _ = try await socket.receive()
        }
        #expect(
            words == [
                "1000000", "\(address): WebSocket: it sent a message of more than 1000000 bytes",
            ]
        )
        _ = server
    }

    @Test("a server that refuses, is cut off, is killed or is none is an error that says so")
    func failures() async throws {
        let (server, address) = try await start()
        let words = try runUsers { user, notes in
            do { _ = try await WebSocket.connect(user, address, "/forbidden") } catch {
                notes.words.append("\(error)")
            }
            let cut = try await WebSocket.connect(user, address, "/abort")
            #expect(try await cut.receive() == .text("gone"))
            do { _ = try await cut.receive() } catch { notes.words.append("cut off") }
            let socket = try await WebSocket.connect(user, address, "/echo")
            server.send(SIGKILL)
            do { _ = try await socket.receive() } catch { notes.words.append("\(error)") }
        }
        #expect(
            words == [
                "\(address): GET was answered with status 403", "cut off",
                "\(address): WebSocket: the connection ended without a close",
            ]
        )
        let nginx = try await NginxServer.start("location / { return 200 hello; }")
        let other = try Address(nginx.address)
        #expect(
            try runUsers { user, _ in _ = try await WebSocket.connect(user, other) } == [
                "\(other): GET was answered with status 200"
            ]
        )
    }

    @Test("the server chooses of the protocols that it is offered")
    func protocols() async throws {
        let (server, address) = try await start()
        let words = try runUsers { user, notes in
            for offer in [["xmpp", "chat"], ["xmpp"], []] {
                let socket = try await WebSocket.connect(user, address, protocols: offer)
                notes.words.append(socket.choice ?? "none")
            }
        }
        #expect(words == ["chat", "none", "none"])
        _ = server
    }

    @Test("over TLS everything is the same")
    func secured() async throws {
        let authority = try await TestAuthority()
        let identity = try await authority.identity(for: "IP:127.0.0.1")
        let (server, address) = try await start(identity)
        let security = try Security(authorities: authority.certificate)
        let words = try runUsers(20) { user, notes in
            let socket = try await WebSocket.connect(user, address, "/echo", security: security)
            try await socket.send("user \(user.id)")
            if try await socket.receive() == .text("user \(user.id)") { notes.words.append("mine") }
            try await socket.close()
        }
        #expect(words == Array(repeating: "mine", count: 20))
        _ = server
    }
}
