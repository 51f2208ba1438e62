import Engine
import Scenario
import Testing

@Suite("Crowd")
struct CrowdTests {
    private struct Unlucky: Error, CustomStringConvertible { var description: String { "unlucky" } }

    private func ids(_ notes: Notes) -> [Int] { notes.times.map(Int.init) }

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
        let crowd = Crowd(on: loop, rate: .unlimited) { user in
            do { try await user.sleep(for: .seconds(1_000)) } catch {
                notes.times.append(Int64(user.id))
                throw error
            }
        }
        try crowd.add(10)
        run(loop, seconds: 1)
        #expect(crowd.remove(3) == 3)
        #expect(crowd.remove(3) == 3)
        run(loop, seconds: 1)
        #expect(ids(notes) == [1, 2, 3, 4, 5, 6])
        #expect(crowd.counts.removed == 6)
        #expect(crowd.remove(100) == 4)
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
}
