import Foundation
import Histogram
import TestSupport
import Testing

@testable import Bench

@Suite("A thousand random logs", .timeLimit(.minutes(5)))
struct RandomLogsTests {
    private static let jar = "/usr/share/java/hdrhistogram.jar"

    @Test("have the same counts, minima, maxima, means and percentiles in Java, to the last bit")
    func sameAsJava() async throws {
        let folder = try TemporaryFolder()
        let logs = folder.path + "/logs"
        try FileManager.default.createDirectory(atPath: logs, withIntermediateDirectories: true)
        _ = try java("write", logs, "500")
        for number in 0..<500 {
            try folder.write(try log(number), to: "logs/ours-\(number).hdr")
        }
        let javas = try java("sum", logs).split(separator: "\n").map(String.init)
        var ours: [String] = []
        for name in try FileManager.default.contentsOfDirectory(atPath: logs).sorted() {
            let sum = try LogSum(of: "\(logs)/\(name)", in: Window())
            for (tag, histogram) in sum.histograms.sorted(by: { $0.key < $1.key }) {
                let figures =
                    [histogram.count, histogram.min, histogram.max].map(String.init)
                    + ["\(Int64(bitPattern: histogram.mean.bitPattern))"]
                    + [50, 90, 99, 99.9, 99.99].map { "\(histogram.value(atPercentile: $0))" }
                ours.append(([name, tag] + figures).joined(separator: ","))
            }
        }
        #expect(Set(javas.map { $0.prefix { $0 != "," } }).count == 1_000)
        #expect(javas.count == ours.count)
        for (java, our) in zip(javas, ours) where java != our {
            Issue.record("Java \(java), we \(our)")
        }
    }

    private func java(_ words: String...) throws -> String {
        let java = Process()
        java.executableURL = URL(filePath: "/usr/bin/java")
        java.arguments =
            ["-cp", Self.jar, FixtureFile.path("SumLogs.java", of: "HistogramTests")] + words
        let output = Pipe()
        java.standardOutput = output
        try java.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        java.waitUntilExit()
        try #require(java.terminationStatus == 0)
        return String(decoding: data, as: UTF8.self)
    }

    /// A log with another number of tags, intervals, values and digits for each seed.
    private func log(_ seed: Int) throws -> String {
        var random = SeededGenerator(seed: UInt64(seed))
        let start = Duration.seconds(1_795_224_086)
        let writer = IntervalLogWriter(startTime: start, baseTime: start)
        var text = writer.header()
        let digits = Int.random(in: 1...3, using: &random)
        let tags = ["READ-rt", "WRITE-rt", nil].prefix(.random(in: 1...3, using: &random))
        for second in 0..<Int.random(in: 2...6, using: &random) {
            for tag in tags {
                var histogram = try Histogram(
                    highestTrackable: 1 << Int64.random(in: 10...33, using: &random),
                    significantDigits: digits,
                    resizes: true
                )
                for _ in 0..<Int.random(in: 0...300, using: &random) {
                    let bits = Int64.random(in: 1...34, using: &random)
                    try histogram.record(
                        .random(in: 0...(1 << bits), using: &random),
                        count: .random(in: 0...19, using: &random)
                    )
                }
                text += writer.line(
                    tag: tag,
                    start: .seconds(second),
                    length: .seconds(1),
                    histogram: histogram
                )
            }
        }
        return text
    }
}
