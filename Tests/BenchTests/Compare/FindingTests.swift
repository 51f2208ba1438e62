import Histogram
import JSON
import Statistics
import TestSupport
import Testing

@testable import Bench

@Suite("Verdicts of a comparison", .timeLimit(.minutes(3)))
struct FindingTests {
    private typealias Random = TestSupport.SeededGenerator

    /// A log of 40 s in which each second has 200 requests of about this latency, in ns; one of 20 takes
    /// `slow` times as long.
    private func log(_ base: Double, seed: UInt64, slow: Double) throws -> String {
        var random = Random(seed: seed)
        let start = Duration.seconds(1_795_224_086)
        let writer = IntervalLogWriter(startTime: start, baseTime: start)
        var text = writer.header()
        for second in 0..<40 {
            var histogram = try Histogram(highestTrackable: 3_600_000_000_000)
            for index in 0..<200 {
                let latency = index % 20 == 0 ? base * slow : base
                try histogram.record(Int64(latency * Double.random(in: 0.9...1.1, using: &random)))
            }
            text += writer.line(
                tag: "READ-rt",
                start: .seconds(second),
                length: .seconds(1),
                histogram: histogram
            )
        }
        return text
    }

    private func run(
        _ base: Double,
        _ seed: UInt64,
        _ folder: TemporaryFolder,
        slow: Double = 1
    ) async throws -> Comparison.Run {
        let text = try log(base, seed: seed, slow: slow)
        let path = try folder.write(text, to: "\(base)-\(seed).hdr")
        return try await Comparison.Run(path, in: nil)
    }

    private func words(_ findings: [Finding]) -> [String: String] {
        Dictionary(uniqueKeysWithValues: findings.map { ($0.measured.key, $0.word) })
    }

    private func verdicts(_ findings: [Finding]) -> [String: Verdict] {
        Dictionary(uniqueKeysWithValues: findings.map { ($0.measured.key, $0.verdict) })
    }

