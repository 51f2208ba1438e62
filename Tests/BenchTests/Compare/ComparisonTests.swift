import JSON
import TestSupport
import Testing

@testable import Bench

@Suite("Comparison", .timeLimit(.minutes(3)))
struct ComparisonTests {
    private func comparison(
        _ a: [(String?, Int64, Int64)],
        _ b: [(String?, Int64, Int64)]
    ) async throws -> Comparison {
        let folder = try TemporaryFolder()
        let pathA = try folder.write(LogText(values: a).text, to: "a.hdr")
        let pathB = try folder.write(LogText(values: b).text, to: "b.hdr")
        return try Comparison(
            await run(pathA, named: "first"),
            await run(pathB, named: "second")
        )
    }

    private func run(_ path: String, named name: String) async throws -> Comparison.Run {
        Comparison.Run(
            name: name,
            summary: try await Summary(of: [path]),
            facts: try TrialFacts(of: path, logs: []),
            notes: []
        )
    }

    @Test("shows both and the change in percent, and what only one of both has")
    func table() async throws {
        let found = try await comparison(
            [("READ-rt", 1_000, 1_000), ("SCAN-rt", 2_000, 10)],
            [("READ-rt", 1_250, 900), ("WRITE-rt", 2_000, 10)]
        )
        #expect(
            found.description == """
                A  first  10 s (0 s to 10 s) of 1 log
                B  second  10 s (0 s to 10 s) of 1 log
                latencies in µs

                tag             count  errors     op/s    mean  median     p90     p99   p99.9  p99.99     max
                ──────────────────────────────────────────────────────────────────────────────────────────────
                READ-rt   A    10,000       0  1,000.0   1.000   1.000   1.000   1.000   1.000   1.000   1.000
                          B     9,000       0    900.0   1.250   1.250   1.250   1.250   1.250   1.250   1.250
                          B−A                   −10.0%  +25.0%  +25.0%  +25.0%  +25.0%  +25.0%  +25.0%  +25.0%
                ──────────────────────────────────────────────────────────────────────────────────────────────
                SCAN-rt   A       100       0     10.0   2.000   2.000   2.000   2.000   2.000   2.000   2.000
                ──────────────────────────────────────────────────────────────────────────────────────────────
                WRITE-rt  B       100       0     10.0   2.000   2.000   2.000   2.000   2.000   2.000   2.000

                One run each cannot say that B is slower or faster: two runs of the same thing differ as well, by as \
                much as nobody knows from one. Compare sets of trials (A… vs B…), or run an experiment.
                """
        )
    }

    @Test("runs too short for an interval say so, as a table, Markdown and JSON")
    func tooShort() async throws {
        let folder = try TemporaryFolder()
        let short = try folder.write(LogText(seconds: 0..<3).text, to: "a.hdr")
        let long = try folder.write(LogText().text, to: "b.hdr")
        var found = try Comparison(
            await run(short, named: "first"),
            await run(long, named: "second")
        )
        try found.judge(effect: 0.05)
        let text = "READ-rt: too few seconds (3, needs 10) for an interval"
        #expect(found.description.contains("\n\(text)\n"))
        #expect(found.markdown.contains("\n- \(text)\n"))
        #expect(try JSON(parsing: found.json)["unjudged"] == .array([.string(text)]))
    }

    @Test("JSON holds both and the changes, null where A is 0")
    func json() async throws {
        let found = try await comparison([("READ-rt", 0, 10)], [("READ-rt", 5, 20)])
        let json = try JSON(parsing: found.json)
        #expect(json["change_percent"]?["READ-rt"]?["throughput_per_s"] == .number(100))
        #expect(json["change_percent"]?["READ-rt"]?["p99_ns"] == .null)
        #expect(json["b"]?["tags"]?["READ-rt"]?["count"] == .integer(200))
    }

    @Test("two runs without a common tag are an error")
    func nothingInCommon() async throws {
        await #expect(throws: SummaryError.nothingInCommon(a: "first", b: "second")) {
            try await comparison([("READ-rt", 1, 1)], [("WRITE-rt", 1, 1)])
        }
    }
}
