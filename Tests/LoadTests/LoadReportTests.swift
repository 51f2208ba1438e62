import Testing

@testable import Load

@Suite("The lines of a load")
struct LoadReportTests {
    private func report(of second: LiveSecond) -> LoadReport {
        let report = LoadReport(
            operations: ["READ", "WRITE"],
            hasSchedule: true,
            mostOutstanding: 1_000
        )
        report.add(second)
        return report
    }

    @Test("count in each second what servers answered in it, which no timeout is, and say so")
    func line() {
        let second = LiveSecond()
        (second.start, second.end) = (6_000_000_000, 7_000_000_000)
        for _ in 0..<1_000 { second.record(2_000_000) }
        for _ in 0..<500 { second.record(40_000_000) }
        second.counts.note(.timedOut)
        second.counts.note(.refused)
        second.outstanding = 1_234
        let line = report(of: second).line(second)
        #expect(
            line == "    7 s      1,499/s answered  p50     2.01 ms  p99    40.11 ms  errors 2"
                + "  outstanding 1,234"
        )
        // The reporter was behind: a rate stays one of a second.
        second.end = 8_000_000_000
        #expect(report(of: second).line(second).hasPrefix("    8 s        750/s answered  "))
    }

    @Test(
        "never say that a loop took a whole core beside a share that is none",
        arguments: [(0.35, true), (0.95, true), (0.95, false), (0.35, false)]
    )
    func share(loopShare: Double, gaveUp: Bool) {
        let second = LiveSecond()
        second.end = 1_000_000_000
        second.loopShare = loopShare
        second.gaveUpPriority = gaveUp
        let text = report(of: second).summary(processor: 0)
        let share = loopShare > 0.9 ? "95%" : "35%"
        #expect(text.contains("its busiest event loop \(share)\n"))
        #expect(text.contains("took a whole core") == (loopShare > 0.9))
        let forASecond = "took more than 90% of a core for a second and gave up its real-time"
        #expect(text.contains(forASecond) == (gaveUp && loopShare < 0.9))
    }
}
