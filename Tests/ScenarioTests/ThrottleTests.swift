import Engine
import Scenario
import Testing

@Suite("Throttle")
struct ThrottleTests {
    /// `users` tasks that ask for one permit after the other, for ever.
    private func crowd(_ users: Int, _ throttle: Throttle, on loop: EventLoop) -> Notes {
        let notes = Notes()
        for _ in 0..<users {
            start(on: loop) {
                while true {
                    _ = try await throttle.wait()
                    notes.times.append(loop.now)
                }
            }
        }
        return notes
    }

    @Test(
        "is exact at any rate, also where milliseconds would round it",
        arguments: [1, 7, 1_000, 1_500, 2_500, 10_000, 100_000]
    )
    func exact(rate: Int) throws {
        let loop = try EventLoop(.virtual)
        let throttle = Throttle("messages", .perSecond(rate), on: loop)
        let notes = crowd(min(1_000, 10 * rate), throttle, on: loop)
        run(loop, seconds: 2)
        #expect(notes.times.count == 2 * rate || notes.times.count == 2 * rate + 1)
        let mean = Double(rate) / 1_000
        #expect(Double(most(notes.times, in: 1_000_000)) <= 1.5 * mean + 5)
        throttle.stop()
        run(loop)
    }

    @Test("a rate per minute of an hour is exact")
    func minutes() throws {
        let loop = try EventLoop(.virtual)
        let throttle = Throttle("messages", .perMinute(100), on: loop)
        let notes = crowd(10, throttle, on: loop)
        run(loop, seconds: 3_600)
        #expect(notes.times.count == 6_000)
        throttle.stop()
        run(loop)
    }

    @Test("one permit in each interval, however long, and as well of a fraction of a second")
    func interval() throws {
        for interval in [Duration.seconds(7), .milliseconds(1_500), .nanoseconds(333_333_333)] {
            let loop = try EventLoop(.virtual)
            let throttle = Throttle("messages", .every(interval), on: loop)
            let notes = crowd(3, throttle, on: loop)
            run(loop, seconds: 70)
            let count = (70 * second - 1) / interval.nanoseconds + 1
            #expect(notes.times == (0..<count).map { $0 * interval.nanoseconds })
            throttle.stop()
            run(loop)
        }
    }

    @Test("serves those who wait in the order in which they came")
    func order() throws {
        let loop = try EventLoop(.virtual)
        let throttle = Throttle("messages", .perSecond(10), on: loop)
        let notes = Notes()
        for number in 0..<50 {
            start(on: loop) {
                _ = try await throttle.wait()
                notes.words.append("\(number)")
            }
        }
        run(loop)
        #expect(notes.words == (0..<50).map(String.init))
    }

    @Test("a user that is cancelled while it waits frees its place")
    func cancelled() throws {
        let loop = try EventLoop(.virtual)
        let throttle = Throttle("messages", .perSecond(1), on: loop)
        let notes = Notes()
        let tasks = (0..<4).map { number in
            start(on: loop) {
                do {
                    _ = try await throttle.wait()
                    notes.words.append("\(number) at \(loop.now / second)")
                } catch { notes.words.append("\(number) \(type(of: error))") }
            }
        }
        _ = loop.alarm(at: 1) { tasks[1].cancel() }
        run(loop)
        #expect(notes.words == ["0 at 0", "1 CancellationError", "2 at 1", "3 at 2"])
        #expect(throttle.waiting == 0)
        #expect(throttle.counts.permits == 3)
    }

    @Test("rate 0 gives none, until it is changed")
    func zero() throws {
        let loop = try EventLoop(.virtual)
        let throttle = Throttle("messages", .perSecond(0), on: loop)
        let notes = crowd(2, throttle, on: loop)
        run(loop, seconds: 60)
        #expect(notes.times.isEmpty)
        try throttle.change(to: .perSecond(10))
        run(loop, seconds: 1)
        #expect((10...11).contains(notes.times.count))
        throttle.stop()
        run(loop)
    }

    @Test("a rate that is changed sixty thousandfold leaves nobody hanging")
    func changed() throws {
        let loop = try EventLoop(.virtual)
        let throttle = Throttle("messages", .perMinute(1), on: loop)
        let notes = crowd(100, throttle, on: loop)
        run(loop, seconds: 10)
        #expect(notes.times == [0])
        try throttle.change(to: .perMinute(60_000))
        run(loop, seconds: 10)
        #expect((10_000...10_002).contains(notes.times.count))
        throttle.stop()
        run(loop)
    }

    @Test("never exceeds the rate across a change of it")
    func noBurstAtChange() throws {
        let loop = try EventLoop(.virtual)
        let throttle = Throttle("messages", .perSecond(10), on: loop)
        let notes = crowd(10, throttle, on: loop)
        for _ in 0..<100 {
            run(loop, seconds: 0)
            try throttle.change(to: .perSecond(10))
        }
        run(loop, seconds: 1)
        #expect(notes.times.count <= 11)
        throttle.stop()
        run(loop)
    }

    @Test("paused it keeps queue and rate; a rate changed meanwhile does not start it")
    func paused() throws {
        let loop = try EventLoop(.virtual)
        let throttle = Throttle("messages", .perSecond(10), on: loop)
        let notes = crowd(5, throttle, on: loop)
        run(loop, seconds: 1)
        throttle.pause()
        throttle.pause()
        let before = notes.times.count
        run(loop, seconds: 10)
        try throttle.change(to: .perSecond(20))
        run(loop, seconds: 10)
        #expect(notes.times.count == before)
        #expect(throttle.waiting == 5)
        throttle.resume()
        throttle.resume()
        run(loop, seconds: 1)
        #expect((20...21).contains(notes.times.count - before))
        throttle.stop()
        run(loop)
    }

    @Test("unlimited it gives to all, and lets others run meanwhile")
    func unlimited() throws {
        let loop = try EventLoop(.virtual)
        let throttle = Throttle("messages", .unlimited, on: loop)
        let notes = Notes()
        start(on: loop) {
            for _ in 0..<1_000 { _ = try await throttle.wait() }
            notes.words.append("greedy")
        }
        start(on: loop) {
            _ = try await throttle.wait()
            notes.words.append("other")
        }
        run(loop)
        #expect(notes.words == ["other", "greedy"])
        #expect(throttle.counts.permits == 1_001)
    }

    @Test("stopped it tells those who wait, and who comes later")
    func stopped() throws {
        let loop = try EventLoop(.virtual)
        let throttle = Throttle("messages", .perSecond(0), on: loop)
        let notes = Notes()
        func ask() {
            start(on: loop) {
                do { _ = try await throttle.wait() } catch { notes.words.append("\(error)") }
            }
        }
        ask()
        run(loop, seconds: 1)
        throttle.stop()
        ask()
        run(loop)
        #expect(notes.words == Array(repeating: "throttle \"messages\" was stopped", count: 2))
    }

    @Test("who cannot wait is told at once, and passes nobody")
    func tryNow() throws {
        let loop = try EventLoop(.virtual)
        let throttle = Throttle("messages", .perSecond(1), on: loop)
        #expect(throttle.tryNow() == 0)
        #expect(throttle.tryNow() == nil)
        _ = loop.alarm(at: 2 * second) {}
        run(loop)
        #expect(throttle.tryNow() == 2 * second)
        start(on: loop) { _ = try await throttle.wait() }
        run(loop, seconds: 0)
        #expect(throttle.tryNow() == nil)
        run(loop)
    }
}
