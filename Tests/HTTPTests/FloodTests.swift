import Engine
import Foundation
import Scenario
import ScenarioSupport
import TestSupport
import Testing

@testable import HTTP

/// A server of another process, since one on the users' loop would wait for its turn.
@Suite("Servers that always have more to say", .timeLimit(.minutes(2)))
struct FloodTests {
    /// What a user notes of a server while another one counts how often it runs.
    private func run(
        _ life: @escaping @Sendable (User, Address) async throws -> Void
    ) async throws -> [String] {
        let script = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "Fixtures/flood-server.py").path
        let server = try ChildProcess(["/usr/bin/python3", script])
        try await ChildProcess.waitFor("the server") {
            server.poll() != nil || server.output.hasSuffix("\n")
        }
        let port = server.output.split(whereSeparator: \.isWhitespace).last ?? ""
        let address = try Address("127.0.0.1:\(port)")
        return try runUsers { user, notes in
            let others = Others()
            let other = Task(executorPreference: user.loop) {
                while !Task.isCancelled {
                    await Task.yield()
                    others.turns += 1
                }
            }
            defer { other.cancel() }
            do { try await life(user, address) } catch {
                notes.words.append("\(error)".replacing("\(address): ", with: ""))
            }
            notes.words.append(others.turns > 10 ? "others ran" : "nobody else ran")
        }
    }

    private final class Others: @unchecked Sendable {
        // Unchecked: it is used by one thread.
        var turns = 0
    }

    @Test(
        "but never a whole message are left when the time of a receive is over",
        arguments: ["/pongs", "/growing"]
    )
    func noMessage(path: String) async throws {
        let words = try await run { user, address in
            let socket = try await WebSocket.connect(user, address, path, mostBytes: 1 << 30)
            _ = try await socket.receive(within: .milliseconds(300))
        }
        #expect(words == ["timed out", "others ran"])
    }

    @Test("and send one message after the other let others run, and a close end at its time")
    func messages() async throws {
        let words = try await run { user, address in
            let socket = try await WebSocket.connect(user, address, "/texts")
            for _ in 0..<20_000 {
                let message = try await socket.receive(within: .seconds(5))
                #expect(message == .text("a"))
            }
            try await socket.close(within: .milliseconds(200))
            #expect(socket.ending == nil)
        }
        #expect(words == ["others ran"])
    }

    @Test("in an answer to a request are left when its time is over")
    func answer() async throws {
        let words = try await run { user, address in
            let client = HTTPClient(user, address, mostBody: 1 << 30)
            _ = try await client.get("/chunks", within: .milliseconds(300))
        }
        #expect(words == ["no whole answer in time", "others ran"])
    }
}
