import Scenario
import Testing

@Suite("Pacer")
struct PacerTests {
    /// The times at which permits are given to somebody who always waits, and looks every `step`.
    private func times(_ pacer: Pacer, until end: Int64, step: Int64) -> [Int64] {
        var pacer = pacer
        var times: [Int64] = []
        for now in stride(from: 0, to: end, by: Int64.Stride(step)) {
            while pacer.take(at: now, hasWaited: true) != nil { times.append(now) }
        }
        return times
    }

    @Test(
        "gives exactly the rate, whatever it is",
        arguments: [(1, 1.0), (2_500, 1), (1_500, 60), (7, 3), (99_991, 1), (1, 0.003), (3, 0.01)]
    )
    func exact(permits: Int, seconds: Double) {
        var pacer = Pacer(permits, in: Int64(seconds * 1e9), from: 0)
        let interval = seconds * 1e9 / Double(permits)
        let wrong = (0..<20_000).first { number in
            let due = pacer.earliest
            return abs(Double(due) - Double(number) * interval) > 1
                || pacer.take(at: due - 1, hasWaited: true) != nil
                || pacer.take(at: due, hasWaited: true) != due
        }
        #expect(wrong == nil)
    }

    @Test("does not save up what nobody asked for")
    func unused() {
        var pacer = Pacer(10, in: second, from: 0)
        #expect(pacer.take(at: 5 * second, hasWaited: false) == 5 * second)
        #expect(pacer.take(at: 5 * second, hasWaited: true) == nil)
        #expect(pacer.earliest == 5 * second + second / 10)
    }

    @Test("a loop that comes by every 50 µs gives them evenly")
    func coarse() {
        let times = times(Pacer(100_000, in: second, from: 0), until: second, step: 50_000)
        #expect(abs(times.count - 100_000) <= 5)
        #expect(most(times, in: 1_000_000) <= 105)
    }

    @Test("after a stall of 0.1 s all are made up for, without a burst")
    func stall() {
        var pacer = Pacer(100_000, in: second, from: 0)
        var times: [Int64] = []
        for now in stride(from: Int64(0), to: second, by: 10_000)
        where !(200_000_000..<300_000_000).contains(now) {
            while pacer.take(at: now, hasWaited: true) != nil { times.append(now) }
        }
        #expect(abs(times.count - 100_000) <= 5)
        #expect(most(times, in: 1_000_000) <= 155)
    }

    @Test("centuries do not overflow")
    func far() {
        var pacer = Pacer(1, in: .max, from: 0)
        #expect(pacer.take(at: 0, hasWaited: true) == 0)
        #expect(pacer.due == .max)
        #expect(pacer.take(at: .max - 1, hasWaited: true) == nil)
    }
}

/// The most times that lie in any window of so many nanoseconds.
func most(_ times: [Int64], in window: Int64) -> Int {
    var most = 0
    var first = 0
    for (index, time) in times.enumerated() {
        while times[first] <= time - window { first += 1 }
        most = max(most, index - first + 1)
    }
    return most
}
