import DeploymentState
import SSH
import Shell
import Synchronization
import Testing

@testable import Deployment

@Suite("RetryingRemote")
struct RetryingRemoteTests {
    /// A clock that passes a sleep at once and moves on by its length.
    private final class JumpingClock: Clock {
        struct Instant: InstantProtocol {
            var offset: Swift.Duration
            func advanced(by duration: Swift.Duration) -> Instant {
                Instant(offset: offset + duration)
            }
            func duration(to other: Instant) -> Swift.Duration { other.offset - offset }
            static func < (a: Instant, b: Instant) -> Bool { a.offset < b.offset }
        }

        private let passed = Mutex(Swift.Duration.zero)
        var now: Instant { Instant(offset: passed.withLock { $0 }) }
        let minimumResolution = Swift.Duration.zero

        func sleep(until deadline: Instant, tolerance: Swift.Duration?) async throws {
            passed.withLock { $0 = max($0, deadline.offset) }
        }
    }

    private static func failure(_ reason: SSHError.Reason) -> SSHError {
        SSHError(node: "server-0", operation: "execute", reason: reason, message: "gone")
    }

    /// Fails so many times, then answers.
    private func remote(failing times: Int, with reason: SSHError.Reason) throws -> ScriptedRemote {
        let left = Mutex(times)
        return ScriptedRemote(try .made("server-0")) { _ in
            let fails = left.withLock { left in
                left -= 1
                return left >= 0
            }
            if fails { throw Self.failure(reason) }
            return RemoteResult(output: "here")
        }
    }

    @Test("asks again over a new connection when a call may run twice")
    func again() async throws {
        let base = try remote(failing: 3, with: .disconnected)
        let answer = try await RetryingRemote(base, clock: JumpingClock())
            .execute(RemoteCall(["uptime"]).repeatable)
        #expect(answer == "here")
        #expect(base.called.count == 4)
    }

    @Test(
        "gives up at once where asking again is wrong or of no use",
        arguments: [(false, SSHError.Reason.disconnected), (true, .hostKeyChanged)]
    )
    func once(mayRunTwice: Bool, reason: SSHError.Reason) async throws {
        let base = try remote(failing: 1, with: reason)
        var call = RemoteCall(["rm", "x"])
        call.mayRunTwice = mayRunTwice
        let error = await #expect(throws: SSHError.self) {
            try await RetryingRemote(base, clock: JumpingClock()).execute(call)
        }
        #expect(error?.reason == reason)
        #expect(base.called.count == 1)
    }

    @Test("has a limit")
    func limit() async throws {
        let base = try remote(failing: .max, with: .unreachable)
        let remote = RetryingRemote(
            base,
            for: .seconds(10),
            pausing: .seconds(1),
            clock: JumpingClock()
        )
        await #expect(throws: SSHError.self) {
            try await remote.execute(RemoteCall(["uptime"]).repeatable)
        }
        #expect(base.called.count == 11)
    }
}
