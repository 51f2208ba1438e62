import Histogram
import JSON
import TestSupport
import Testing

@testable import Bench

@Suite("Timeline", .timeLimit(.minutes(3)))
struct TimelineTests {
    @Test("adds all loaders' histograms of each second")
    func merges() throws {
        let folder = try TemporaryFolder()
        let one = LogText(seconds: 0..<3, values: [("READ-rt", 1_000, 2), ("WRITE-rt", 1_500, 1)])
        let other = LogText(seconds: 1..<4, values: [("READ-rt", 2_000, 3)])
        var timeline = try Timeline(of: [
            try folder.write(one.text, to: "a.hdr"), try folder.write(other.text, to: "b.hdr"),
        ])
        var seen: [String] = []
        while let rows = try timeline.next() {
            for row in rows { seen.append(row.cells.joined(separator: ",")) }
        }
        #expect(
            seen == [
                "0,READ-rt,2,1000,1000,1000,1000,1000,1000,1000",
                "0,WRITE-rt,1,1500,1500,1500,1500,1500,1500,1500",
                "1,READ-rt,5,1600,2000,2000,2000,2000,2000,2000",
                "1,WRITE-rt,1,1500,1500,1500,1500,1500,1500,1500",
                "2,READ-rt,5,1600,2000,2000,2000,2000,2000,2000",
                "2,WRITE-rt,1,1500,1500,1500,1500,1500,1500,1500",
                "3,READ-rt,3,2000,2000,2000,2000,2000,2000,2000",
            ]
        )
    }

    @Test("what precedes the start that a log names has seconds below 0")
    func negative() throws {
        let folder = try TemporaryFolder()
        let start = Duration.seconds(1_795_224_086)
        let writer = IntervalLogWriter(startTime: start, baseTime: start - .seconds(2))
        var text = writer.header()
        for second in 0..<4 {
            var histogram = try Histogram(highestTrackable: 3_600_000_000_000)
            try histogram.record(1_000, count: Int64(second) + 1)
            text += writer.line(
                tag: "READ-rt",
                start: .seconds(second),
                length: .seconds(1),
                histogram: histogram
            )
        }
        var timeline = try Timeline(of: [folder.write(text, to: "a.hdr")])
        var seen: [String] = []
        while let rows = try timeline.next() {
            for row in rows { seen.append("\(row.second) \(row.histogram.count)") }
        }
        #expect(seen == ["-2 1", "-1 2", "0 3", "1 4"])
    }

    @Test("a tag is one cell, whatever it holds")
    func cells() throws {
        let histogram = try Histogram(highestTrackable: 1_000_000)
        func cell(_ tag: String) -> String {
            Timeline.Row(second: 0, tag: tag, histogram: histogram).cells[1]
        }
        #expect(cell("READ-rt") == "READ-rt")
        #expect(cell("a\"b") == "\"a\"\"b\"")
        #expect(cell("=1+1") == "\"=1+1\"")
        #expect(cell("\u{1b}[2J") == "\"\\u{1b}[2J\"")
    }

    @Test("rows as JSON have the names of the columns")
    func json() throws {
        var histogram = try Histogram(highestTrackable: 1_000_000)
        try histogram.record(10)
        let row = Timeline.Row(second: 3, tag: "READ-rt", histogram: histogram)
        #expect(
            row.json.line
                == "{\"second\": 3, \"tag\": \"READ-rt\", \"count\": 1, \"mean_ns\": 10, "
                + "\"p50_ns\": 10, \"p90_ns\": 10, \"p99_ns\": 10, \"p99_9_ns\": 10, "
                + "\"p99_99_ns\": 10, \"max_ns\": 10}"
        )
    }
}
