import DeploymentState
import Foundation
import Posix
import SSH
import Shell
import Synchronization
import Testing

@testable import Deployment

/// A remote whose only command does what the test says.
private struct WritingRemote: Remote {
    let node: Node
    let write: @Sendable (RemoteOutput) async throws -> RemoteResult

    init(_ write: @escaping @Sendable (RemoteOutput) async throws -> RemoteResult) throws {
        node = try .made("server-0")
        self.write = write
    }

    func capture(_ call: RemoteCall) async throws -> RemoteResult { RemoteResult() }
    func stream(_ call: RemoteCall, to output: RemoteOutput) async throws -> RemoteResult {
        try await write(output)
    }
    func upload(_ file: String, to path: String, mode: Int32) async throws {}
    func download(_ path: String, to file: String, limit: Int) async throws {}
    func copy(_ directory: DirectoryCopy) async throws {}
    func close() async {}
}

@Suite("Remote.stream", .timeLimit(.minutes(1)))
struct RemoteStreamTests {
    private static let call = RemoteCall(["journalctl", "--follow"])

    private static func failure(_ reason: SSHError.Reason) -> SSHError {
        SSHError(node: "server-0", operation: "execute", reason: reason, message: "gone")
    }

    /// A command that writes a line and runs until it is cancelled.
    private static func endless(ending error: SSHError) throws -> WritingRemote {
        try WritingRemote { output in
            output.take(Array("ready\n".utf8))
            // Cancelled, it is over at once.
            try? await Task.sleep(for: .seconds(3_600))
            throw error
        }
    }

