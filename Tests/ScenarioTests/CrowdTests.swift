import Engine
import Scenario
import Testing

@Suite("Crowd")
struct CrowdTests {
    private struct Unlucky: Error, CustomStringConvertible { var description: String { "unlucky" } }

    private func ids(_ notes: Notes) -> [Int] { notes.times.map(Int.init) }

    /// Users who sleep for long, and note their numbers when they are woken up.
    private func sleepers(on loop: EventLoop, _ notes: Notes) -> Crowd {
        Crowd(on: loop, rate: .unlimited) { user in
            do { try await user.sleep(for: .seconds(1_000)) } catch {
                notes.times.append(Int64(user.id))
                throw error
            }
        }
    }

    @Test("starts users at its rate, with numbers without a gap")
    func rate() throws {
        let loop = try EventLoop(.virtual)
        let notes = Notes()
        let crowd = Crowd(on: loop, rate: .perSecond(30_000)) { user in
            notes.times.append(Int64(user.id))
        }
        try crowd.add(60_000)
        run(loop, seconds: 1)
        #expect((30_000...30_001).contains(crowd.counts.highest))
        run(loop)
        #expect(ids(notes) == Array(1...60_000))
        #expect(loop.now >= 2 * second - second / 10_000)
        #expect(crowd.counts.ended == 60_000)
        #expect(crowd.counts.running == 0)
    }

    @Test("at 6,000,000 a minute 100,000 users have started after a second, and not before")
    func fast() throws {
        let loop = try EventLoop(.virtual)
        let crowd = Crowd(on: loop, rate: .perMinute(6_000_000)) { user in
            try await user.sleep(for: .seconds(3_600))
        }
        try crowd.add(100_000)
        run(loop, seconds: 1)
        #expect((99_999...100_000).contains(crowd.counts.running))
        run(loop, seconds: 1)
        #expect(crowd.counts.running == 100_000 && crowd.counts.waiting == 0)
        crowd.stop()
        run(loop)
    }

    @Test("rate 0 starts none; a rate given later starts those who wait")
    func changedRate() throws {
        let loop = try EventLoop(.virtual)
        let crowd = Crowd(on: loop, rate: .perSecond(0)) { _ in }
        try crowd.add(100)
        run(loop, seconds: 60)
        #expect(crowd.counts.waiting == 100)
        crowd.change(to: .perSecond(10))
        run(loop, seconds: 1)
        #expect((10...11).contains(crowd.counts.ended))
        crowd.change(to: .unlimited)
        run(loop, seconds: 1)
        #expect(crowd.counts.ended == 100)
    }

    @Test("numbers go on after users have ended, and are nobody else's")
    func numbers() throws {
        let loop = try EventLoop(.virtual)
        let notes = Notes()
        let crowd = Crowd(on: loop, rate: .unlimited) { user in notes.times.append(Int64(user.id)) }
        for _ in 0..<50 {
            try crowd.add(100)
            run(loop, seconds: 1)
        }
        #expect(ids(notes) == Array(1...5_000))
    }

    @Test("removes the oldest, each once, also when asked twice")
    func remove() throws {
        let loop = try EventLoop(.virtual)
        let notes = Notes()
        let crowd = sleepers(on: loop, notes)
        try crowd.add(10)
        run(loop, seconds: 1)
        #expect(crowd.remove(3).told == 3)
        #expect(crowd.remove(3).told == 3)
        run(loop, seconds: 1)
        #expect(ids(notes) == [1, 2, 3, 4, 5, 6])
        #expect(crowd.counts.removed == 6)
        #expect(crowd.remove(100).told == 4)
        run(loop, seconds: 1)
        #expect(crowd.counts.running == 0)
        #expect(crowd.counts.failed == 0)
    }

    @Test("errors are counted by their text")
    func failures() throws {
        let loop = try EventLoop(.virtual)
        let crowd = Crowd(on: loop, rate: .unlimited) { user in
            if user.id.isMultiple(of: 2) { throw Unlucky() }
        }
        try crowd.add(10)
        run(loop)
        #expect(crowd.failures == ["unlucky": 5])
        #expect(crowd.counts.ended == 5)
    }

    @Test("stopped while users wait to start, none starts any more and no count goes below 0")
    func stop() throws {
        let loop = try EventLoop(.virtual)
        let crowd = Crowd(on: loop, rate: .perSecond(1)) { user in
            try await user.sleep(for: .seconds(1_000))
        }
        try crowd.add(1_000)
        run(loop, seconds: 5)
        let running = crowd.counts.running
        #expect((5...6).contains(running))
        crowd.stop()
        #expect(crowd.phase == .stopping)
        #expect(run(loop) == .idle)
        #expect(crowd.phase == .finished)
        #expect(crowd.counts.waiting == 0)
        #expect(crowd.counts.running == 0)
        #expect(crowd.counts.removed == running)
        let error = #expect(throws: CrowdError.self) { try crowd.add(1) }
        #expect(error?.description == "no user can be added: the run is finished")
    }

