import Engine
import Testing

@testable import Scenario

@Suite("Ramps of a throttle")
struct ThrottleRampTests {
    private let loop: EventLoop
    private let throttle: Throttle
    private let notes = Notes()

    init() throws {
        loop = try EventLoop(.virtual)
        throttle = Throttle("messages", .perSecond(0), on: loop)
    }

    /// Notes the rate once in each interval.
    private func watch(every interval: Int64, for seconds: Int64) {
        for time in stride(from: Int64(1), to: seconds * second, by: Int64.Stride(interval)) {
            _ = loop.alarm(at: time) { [notes, throttle] in
                if case .permits(let rate, _) = throttle.pace { notes.times.append(Int64(rate)) }
            }
        }
    }

    @Test("by steps: the first rate at once, the last one exactly, and nothing beyond it")
    func steps() throws {
        watch(every: second, for: 6)
        try throttle.ramp(from: 10, to: 45, per: .seconds(1), by: 10, every: .seconds(1))
        #expect(throttle.pace == .perSecond(10))
        run(loop)
        #expect(notes.times == [10, 19, 28, 36, 45, 45])
        #expect(!throttle.isRamping)
    }

    @Test("over a time: even, downwards too, exact at both ends")
    func duration() throws {
        watch(every: second, for: 11)
        try throttle.ramp(from: 1_000, to: 0, per: .seconds(1), over: .seconds(10))
        run(loop)
        #expect(notes.times == [1_000, 900, 800, 700, 600, 500, 400, 300, 200, 100, 0])
    }

    @Test("the number of permits is what lies under the slope")
    func permits() throws {
        for _ in 0..<500 {
            start(on: loop) { [throttle] in while true { try await throttle.wait() } }
        }
        try throttle.ramp(from: 0, to: 10_000, per: .seconds(1), over: .seconds(20))
        run(loop, seconds: 20)
        // Half of 20 s at the last rate, less half a step of a tenth of a second.
        #expect((99_000...100_000).contains(throttle.counts.permits), "\(throttle.counts.permits)")
        throttle.stop()
        run(loop)
    }

    @Test("a second ramp, or a change, while one is under way is an error that says so")
    func anotherOne() throws {
        try throttle.ramp(from: 1, to: 10, over: .seconds(10))
        let expected = "throttle \"messages\" changes its rate by a ramp, which is not over yet"
        for body in [
            { try throttle.ramp(from: 1, to: 2, over: .seconds(1)) },
            { try throttle.ramp(from: 1, to: 2, by: 1, every: .seconds(1)) },
            { try throttle.change(to: .perSecond(1)) },
        ] {
            let error = #expect(throws: ThrottleError.self) { try body() }
            #expect(error?.description == expected)
        }
        run(loop)
        try throttle.change(to: .perSecond(1))
    }

    @Test("a ramp that makes no sense is refused")
    func bad() {
        for body in [
            { try throttle.ramp(from: -1, to: 2, over: .seconds(1)) },
            { try throttle.ramp(from: 1, to: 2_000_000_000, over: .seconds(1)) },
            { try throttle.ramp(from: 1, to: 2, over: .zero) },
            { try throttle.ramp(from: 1, to: 2, by: 0, every: .seconds(1)) },
        ] {
            #expect(throws: ThrottleError.self) { try body() }
        }
        #expect(!throttle.isRamping)
    }

    @Test("a ramp goes on while the throttle is paused, and ends with it")
    func paused() throws {
        try throttle.ramp(from: 10, to: 20, per: .seconds(1), over: .seconds(10))
        throttle.pause()
        run(loop, seconds: 20)
        #expect(throttle.pace == .perSecond(20))
        #expect(throttle.isPaused)
        try throttle.ramp(from: 1, to: 20, over: .seconds(10))
        throttle.stop()
        #expect(!throttle.isRamping)
        #expect(run(loop) == .idle)
    }

    @Test("every step of a ramp between any two rates lies between them, and never goes back")
    func anyRamp() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<2_000 {
            let from = Int.random(in: 0...1_000_000_000, using: &generator)
            let to = Int.random(in: 0...1_000_000_000, using: &generator)
            let duration = Int64.random(in: 1...3_600_000_000_000, using: &generator)
            let ramp = Ramp(from: from, to: to, over: duration)
            let places = [0, 1, ramp.steps / 3, ramp.steps / 2, ramp.steps - 1, ramp.steps]
            let rates = places.sorted().map(ramp.rate)
            #expect(rates.first == from && rates.last == to)
            #expect(from <= to ? rates == rates.sorted() : rates == rates.sorted(by: >))
            #expect(ramp.interval * Int64(ramp.steps) <= duration)
        }
    }
}
