import Engine
import Posix
import Testing

@Suite("EventLoop")
struct EventLoopTests {
    @Test("an hour of sleeping tasks passes at once, in the order of their times")
    func virtualHour() throws {
        let loop = try EventLoop(.virtual)
        let notes = Notes()
        for minutes in [60, 1, 30] as [Int64] {
            start(on: loop) {
                try await loop.sleep(until: minutes * 60 * second)
                notes.words.append("\(minutes)")
                notes.times.append(loop.now)
            }
        }
        #expect(run(loop) == .idle)
        #expect(notes.words == ["1", "30", "60"])
        #expect(notes.times == [60 * second, 1_800 * second, 3_600 * second])
    }

    @Test("what is set for one time happens in the order in which it was set")
    func order() throws {
        let loop = try EventLoop(.virtual)
        let notes = Notes()
        for number in 0..<100 { _ = loop.alarm(at: second) { notes.times.append(Int64(number)) } }
        run(loop)
        #expect(notes.times == Array(0..<100))
    }

    @Test("an alarm that was taken back does not ring, and its name is no other's")
    func cancelled() throws {
        let loop = try EventLoop(.virtual)
        let notes = Notes()
        let first = loop.alarm(at: second) { notes.words.append("first") }
        loop.cancel(first)
        _ = loop.alarm(at: 2 * second) { notes.words.append("second") }
        run(loop, seconds: 1)
        loop.cancel(first)
        run(loop)
        #expect(notes.words == ["second"])
    }

    @Test("a sleeping task that is cancelled wakes at once with the error")
    func cancelledSleep() throws {
        let loop = try EventLoop(.virtual)
        let notes = Notes()
        let task = start(on: loop) {
            do { try await loop.sleep(until: 100 * second) } catch is CancellationError {
                notes.times.append(loop.now)
            }
        }
        _ = loop.alarm(at: 3 * second) { task.cancel() }
        #expect(run(loop) == .idle)
        #expect(notes.times == [3 * second])
    }

    @Test("a task that was cancelled before does not sleep")
    func cancelledBefore() throws {
        let loop = try EventLoop(.virtual)
        let notes = Notes()
        let task = start(on: loop) {
            do { try await loop.sleep(until: 100 * second) } catch is CancellationError {
                notes.times.append(loop.now)
            }
        }
        task.cancel()
        #expect(run(loop) == .idle)
        #expect(notes.times == [0])
    }

    @Test("comes back at its end, and goes on from there")
    func end() throws {
        let loop = try EventLoop(.virtual)
        let notes = Notes()
        _ = loop.alarm(at: 5 * second) { notes.words.append("rang") }
        #expect(loop.run(until: { false }, before: 2 * second) == .late)
        #expect(loop.now == 2 * second)
        #expect(notes.words.isEmpty)
        #expect(loop.run(until: { !notes.words.isEmpty }, before: 9 * second) == .reached)
        #expect(loop.now == 5 * second)
    }

    @Test("takes work from other threads while it sleeps")
    func otherThread() throws {
        let loop = try EventLoop()
        let notes = Notes()
        // Not one of Swift's own few threads, which other tests may hold.
        let stranger = try SystemThread {
            loop.perform { _ in notes.words.append("call") }
            start(on: loop) { notes.words.append("task") }
        }
        let ending = loop.run(until: { notes.words.count == 2 }, before: loop.now + 60 * second)
        #expect(ending == .reached)
        #expect(notes.words == ["call", "task"])
        stranger.join()
    }

    @Test("ten thousand alarms at random times ring in order, also when half are taken back")
    func random() throws {
        var generator = SystemRandomNumberGenerator()
        let loop = try EventLoop(.virtual)
        let notes = Notes()
        var expected: [Int64] = []
        for number in 0..<10_000 {
            let time = Int64.random(in: 0..<3_600 * second, using: &generator)
            let ticket = loop.alarm(at: time) { notes.times.append(loop.now) }
            if number.isMultiple(of: 2) { loop.cancel(ticket) } else { expected.append(time) }
        }
        run(loop)
        #expect(notes.times == expected.sorted())
    }
}
