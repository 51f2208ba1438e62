import Engine
import Synchronization
import Testing

@Suite("Watchdog")
struct WatchdogTests {
    @Test("barks once when a task never suspends, and not at a loop that sleeps")
    func bark() throws {
        let loop = try EventLoop()
        let flag = Flag()
        let watchdog = try Watchdog(loop, limit: .milliseconds(80)) { flag.raise() }
        // It sleeps far longer than the limit.
        _ = loop.run(until: { false }, before: loop.now + 400_000_000)
        #expect(!flag.isRaised)
        start(on: loop) { while !flag.isRaised {} }
        let ending = loop.run(until: { flag.isRaised }, before: loop.now + 60 * second)
        #expect(ending == .reached)
        watchdog.end()
        #expect(flag.count == 1)
    }

    /// How often something happened on another thread.
    private final class Flag: Sendable {
        private let number = Atomic(0)
        var isRaised: Bool { number.load(ordering: .acquiring) > 0 }
        var count: Int { number.load(ordering: .acquiring) }
        func raise() { number.add(1, ordering: .releasing) }
    }
}