    @Test("numbers may be given, above all that were, and never twice")
    func givenNumbers() throws {
        let loop = try EventLoop(.virtual)
        let notes = Notes()
        let crowd = Crowd(on: loop, rate: .unlimited) { user in notes.times.append(Int64(user.id)) }
        try crowd.add(2)
        try crowd.add(ids: 501...503)
        try crowd.add(1)
        run(loop, seconds: 1)
        #expect(ids(notes) == [1, 2, 501, 502, 503, 504])
        #expect(crowd.counts.highest == 504)
        let error = #expect(throws: CrowdError.self) { try crowd.add(ids: 504...600) }
        #expect(
            error?.description
                == "user 504 cannot be added: numbers up to 504 were given away; go on from 505"
        )
        try crowd.add(ids: 505...505)
        run(loop, seconds: 1)
        #expect(crowd.counts.ended == 7)
    }

    @Test("numbers of those who wait are given away too, and those who wait cost nothing")
    func waitingNumbers() throws {
        let loop = try EventLoop(.virtual)
        let crowd = Crowd(on: loop, rate: .perSecond(0)) { _ in }
        try crowd.add(50_000_000)
        #expect(crowd.counts.waiting == 50_000_000)
        #expect(throws: CrowdError.self) { try crowd.add(ids: 50_000_000...50_000_001) }
        crowd.stop()
        #expect(crowd.phase == .finished)
    }

    @Test(
        "those who wait are taken back first, the last of them first, and their numbers are free again"
    )
    func takenBack() throws {
        let loop = try EventLoop(.virtual)
        let notes = Notes()
        let crowd = Crowd(on: loop, rate: .unlimited) { user in
            notes.times.append(Int64(user.id))
            try await user.sleep(for: .seconds(1_000))
        }
        try crowd.add(3)
        run(loop, seconds: 1)
        crowd.change(to: .perSecond(0))
        try crowd.add(100_000_000)
        try crowd.add(ids: 200_000_001...200_000_005)
        let many = crowd.remove(100_000_003)
        #expect(many.told == 0 && many.waiting == 100_000_003)
        #expect(crowd.counts.waiting == 2)
        try crowd.add(1)
        crowd.change(to: .perSecond(1))
        run(loop, seconds: 1)
        // One or two have started, of a range of which the rest is taken back.
        let started = crowd.counts.running - 3
        #expect((1...2).contains(started))
        let few = crowd.remove(4)
        #expect(few.told == 1 + started && few.waiting == 3 - started)
        run(loop, seconds: 1)
        #expect(crowd.counts.removed == 1 + started && crowd.counts.waiting == 0)
        try crowd.add(1)
        run(loop, seconds: 2)
        #expect(ids(notes) == Array(1...4 + started))
        #expect(crowd.counts.highest == 4 + started)
        crowd.stop()
        run(loop, seconds: 1)
        #expect(crowd.phase == .finished)
    }

    // A place for each number that nobody has would take gigabytes, and longer than the limit.
    @Test("numbers that nobody has cost nothing", .timeLimit(.minutes(1)))
    func gaps() throws {
        let loop = try EventLoop(.virtual)
        let notes = Notes()
        let crowd = sleepers(on: loop, notes)
        try crowd.add(2)
        for first in [20_000_000, 500_000_000, 999_999_998] {
            try crowd.add(ids: first...first + 1)
        }
        run(loop, seconds: 1)
        #expect(crowd.counts.running == 8 && crowd.counts.highest == 999_999_999)
        #expect(crowd.remove(3).told == 3)
        run(loop, seconds: 1)
        #expect(ids(notes) == [1, 2, 20_000_000])
        crowd.stop()
        run(loop)
        #expect(
            ids(notes).dropFirst(3).sorted() == [
                20_000_001, 500_000_000, 500_000_001, 999_999_998, 999_999_999,
            ]
        )
        #expect(crowd.phase == .finished)
    }

    @Test("removed by force, who does not end within 2 s is no longer waited for")
    func force() throws {
        let loop = try EventLoop(.virtual)
        let crowd = Crowd(on: loop, rate: .unlimited) { user in
            guard user.id == 1 else { return try await user.sleep(for: .seconds(1_000)) }
            await withUnsafeContinuation { continuation in
                _ = loop.alarm(at: 100 * second) { continuation.resume() }
            }
        }
        try crowd.add(3)
        run(loop, seconds: 1)
        #expect(crowd.remove(2, byForce: true).told == 2)
        run(loop, seconds: 1)
        #expect(crowd.counts.removed == 1)
        #expect(crowd.counts.running == 2)
        run(loop, seconds: 2)
        #expect(crowd.counts.removed == 2)
        #expect(crowd.counts.abandoned == 1)
        #expect(crowd.counts.running == 1)
        // Its real end changes nothing any more.
        run(loop, seconds: 200)
        #expect(crowd.counts.removed == 2)
        #expect(crowd.counts.ended == 0)
        crowd.stop()
        run(loop)
        #expect(crowd.phase == .finished)
    }

    @Test("a message to a user that has ended, or does not read, is not taken")
    func messages() throws {
        let loop = try EventLoop(.virtual)
        let crowd = Crowd(on: loop, rate: .unlimited) { user in
            if user.id == 1 { try await user.sleep(for: .seconds(1_000)) }
        }
        try crowd.add(2)
        run(loop, seconds: 1)
        let (one, ended) = (User(id: 1, crowd: crowd), User(id: 2, crowd: crowd))
        #expect(!ended.send("hello"))
        #expect(!ended.isHere)
        for _ in 0..<10_000 { #expect(one.send("hello")) }
        #expect(!one.send("hello"))
        crowd.stop()
        run(loop)
    }

    @Test("who waits for a message gets an error when it does not come, or is another")
    func noMessage() throws {
        let loop = try EventLoop(.virtual)
        let crowd = Crowd(on: loop, rate: .unlimited) { user in
            let _: String = try await user.receive(within: .seconds(5))
        }
        try crowd.add(2)
        run(loop, seconds: 1)
        User(id: 2, crowd: crowd).send(7)
        run(loop)
        #expect(
            crowd.failures == ["no message came in time": 1, "the message is Int, not String": 1]
        )
    }
}