    @Test(
        "of two runs: they differ or are alike, nothing more; only figures with ten requests beyond",
        arguments: [(1_200_000, "differ"), (800_000, "differ"), (1_000_000, "alike")]
            as [(Double, String)]
    )
    func within(base: Double, expected: String) async throws {
        let folder = try TemporaryFolder()
        var found = try Comparison(
            await run(1_000_000, 1, folder),
            await run(base, 2, folder)
        )
        try found.judge(effect: 0.05)
        #expect(
            words(found.findings) == [
                "mean_ns": expected, "p50_ns": expected, "p90_ns": expected, "p99_ns": expected,
            ]
        )
        for finding in found.findings {
            #expect(finding.measured.interval.contains(finding.measured.difference))
        }
        #expect(found.description.contains("B's run beside A's"))
        #expect(found.description.hasSuffix(Comparison.caveat))
    }

    @Test("one table has one unit, that of its largest latency")
    func units() async throws {
        let folder = try TemporaryFolder()
        var runs: [Comparison.Run] = []
        for seed: UInt64 in 1...4 {
            // A median of 1 ms beside a p99 of 50 ms.
            runs.append(try await run(1_000_000, seed, folder, slow: 50))
        }
        var pair = try Comparison(runs[0], runs[1])
        try pair.judge(effect: 0.05)
        let sets = try SetComparison(
            Array(runs[..<2]),
            Array(runs[2...]),
            effect: 0.05,
            allowsDifferentLoads: false
        )
        for text in [pair.markdown, sets.markdown, sets.description] {
            #expect(text.contains("READ-rt median"))
            #expect(text.contains(" ms") && !text.contains(" µs"), "\(text)")
        }
    }

    @Test("neither text nor JSON of one run each calls anything slower or faster")
    func noVerdictOnVariants() async throws {
        let folder = try TemporaryFolder()
        var found = try Comparison(await run(1_000_000, 1, folder), await run(1_200_000, 2, folder))
        try found.judge(effect: 0.05)
        let verdicts = found.description.split(separator: "\n").filter { $0.contains(": +") }
        #expect(verdicts.count == 4)
        #expect(verdicts.allSatisfy { $0.contains("the runs differ: +") })
        for text in [found.json, found.markdown] {
            #expect(!text.replacing(Comparison.caveat, with: "").contains("slower"))
        }
    }

    @Test("runs that are too short for their memory are undecided, without an interval")
    func tooShort() throws {
        func counts(_ bases: [Double]) throws -> SecondCounts? {
            SecondCounts(
                try bases.map { base in
                    var histogram = try Histogram(highestTrackable: 3_600_000_000_000)
                    for step in 0..<100 { try histogram.record(Int64(base * (1 + Double(step)))) }
                    return histogram
                }
            )
        }
        let drifting = try #require(try counts((0..<30).map { 1_000 + 100 * Double($0) }))
        let tests = WithinRuns.tests(drifting, drifting, percentiles: [50])
        #expect(tests == [nil, nil])
        let finding = Finding.judge(
            [
                Finding.Measured(
                    tag: "READ-rt",
                    title: "median",
                    key: "p50_ns",
                    a: 1,
                    b: 2,
                    difference: 0.1,
                    interval: -.infinity ... .infinity,
                    narrow: -.infinity ... .infinity,
                    pValue: 1
                )
            ],
            effect: 0.05,
            of: .runs
        )[0]
        #expect(finding.verdict == .undecided)
        #expect(finding.sentence(effect: 0.05).hasSuffix("too short to say how sure that is"))
        #expect(finding.json()["interval_95_percent"] == .array([.null, .null]))
    }

    @Test("a small effect that the seconds cannot show is undecided")
    func undecided() async throws {
        let folder = try TemporaryFolder()
        let one = try await run(1_000_000, 1, folder)
        var found = try Comparison(one, one)
        try found.judge(effect: 0.000_01)
        #expect(verdicts(found.findings)["mean_ns"] == .undecided)
    }

    private func set(
        _ base: Double,
        _ seeds: ClosedRange<UInt64>,
        _ folder: TemporaryFolder
    ) async throws -> [Comparison.Run] {
        var runs: [Comparison.Run] = []
        for seed in seeds {
            // trials differ by more than their seconds
            let shift = [1.02, 0.98, 1.01, 0.99][Int(seed % 4)]
            runs.append(try await run(base * shift, seed, folder))
        }
        return runs
    }

    @Test("of sets the trial is the unit: what one run beside one calls slower is undecided")
    func sets() async throws {
        let folder = try TemporaryFolder()
        let a = try await set(1_000_000, 1...4, folder)
        let b = try await set(1_010_000, 5...8, folder)
        let near = try SetComparison(a, b, effect: 0.005, allowsDifferentLoads: false)
        #expect(verdicts(near.findings)["p50_ns"] == .undecided)
        let within = try SetComparison(a, b, effect: 0.1, allowsDifferentLoads: false)
        #expect(verdicts(within.findings)["p50_ns"] == .same)
        let c = try await set(1_300_000, 9...12, folder)
        let far = try SetComparison(a, c, effect: 0.05, allowsDifferentLoads: false)
        #expect(Set(far.findings.map(\.verdict)) == [.slower])
        #expect(far.description.contains("READ-rt p99"))
        #expect(far.markdown.contains("| **slower** |"))
        let json = try JSON(parsing: far.json)
        #expect(json["verdicts"].map { "\($0)".contains("slower") } == true)
    }

    @Test("Holm's order asks more of each figure the more there are")
    func holm() {
        func measured(_ p: Double, _ key: String = "p50_ns") -> Finding.Measured {
            Finding.Measured(
                tag: "READ-rt",
                title: "median",
                key: key,
                a: 1,
                b: 1.2,
                difference: 0.18,
                interval: 0.01...0.35,
                narrow: 0.02...0.34,
                pValue: p
            )
        }
        #expect(
            Finding.judge([measured(0.04)], effect: 0.05, of: .variants).map(\.verdict) == [.slower]
        )
        #expect(
            Finding.judge([measured(0.04), measured(0.03)], effect: 0.05, of: .variants).map(
                \.verdict
            )
                == [.undecided, .undecided]
        )
        #expect(
            Finding.judge([measured(0.001, Finding.throughputKey)], effect: 0.05, of: .variants)
                .map(\.verdict)
                == [.faster]
        )
    }

    @Test("a table of Markdown stays one whatever its cells hold")
    func markdown() {
        #expect(Markdown.row(["a|b", "c"]) == "| a\\|b | c |")
        #expect(Markdown.escaped("<b>*x*") == "\\<b\\>\\*x\\*")
    }
}
