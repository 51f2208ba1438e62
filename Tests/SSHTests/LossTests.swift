import Foundation
import SSH
import TestSupport
import Testing

@Suite("a lost connection", .timeLimit(.minutes(2)))
struct LossTests {
    @Test("fails every call soon when the server is killed")
    func killed() async throws {
        try await LoopbackSSHD.connected { connection, server in
            var cut = ContinuousClock.now
            let errors = await Self.errors(of: 12, on: connection) {
                server.killAll()
                cut = .now
            }
            #expect(errors.allSatisfy { $0?.reason == .disconnected })
            #expect(ContinuousClock.now - cut < .seconds(10))
            let later = await #expect(throws: SSHError.self) {
                try await connection.execute("true", timeout: .seconds(5))
            }
            #expect(later?.reason == .disconnected)
        }
    }

    @Test("is noticed while no command runs")
    func idle() async throws {
        try await LoopbackSSHD.connected { connection, server in
            _ = try await connection.execute("true", timeout: .seconds(20))
            server.killAll()
            let error = await #expect(throws: SSHError.self) {
                try await connection.execute("sleep 20", timeout: .seconds(20))
            }
            #expect(error?.reason == .disconnected)
        }
    }

    @Test("is noticed when the server hangs and the network says nothing")
    func stopped() async throws {
        let keepalive = Keepalive(interval: .milliseconds(200), limit: .seconds(4))
        try await LoopbackSSHD.connected(keepalive: keepalive) { connection, server in
            let errors = await Self.errors(of: 3, on: connection) {
                server.signalConnections(SIGSTOP)
            }
            #expect(errors.allSatisfy { $0?.reason == .disconnected })
            #expect(
                errors.first??.description
                    == "server-0: execute: the server said nothing for 4.0 seconds: the connection is lost"
            )
        }
    }

    /// Several at once, because a near server's answer is read by one way or the other by chance.
    @Test("is not taken for one while a quiet command runs, nor while idle", arguments: 0..<6)
    func quiet(_ attempt: Int) async throws {
        let keepalive = Keepalive(interval: .seconds(1), limit: .seconds(3))
        try await LoopbackSSHD.connected(keepalive: keepalive) { connection, _ in
            let quiet = try await connection.execute("sleep 6; echo done", timeout: .seconds(20))
            #expect(quiet.text == "done\n")
            try await Task.sleep(for: .seconds(6))
            let after = try await connection.execute("echo on", timeout: .seconds(20))
            #expect(after.text == "on\n")
        }
    }

    @Test("answers the server that asks for a sign of life")
    func clientAlive() async throws {
        let options = ["ClientAliveInterval 1", "ClientAliveCountMax 1"]
        try await LoopbackSSHD.connected(options: options) { connection, _ in
            try await Task.sleep(for: .seconds(4))
            let after = try await connection.execute("sleep 3; echo on", timeout: .seconds(20))
            #expect(after.text == "on\n")
        }
    }

    /// The errors of some long commands that `action` cuts off once they run.
    private static func errors(
        of count: Int,
        on connection: SSHConnection,
        after action: () -> Void
    ) async -> [SSHError?] {
        let started = Counter()
        return await withTaskGroup(of: SSHError?.self) { group in
            for _ in 0..<count {
                group.addTask {
                    await #expect(throws: SSHError.self) {
                        try await connection.stream(
                            "echo started; exec sleep 300",
                            timeout: .seconds(60)
                        ) { _ in started.increment() }
                    }
                }
            }
            await waitUntil { started.value >= min(8, count) }
            action()
            return await group.reduce(into: []) { $0.append($1) }
        }
    }
}
