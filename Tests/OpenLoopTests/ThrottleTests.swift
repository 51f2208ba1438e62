import Testing

@testable import OpenLoop

@Suite("Throttle")
struct ThrottleTests {
    @Test(
        "spaces requests evenly from the start, and does not drift",
        arguments: [
            ("100", 0, Duration.zero),
            ("100", 1, .milliseconds(10)),
            ("100", 250, .milliseconds(2_500)),
            ("3", 1, .nanoseconds(333_333_333)),
            ("3", 3_000_000_000, .seconds(1_000_000_000)),
            ("0.5", 7, .seconds(14)),
            ("0.000001", 2, .seconds(2_000_000)),
            ("12.5", 25, .seconds(2)),
            ("10000000", 86_400 * 10_000_000, .seconds(86_400)),
        ]
    )
    func intendedStart(rate: String, index: Int, expected: Duration) throws {
        #expect(Throttle(try #require(Rate(rate))).intendedStart(of: index) == expected)
    }

    @Test(
        "counts exactly the requests that are due before a time",
        arguments: [1, 3, 7, 1_000, 99_991]
    )
    func count(rate: Int) throws {
        let throttle = Throttle(try #require(Rate(rate)))
        #expect(throttle.count(in: .seconds(10)) == 10 * rate)
        for index in [0, 1, 2, 10, 1_000] {
            let due = throttle.intendedStart(of: index)
            #expect(throttle.count(in: due) <= index)
            #expect(throttle.count(in: due + .nanoseconds(1)) == index + 1)
        }
    }

    @Test(
        "takes whole and decimal rates, and nothing else",
        arguments: [
            ("50000", 50_000), ("0.5", 0.5), ("1234.567", 1234.567), ("10000000", 1e7),
            ("0", nil), ("0.0", nil), ("-1", nil), ("1.", nil), (".5", nil), ("1e3", nil),
            ("1.2.3", nil), ("", nil), ("ten", nil), ("10000000.1", nil), ("0.0000001", nil),
        ] as [(String, Double?)]
    )
    func rate(text: String, expected: Double?) {
        #expect(Rate(text)?.perSecond == expected)
    }
}

@Suite("CatchUp")
struct CatchUpTests {
    /// Sends a schedule through a bound, with the loader held up from `stall` on until its end.
    ///
    /// Time stands still between calls: each request goes at the first time that both allow.
    private func timeline(rate: Int, count: Int, stall: Range<Int64>) throws -> [Int64] {
        let rate = try #require(Rate(rate))
        let throttle = Throttle(rate)
        var bound = CatchUp(rate)
        return (0..<count).map { index in
            var time = max(throttle.intendedNanoseconds(of: index), bound.earliest)
            if stall.contains(time) { time = stall.upperBound }
            bound.send(at: time)
            return time
        }
    }

    @Test(
        "leaves a schedule alone as long as nothing is late",
        arguments: [1, 100, 10_000, 25_000, 1_000_000]
    )
    func punctual(rate: Int) throws {
        let throttle = Throttle(try #require(Rate(rate)))
        let sends = try timeline(rate: rate, count: 1_000, stall: 0..<0)
        #expect(sends == (0..<1_000).map(throttle.intendedNanoseconds))
    }

    @Test(
        "sends at most 1.3 of the rate in any millisecond after a stall, and skips nothing",
        arguments: [10_000, 25_000, 50_000, 200_000]
    )
    func stalled(rate: Int) throws {
        let count = rate / 2
        let sends = try timeline(rate: rate, count: count, stall: 100_000_000..<150_000_000)
        let most = sends.indices.map { first in
            sends[first...].prefix { $0 < sends[first] + 1_000_000 }.count
        }.max()
        #expect(sends.count == count)
        #expect(try #require(most) <= rate * 13 / 10_000)
        // 50 ms are made good at 0.3 of the rate: in time again after 167 ms.
        let last = Throttle(try #require(Rate(rate))).intendedNanoseconds(of: count - 1)
        #expect(sends.last == last)
    }

    @Test("counts its window from when a request left, if that was later than it should have been")
    func settled() throws {
        var bound = CatchUp(try #require(Rate(10_000)))
        for index in 0..<13 {
            bound.send(at: Int64(index) * 100_000)
            if index == 11 { bound.settle(at: 1_150_000) }
        }
        #expect(bound.earliest == 2_150_000)
        bound.settle(at: 1_900_000)
        #expect(bound.earliest == 2_150_000)
        bound.send(at: 2_150_000)
        #expect(bound.earliest == 2_150_000)
    }

    @Test("the timeline of a short stall is this one")
    func exact() throws {
        let sends = try timeline(rate: 1_000, count: 16, stall: 2_500_000..<10_200_000)
        let late = [10.2, 10.2, 10.2, 10.7, 11.2, 11.7, 12.2, 12.7, 13.2]
        #expect(sends.prefix(3) == [0, 1_000_000, 2_000_000])
        #expect(sends[3..<12] == ArraySlice(late.map { Int64(($0 * 10).rounded()) * 100_000 }))
        #expect(sends[12...] == [13_700_000, 14_200_000, 14_700_000, 15_200_000])
    }
}