    @Test("gives every line, and then the error of a command that failed")
    func failed() async throws {
        let remote = ScriptedRemote(try .made("server-0")) { _ in
            RemoteResult(output: "one\ntwo", errors: "no such unit\n", status: .exited(1))
        }
        var lines: [String] = []
        let error = await #expect(throws: RemoteError.self) {
            try await remote.stream(Self.call) {
                for try await line in $0 { lines.append(line) }
            }
        }
        #expect(lines == ["one", "two"])
        #expect(
            error?.description
                == "server-0: exit status 1 from: journalctl --follow\n    no such unit"
        )
    }

    @Test("returns what was made of the lines")
    func value() async throws {
        let remote = ScriptedRemote(try .made("server-0")) { _ in RemoteResult(output: "1\n2\n") }
        let sum = try await remote.stream(Self.call) { lines in
            try await lines.reduce(0) { $0 + (Int($1) ?? 0) }
        }
        #expect(sum == 3)
    }

    @Test("ends a command when its lines are left, and says if that failed")
    func left() async throws {
        let ended = try await Self.endless(ending: Self.failure(.cancelled)).stream(Self.call) {
            for try await line in $0 { return line }
            return "none"
        }
        #expect(ended == "ready")
        let error = await #expect(throws: SSHError.self) {
            try await Self.endless(ending: Self.failure(.cancelled).unended).stream(Self.call) {
                for try await _ in $0 { return }
            }
        }
        #expect(error?.mayStillRun == true)
    }

    @Test("ends a command when what is done with its lines fails")
    func thrown() async throws {
        struct Unexpected: Error {}
        await #expect(throws: Unexpected.self) {
            try await Self.endless(ending: Self.failure(.cancelled)).stream(Self.call) {
                for try await _ in $0 { throw Unexpected() }
            }
        }
    }

    @Test("does not hide the failure of a command whose lines were not read so far")
    func unread() async throws {
        let (ends, end) = AsyncStream<Void>.makeStream()
        let remote = try WritingRemote { output in
            output.take(Array("one\ntwo\n".utf8))
            return RemoteResult(status: .signalled("SEGV"))
        }
        end.finish()
        let error = await #expect(throws: RemoteError.self) {
            try await remote.stream(Self.call) { lines in
                while lines.output.failure == nil { await Task.yield() }
                for await _ in ends {}
                for try await _ in lines { return }
            }
        }
        #expect(error?.status == .signalled("SEGV"))
    }

    @Test("holds back a command that writes faster than its lines are taken")
    func slow() async throws {
        let piece = Array((String(repeating: "x", count: 999) + "\n").utf8)
        let written = Mutex(0)
        let remote = try WritingRemote { output in
            let (released, release) = AsyncStream<Void>.makeStream()
            output.backpressure.onRelease { release.yield() }
            var waits = released.makeAsyncIterator()
            while written.withLock({ $0 }) < 10_000 {
                while output.backpressure.isHeld { await waits.next() }
                output.take(piece)
                written.withLock { $0 += 1 }
            }
            return RemoteResult()
        }
        var most = 0
        let taken = try await remote.stream(Self.call) { lines in
            var taken = 0
            for try await line in lines {
                #expect(line.utf8.count == 999)
                taken += 1
                most = max(most, written.withLock { $0 } - taken)
            }
            return taken
        }
        #expect(taken == 10_000)
        // As many as the mark has room for, the one beyond it, and the one that was taken just now.
        #expect(most <= RemoteOutput.mark / 1_000 + 2)
    }

    @Test("lets a task stop waiting for lines while the command goes on")
    func race() async throws {
        let line = try await Self.endless(ending: Self.failure(.cancelled)).stream(Self.call) {
            lines in
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    // Of the two lines it waits for there is one.
                    do { for try await line in lines where line == "never" {} } catch {
                        #expect(error is CancellationError)
                    }
                }
                group.cancelAll()
            }
            return "on"
        }
        #expect(line == "on")
    }

    @Test("ends with the task that it is part of")
    func cancelled() async throws {
        let (begins, begin) = AsyncStream<Void>.makeStream()
        await withTaskGroup(of: Void.self) { group in
            group.addTask {
                await #expect(throws: CancellationError.self) {
                    try await Self.endless(ending: Self.failure(.cancelled)).stream(Self.call) {
                        for try await _ in $0 { begin.yield() }
                    }
                }
            }
            for await _ in begins { break }
            group.cancelAll()
        }
    }

    @Test("is never begun again, also of a command that may run twice")
    func once() async throws {
        let begun = Mutex(0)
        let base = try WritingRemote { output in
            begun.withLock { $0 += 1 }
            output.take(Array("one\n".utf8))
            throw Self.failure(.disconnected)
        }
        var lines: [String] = []
        let error = await #expect(throws: SSHError.self) {
            try await RetryingRemote(base).stream(Self.call.repeatable) {
                for try await line in $0 { lines.append(line) }
            }
        }
        #expect(error?.reason == .disconnected)
        #expect(lines == ["one"])
        #expect(begun.withLock { $0 } == 1)
    }

    @Test("stands in a trial's journal, without its lines and secrets")
    func journal() async throws {
        let folder = try Files.makeTemporaryDirectory("prov-journal")
        defer { try? Files.remove(folder) }  // else the system's cleaning
        let journal = try Journal(
            path: folder + "/commands.jsonl",
            redaction: Redaction(names: ["requirepass"])
        )
        let base = ScriptedRemote(try .made("server-0")) { _ in
            RemoteResult(output: "a line\n", status: .exited(2))
        }
        let call = RemoteCall(["tail", .secret("hunter2")], input: "requirepass hunter3")
        await #expect(throws: RemoteError.self) {
            try await RecordingRemote(base, journal: journal).stream(call) {
                for try await _ in $0 {}
            }
        }
        let text = try Files.read(folder + "/commands.jsonl")
        let told = #""command":"tail [redacted] <<< requirepass [redacted]","#
        #expect(text.contains(told))
        #expect(text.contains(#""status":"exit status 2""#))
        #expect(!text.contains("hunter") && !text.contains("a line"))
    }

    @Test("is told by a dry run, and has no line there")
    func dryRun() async throws {
        let said = Mutex<[String]>([])
        let run = DryRun(servers: 1, system: "redis") { line in said.withLock { $0.append(line) } }
        let lines = try await DryRemote(node: .made("server-0"), run: run).stream(Self.call) {
            try await $0.reduce(0) { count, _ in count + 1 }
        }
        run.flush()
        #expect(lines == 0)
        #expect(said.withLock { $0 } == ["  server-0: journalctl --follow"])
    }
}
