import TestSupport
import Testing

@testable import Histogram

/// The files of `Fixtures`, and what Java reports of a log.
enum Fixture {
    /// What Java reports of one interval; its columns are described in `MakeFixtures.java`.
    struct Report: Hashable {
        static let percentiles: [Double] = [
            0, 1, 10, 25, 50, 75, 90, 95, 99, 99.9, 99.99, 99.999, 99.9999, 100,
        ]

        var tag: String?
        var startMilliseconds: Int64
        var endMilliseconds: Int64
        var count: Int64
        var min: Int64
        var max: Int64
        var mean: Double
        var standardDeviation: Double
        var values: [Int64]
        var digest: UInt64
    }

    static func path(_ name: String) -> String {
        FixtureFile.path(name, of: "HistogramTests")
    }

    static func lines(_ name: String) throws -> [String] {
        try LineReader(path: path(name)).all()
    }

    static func reports(_ csv: [String]) throws -> [Report] {
        try csv.map { line in
            let columns = line.split(separator: ",", omittingEmptySubsequences: false)
            let numbers = try columns.dropFirst().map { try #require(Int64($0)) }
            return Report(
                tag: columns[0].isEmpty ? nil : String(columns[0]),
                startMilliseconds: numbers[0],
                endMilliseconds: numbers[1],
                count: numbers[2],
                min: numbers[3],
                max: numbers[4],
                mean: Double(bitPattern: UInt64(numbers[5])),
                standardDeviation: Double(bitPattern: UInt64(numbers[6])),
                values: Array(numbers[7..<7 + Report.percentiles.count]),
                digest: UInt64(numbers[7 + Report.percentiles.count])
            )
        }
    }

    /// What this package reports of a log.
    static func report(ofLog path: String) throws -> [Report] {
        let reader = try IntervalLogReader(path: path)
        var reports: [Report] = []
        while let interval = try reader.next() {
            let start = try #require(reader.startTime) + interval.start
            let histogram = try interval.histogram()
            reports.append(
                Report(
                    tag: interval.tag,
                    startMilliseconds: start.wholeMilliseconds,
                    endMilliseconds: (start + interval.length).wholeMilliseconds,
                    count: histogram.count,
                    min: histogram.min,
                    max: histogram.max,
                    mean: histogram.mean,
                    standardDeviation: histogram.standardDeviation,
                    values: Report.percentiles.map(histogram.value(atPercentile:)),
                    digest: digest(of: histogram)
                )
            )
        }
        #expect(reader.cut == nil)
        return reports
    }

    /// CRC-32 of each recorded value and its count as two big-endian longs.
    private static func digest(of histogram: Histogram) -> UInt64 {
        var remainder: UInt32 = .max
        for step in histogram.recordedValues() {
            for number in [step.value, step.countAtValue] {
                for shift in stride(from: 56, through: 0, by: -8) {
                    remainder ^= UInt32(truncatingIfNeeded: number >> Int64(shift) & 0xFF)
                    for _ in 0..<8 {
                        remainder = remainder >> 1 ^ (remainder & 1 == 0 ? 0 : 0xEDB8_8320)
                    }
                }
            }
        }
        return UInt64(~remainder)
    }
}

extension LineReader {
    /// All lines that are left.
    func all() throws -> [String] {
        var lines: [String] = []
        while let line = try next({ line, _ in String(decoding: line, as: UTF8.self) }) {
            lines.append(line)
        }
        return lines
    }
}

extension Duration {
    /// Milliseconds, cut off as in Java.
    var wholeMilliseconds: Int64 {
        components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000
    }
}
