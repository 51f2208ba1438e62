import Histogram
import JSON
import TestSupport
import Testing

@testable import Bench

@Suite("Summary", .timeLimit(.minutes(3)))
struct SummaryTests {
    @Test("adds all loaders' histograms, and never averages their percentiles")
    func merges() async throws {
        let folder = try TemporaryFolder()
        // 990 fast requests in one loader, 10 slow ones in the other: p99 is fast, p99.9 slow
        try folder.write(
            LogText(values: [("READ-rt", 1_000_000, 99)]).text,
            to: "stress/run/client-0/log.hdr"
        )
        try folder.write(
            LogText(values: [("READ-rt", 900_000_000, 1)]).text,
            to: "stress/run/client-1/log.hdr"
        )
        let summary = try await Summary(of: [folder.path])
        let tag = try #require(summary.tags.first)
        #expect(summary.files.count == 2)
        #expect(summary.span.length == .seconds(10))
        #expect(tag.count == 1_000)
        #expect(tag.throughput == 100)
        #expect(tag.histogram.value(atPercentile: 99) / 1_000_000 == 1)
        #expect(tag.histogram.value(atPercentile: 99.9) / 1_000_000 == 900)
        #expect(summary.notes.isEmpty)
    }

    @Test(
        "takes the intervals whose middle lies inside the window, and the time they cover",
        arguments: [
            (0, nil, 10, 0, 10_000), (2_000, 8_000, 6, 2_000, 8_000),
            (2_001, 7_999, 6, 2_000, 8_000), (2_400, 7_600, 6, 2_000, 8_000),
            (2_501, 7_499, 4, 3_000, 7_000), (2_501, 3_999, 1, 3_000, 4_000),
            (9_000, 99_000, 1, 9_000, 10_000),
        ] as [(Int, Int?, Int, Int, Int)]
    )
    func trims(from: Int, to: Int?, seconds: Int, start: Int, end: Int) async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(LogText().text, to: "log.hdr")
        let window = Window(from: .milliseconds(from), to: to.map { .milliseconds($0) })
        let summary = try await Summary(of: [path], in: window)
        #expect(summary.span == Span(start: .milliseconds(start), end: .milliseconds(end)))
        #expect(summary.tags[0].count == Int64(100 * seconds))
        #expect(summary.tags[0].throughput == 100)
    }

    @Test("the counts of OP-error become the errors of OP-rt and OP-st, and no row of their own")
    func errors() async throws {
        let folder = try TemporaryFolder()
        let values: [(String?, Int64, Int64)] = [
            ("READ-rt", 1_000, 50), ("READ-st", 1_000, 50), ("READ-error", 1_000, 3),
            ("WRITE-rt", 1_000, 20), ("SCAN-error", 1_000, 2), (nil, 1_000, 1),
        ]
        let path = try folder.write(LogText(values: values).text, to: "log.hdr")
        let summary = try await Summary(of: [path])
        let found = summary.tags.map { "\($0.tag) \($0.count) \($0.errors)" }
        // errors without a row to stand in are not left out
        #expect(
            found == [
                "READ-rt 500 30", "READ-st 500 30", "SCAN-error 20 20", "WRITE-rt 200 0",
                "untagged 10 0",
            ]
        )
    }

    @Test("a loader that has nothing in the window is an error that names its log")
    func missingLoader() async throws {
        let folder = try TemporaryFolder()
        try folder.write(LogText().text, to: "a.hdr")
        try folder.write(LogText(seconds: 0..<3).text, to: "b.hdr")
        let window = Window(from: .seconds(5), to: .seconds(9))
        await #expect(
            throws: SummaryError.nothingInWindow(file: "\(folder.path)/b.hdr", window: window)
        ) {
            try await Summary(of: [folder.path], in: window)
        }
    }

    @Test(
        "a loader that ended a second early, or started late, is an error",
        arguments: [0..<9, 1..<10]
    )
    func shortLoader(seconds: Range<Int>) async throws {
        let folder = try TemporaryFolder()
        try folder.write(LogText().text, to: "a.hdr")
        try folder.write(LogText(seconds: seconds).text, to: "b.hdr")
        let error = await #expect(throws: SummaryError.self) {
            try await Summary(of: [folder.path])
        }
        #expect(
            error?.description == """
                \(folder.path)/b.hdr: covers \(seconds.lowerBound) s to \(seconds.upperBound) s, \
                but \(folder.path)/a.hdr covers 0 s to 10 s; did a loader start late or die? \
                choose --from and --to inside of both
                """
        )
        let inside = Window(from: .seconds(1), to: .seconds(9))
        #expect(try await Summary(of: [folder.path], in: inside).tags[0].count == 1_600)
    }

    @Test("a cut log is noted, and one that starts more than a minute after the others")
    func notes() async throws {
        let folder = try TemporaryFolder()
        try folder.write(
            LogText(seconds: 0..<70).text + "Tag=READ-rt,70.000,1.0",
            to: "a.hdr"
        )
        let later = LogText(startTime: .seconds(1_795_224_086 + 61), seconds: 0..<70)
        try folder.write(later.text, to: "b.hdr")
        let notes = try await Summary(of: [folder.path]).notes
        #expect(notes.count == 2)
        #expect(notes[0].hasPrefix("\(folder.path)/a.hdr:75: the last line is cut short"))
        #expect(notes[1].hasPrefix("\(folder.path)/b.hdr: starts 61 s after"))
    }

    @Test("logs whose times do not overlap are of two loads, whatever else is allowed")
    func apart() async throws {
        let folder = try TemporaryFolder()
        // from the very instant at which the first ends
        let (first, second) = (
            LogText(), LogText(startTime: .seconds(1_795_224_086) + .milliseconds(10_000))
        )
        try folder.write(first.text, to: "a.hdr")
        try folder.write(second.text, to: "b.hdr")
        for invalidToo in [false, true] {
            let error = await #expect(throws: SummaryError.self) {
                try await Summary(of: [folder.path], invalidToo: invalidToo)
            }
            #expect(
                error?.description == """
                    \(folder.path)/b.hdr: its time, 2026-11-21T01:21:36.000Z to \
                    2026-11-21T01:21:46.000Z, does not overlap with that of \(folder.path)/a.hdr, \
                    2026-11-21T01:21:26.000Z to 2026-11-21T01:21:36.000Z; these are logs of two loads: \
                    name those of one
                    """
            )
        }
        let commands: [Subcommand] = [.summary, .timeline, .compare, .merge]
        for words in [
            ["summary", folder.path], ["summary", folder.path, "--invalid-too"],
            ["timeline", folder.path], ["timeline", folder.path, "--invalid-too"],
            ["compare", folder.path, "\(folder.path)/a.hdr"],
            [
                "merge", "\(folder.path)/a.hdr", "\(folder.path)/b.hdr", "-o",
                "\(folder.path)/all.hdr",
            ],
        ] {
            #expect(await Subcommand.run(words, among: commands) == 1, "\(words)")
        }
        #expect(try folder.names() == ["a.hdr", "b.hdr"])
        // each by itself is a load, and two loads are compared
        let both = ["\(folder.path)/a.hdr", "\(folder.path)/b.hdr"]
        #expect(await Subcommand.run(["compare"] + both, among: commands) == 0)
    }

    @Test("the times of logs that know no date, or overlap by a second, are not compared")
    func undated() async throws {
        for start in [Duration.seconds(1_795_224_086) + .seconds(9), .seconds(7_200)] {
            let folder = try TemporaryFolder()
            try folder.write(LogText().text, to: "a.hdr")
            try folder.write(LogText(startTime: start).text, to: "b.hdr")
            #expect(try await Summary(of: [folder.path]).tags.map(\.count) == [2_000])
        }
    }

    @Test("JSON has the figures of each tag in ns and nothing else")
    func json() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(LogText(values: [("READ-rt", 1_500, 4)]).text, to: "log.hdr")
        #expect(
            try await Summary(of: [path]).json == """
                {
                  "window": {
                    "from_ns": 0,
                    "to_ns": null
                  },
                  "tags": {
                    "READ-rt": {
                      "count": 40,
                      "errors": 0,
                      "throughput_per_s": 4.0,
                      "mean_ns": 1500,
                      "min_ns": 1500,
                      "p50_ns": 1500,
                      "p90_ns": 1500,
                      "p99_ns": 1500,
                      "p99_9_ns": 1500,
                      "p99_99_ns": 1500,
                      "max_ns": 1500
                    }
                  }
                }
                """
        )
    }

    @Test("the table has one aligned row for each tag")
    func table() async throws {
        let summary = try await Summary(of: [FixtureFile.path("relative.hdr", of: "HistogramTests")]
        )
        #expect(
            summary.description == """
                5.035 s (0 s to 5.035 s) of 1 log, latencies in µs

                tag        count  errors     op/s   mean  median    p90    p99  p99.9  p99.99    max
                ────────────────────────────────────────────────────────────────────────────────────
                READ-rt   10,000       0  1,986.1  381.1   254.7  794.1  2,126  4,088   7,893  8,454
                READ-st   10,000       0  1,986.1  282.6   249.3  473.1  799.2  1,225   1,689  1,778
                WRITE-rt   2,500       0    496.5  368.1   241.9  774.7  2,200  3,496   5,534  5,534
                WRITE-st   2,500       0    496.5  279.6   248.8  472.3  780.3  1,109   1,218  1,218
                """
        )
    }
}
