import Engine
import Scenario

/// Things that happened in a test, with the loop's time; for the loop's thread alone.
final class Notes: @unchecked Sendable {
    var times: [Int64] = []
    var words: [String] = []
}

let second: Int64 = 1_000_000_000

/// Runs a loop under the virtual clock until nothing can happen any more, or so many seconds have passed.
@discardableResult
func run(_ loop: EventLoop, seconds: Int64 = 100_000) -> EventLoop.Ending {
    loop.run(until: { false }, before: loop.now + seconds * second)
}

/// Starts a task on the loop.
@discardableResult
func start(
    on loop: EventLoop,
    _ body: @escaping @Sendable () async throws -> Void
) -> Task<Void, any Error> {
    Task(executorPreference: loop) { try await body() }
}
