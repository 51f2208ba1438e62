import Engine
import Scenario
import Testing

@Suite("Work under a throttle")
struct ThrottleWorkTests {
    private struct Unlucky: Error {}

    private let loop: EventLoop
    private let notes = Notes()

    init() throws { loop = try EventLoop(.virtual) }

    @Test("so much work at the same time, and the next as soon as one piece ends")
    func atOnce() throws {
        let throttle = Throttle("work", .atOnce(3), on: loop)
        let (loop, notes) = (loop, notes)
        for index in 0..<9 {
            start(on: loop) {
                try await throttle.run { _ in
                    notes.times.append(loop.now)
                    try await loop.sleep(until: loop.now + second)
                    if index == 4 { throw Unlucky() }
                }
            }
        }
        run(loop)
        #expect(notes.times == [0, 0, 0, 1, 1, 1, 2, 2, 2].map { $0 * second })
        #expect(throttle.counts.permits == 9)
    }

    @Test("of a throttle for work at the same time a mere wait is refused, and so is a rate")
    func kinds() throws {
        let throttle = Throttle("work", .atOnce(3), on: loop)
        let notes = notes
        start(on: loop) {
            do { try await throttle.wait() } catch { notes.words.append("\(error)") }
        }
        run(loop)
        #expect(
            notes.words == [
                "throttle \"work\" allows some work at the same time; hand the work to run { } instead"
            ]
        )
        #expect(throws: ThrottleError.otherKind("work")) { try throttle.change(to: .perSecond(1)) }
        try throttle.change(to: .atOnce(5))
    }

    @Test("slow work does not lower a rate")
    func slow() throws {
        let throttle = Throttle("work", .perSecond(100), on: loop)
        let (loop, notes) = (loop, notes)
        for _ in 0..<1_000 {
            throttle.start {
                notes.times.append(loop.now)
                try await loop.sleep(until: loop.now + 60 * second)
            }
        }
        run(loop)
        #expect(notes.times.count == 1_000)
        #expect(notes.times.last == 999 * second / 100)
    }

    @Test("work that throws is counted")
    func failure() throws {
        let throttle = Throttle("work", .unlimited, on: loop)
        for _ in 0..<3 { throttle.start { throw Unlucky() } }
        run(loop)
        #expect(throttle.counts.failures == 3)
    }

    @Test("a permit that does not come in time is an error, and its place is free")
    func limit() throws {
        let throttle = Throttle("work", .perSecond(1), on: loop)
        let (loop, notes) = (loop, notes)
        for index in 0..<4 {
            start(on: loop) {
                do {
                    try await throttle.wait(within: index == 3 ? nil : .milliseconds(1_500))
                    notes.words.append("\(index) at \(loop.now / second)")
                } catch { notes.words.append("\(index) \(error)") }
            }
        }
        run(loop)
        #expect(
            notes.words == [
                "0 at 0", "1 at 1", "2 throttle \"work\" gave no permit in time", "3 at 2",
            ]
        )
    }

    @Test("messages are delivered in order at the rate, and those that are not sent are counted")
    func messages() throws {
        let throttle = Throttle("work", .perSecond(10), on: loop)
        let notes = notes
        let crowd = Crowd(on: loop, rate: .unlimited) { user in
            while true {
                let message: Int = try await user.receive()
                notes.times.append(Int64(message))
            }
        }
        try crowd.add(1)
        run(loop, seconds: 0)
        let user = User(id: 1, crowd: crowd)
        for message in 0..<30 { throttle.send(message, to: user) }
        run(loop, seconds: 2)
        throttle.stop()
        run(loop, seconds: 1)
        #expect(notes.times == Array(0..<20))
        #expect(throttle.counts.unsent == 10)
        crowd.stop()
        run(loop)
    }

    @Test(
        "pause, resume and stop in any order, also twice, end well",
        arguments: 0..<20 as Range<UInt64>
    )
    func anyOrder(seed: UInt64) throws {
        var generator = TestGenerator(state: seed)
        let throttle = Throttle("work", .perSecond(100), on: loop)
        let notes = notes
        for _ in 0..<10 {
            start(on: loop) {
                do { while true { try await throttle.wait() } } catch {
                    notes.words.append("\(error)")
                }
            }
        }
        for _ in 0..<30 {
            switch Int.random(in: 0..<5, using: &generator) {
            case 0: throttle.pause()
            case 1: throttle.resume()
            case 2: try throttle.change(to: .perSecond(Int.random(in: 0...500, using: &generator)))
            case 3: try throttle.change(to: .unlimited)
            default: try throttle.change(to: .perSecond(50))
            }
            if throttle.pace != .unlimited { run(loop, seconds: 1) }
        }
        try throttle.change(to: .perSecond(100))
        throttle.resume()
        let before = throttle.counts.permits
        run(loop, seconds: 10)
        #expect((999...1_001).contains(throttle.counts.permits - before))
        throttle.stop()
        throttle.stop()
        run(loop)
        #expect(notes.words == Array(repeating: "throttle \"work\" was stopped", count: 10))
    }
}

/// Random numbers that a seed repeats.
struct TestGenerator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return state ^ (state >> 29)
    }
}
