import Histogram
import JSON

@testable import Bench

/// Readers of logs and records of trials.
let logTargets = [
    Target(
        name: "log",
        seeds: [
            "Tests/HistogramTests/Fixtures/absolute.hdr",
            "Tests/HistogramTests/Fixtures/relative.hdr",
            "Tests/HistogramTests/Fixtures/shapes.hdr",
        ],
        dictionary: [
            "Tag=", "Tag=read-rt,", "Tag=read-error,", "#[StartTime: ", "#[BaseTime: ",
            "#[Schedule: ",
            "#[Complete:", "#[Stopped:", "\"StartTimestamp\"", "\n", "\r\n", ",", "HISTFAAAA", "=",
            "0.000,",
            "1.000,", "99999999999.000,", "1e300,",
        ],
        places: ["x.hdr"],
        read: { bytes, scratch in
            let log = try LogSum(of: try scratch.file("x.hdr", bytes), in: Window())
            let summary = try Summary(adding: [log], in: Window(), invalidToo: true)
            _ = summary.description
            _ = summary.json
            var timeline = try Timeline(of: [log.file])
            var rows = 0
            // A log whose times lie far apart has as many empty seconds.
            while rows < 1_000, let row = try timeline.next() {
                _ = row.map(\.cells)
                rows += 1
            }
            return .accepted
        }
    ),
    Target(
        name: "payload",
        seeds: [],
        dictionary: ["\u{1C}\u{84}\u{93}\u{14}", "\u{1C}\u{84}\u{93}\u{13}"],
        // Whoever reads it adds the file and the line.
        places: [],
        read: { bytes, _ in
            let histogram = try Histogram(decoding: bytes)
            for percentile in [0.0, 50, 99.9, 100] { _ = histogram.value(atPercentile: percentile) }
            let again = try Histogram(decoding: histogram.encoded())
            return again == histogram ? .accepted : .violated("read anew it differs")
        }
    ),
    Target(
        name: "trial",
        seeds: [],
        dictionary: jsonWords + [
            "\"valid\"", "\"settings\"", "\"nodes\"", "\"limits\"", "\"rate\"", "\"duration\"",
            "\"due\"",
            "9223372036854775807",
        ],
        places: [":"],
        read: { bytes, _ in
            let record = try JSON(parsing: String(decoding: bytes, as: UTF8.self))
            _ = TrialFacts.system(record)
            _ = TrialFacts.load([record, record])
            let again = try JSON(parsing: record.text)
            return again.text == record.text ? .accepted : .violated("read anew it differs")
        }
    ),
]
