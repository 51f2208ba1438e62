import Foundation
import SSH
import TestSupport
import Testing

@Suite("ending a command early", .timeLimit(.minutes(2)))
struct EndingTests {
    /// Commands that run for ever, each with a word of `sleep` to find its processes by.
    static let stubborn = [
        "sleep %",
        "trap '' TERM HUP INT; sleep % & sleep % & wait; wait",
        "sh -c 'trap \"\" TERM; (sleep %; sleep %); sleep %'",
        "timeout 5000 sleep %",
        "bash -c 'set -m; sleep % & sleep % & wait'",
        "sleep % >/dev/null 2>&1 </dev/null & sleep %",
        "setsid --wait sleep %",
        "sudo -n sleep %",
        "kill -STOP $$; sleep %",
        "yes %",
        "head -c 10000000 /dev/zero; sleep %",
    ]

    @Test("leaves no process on the node after a time-out", arguments: stubborn)
    func timeout(text: String) async throws {
        let word = Self.word()
        try await LoopbackSSHD.connected { connection, _ in
            let error = await #expect(throws: SSHError.self) {
                try await connection.execute(
                    text.replacing("%", with: word),
                    timeout: .milliseconds(400),
                    outputLimit: 1 << 30
                )
            }
            #expect(error?.reason == .timedOut)
            #expect(error?.description == "server-0: execute: timed out after 0.4 seconds")
            #expect(Self.running(word) == [])
            // The connection serves on.
            let after = try await connection.execute("echo on", timeout: .seconds(20))
            #expect(after.text == "on\n")
        }
    }

    @Test("leaves no process on the node after cancellation", arguments: stubborn)
    func cancellation(text: String) async throws {
        let word = Self.word()
        try await LoopbackSSHD.connected { connection, _ in
            await withTaskGroup(of: SSHError?.self) { group in
                group.addTask {
                    await #expect(throws: SSHError.self) {
                        try await connection.execute(
                            text.replacing("%", with: word),
                            timeout: .seconds(60),
                            outputLimit: 1 << 30
                        )
                    }
                }
                await waitUntil { !Self.running(word).isEmpty }
                group.cancelAll()
                for await error in group { #expect(error?.reason == .cancelled) }
            }
            #expect(Self.running(word) == [])
        }
    }

    @Test("does not start a command whose task is cancelled already")
    func cancelledBefore() async throws {
        try await LoopbackSSHD.connected { connection, _ in
            let error = await withTaskGroup(of: SSHError?.self) { group in
                group.cancelAll()
                group.addTask {
                    await #expect(throws: SSHError.self) {
                        try await connection.execute("sleep 60", timeout: .seconds(60))
                    }
                }
                return await group.next() ?? nil
            }
            #expect(error?.reason == .cancelled)
        }
    }

    @Test("ends many at once, those in the queue too")
    func many() async throws {
        let word = Self.word()
        try await LoopbackSSHD.connected { connection, _ in
            let reasons = await withTaskGroup(of: SSHError.Reason?.self) { group in
                for _ in 0..<20 {
                    group.addTask {
                        await #expect(throws: SSHError.self) {
                            try await connection.execute("sleep \(word)", timeout: .seconds(1))
                        }?.reason
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
            #expect(reasons == Array(repeating: .timedOut, count: 20))
            #expect(Self.running(word) == [])
        }
    }

    @Test("closing fails every call at once and ends the remote processes")
    func close() async throws {
        let word = Self.word()
        try await LoopbackSSHD.with { server in
            let connection = try await SSHConnection.connect(
                to: server.target(),
                timeout: .seconds(30)
            )
            await withTaskGroup(of: SSHError?.self) { group in
                for _ in 0..<12 {
                    group.addTask {
                        await #expect(throws: SSHError.self) {
                            try await connection.execute("sleep \(word)", timeout: .seconds(60))
                        }
                    }
                }
                await waitUntil { Self.running(word).count >= 8 }
                await connection.close()
                for await error in group { #expect(error?.reason == .closed) }
            }
            #expect(Self.running(word) == [])
            let after = await #expect(throws: SSHError.self) {
                try await connection.execute("true", timeout: .seconds(5))
            }
            #expect(after?.reason == .closed)
            await connection.close()
        }
    }

    /// A number of seconds that no other test sleeps.
    private static func word() -> String { "7\(Int.random(in: 100_000_000...999_999_999))" }

    private static func running(_ word: String) -> [String] {
        let table = ProcessTable.current()
        return table.processes(with: word).map(table.commandLine)
            .filter { !$0.hasPrefix("/bin/sh -c sessions=") }
    }
}

/// Waits until `condition` holds, at most 20 s.
func waitUntil(_ condition: () async -> Bool) async {
    let deadline = ContinuousClock.now + .seconds(20)
    while ContinuousClock.now < deadline {
        if await condition() { return }
        // A cancelled sleep only makes the next look come sooner.
        try? await Task.sleep(for: .milliseconds(5))
    }
    Issue.record("the awaited condition did not come to hold within 20 s")
}
