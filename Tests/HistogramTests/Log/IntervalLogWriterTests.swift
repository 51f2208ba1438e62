import Foundation
import TestSupport
import Testing

@testable import Histogram

@Suite("Interval log writer", .timeLimit(.minutes(3)))
struct IntervalLogWriterTests {
    static let jar = "/usr/share/java/hdrhistogram.jar"
    static let hasJava = ["/usr/bin/java", jar].allSatisfy(FileManager.default.fileExists(atPath:))
    static let isCI = ProcessInfo.processInfo.environment["CI"] == "true"
    static let start = Duration.milliseconds(1_795_224_086_127)

    @Test("writes what Java's HistogramLogWriter writes, but for the compressed bytes")
    func sameText() throws {
        let reader = try IntervalLogReader(path: Fixture.path("relative.hdr"))
        let writer = IntervalLogWriter(
            startTime: Self.start,
            baseTime: Self.start,
            comments: ["[Logged with MakeFixtures]"]
        )
        var text = writer.header()
        while let interval = try reader.next() {
            text += writer.line(
                tag: interval.tag,
                start: interval.start,
                length: interval.length,
                histogram: try interval.histogram()
            )
        }
        let expected = try Fixture.lines("relative.hdr")
        let found = text.split(separator: "\n").map(String.init)
        #expect(found.map(withoutPayload) == expected.map(withoutPayload))
        #expect(text.hasSuffix("\n"))
    }

    @Test(
        "rounds times half up at the third decimal",
        arguments: [
            (499_999, "0.000"), (500_000, "0.001"), (1_499_999, "0.001"),
            (12_345_678_900, "12.346"), (1_795_224_086_999_600_000, "1795224087.000"),
        ] as [(Int64, String)]
    )
    func rounding(nanoseconds: Int64, expected: String) throws {
        let line = IntervalLogWriter(startTime: .zero).line(
            start: .nanoseconds(nanoseconds),
            length: .zero,
            histogram: try Histogram(highestTrackable: 1_000)
        )
        #expect(line.hasPrefix("\(expected),0.000,0.000,HIST"))
    }

    @Test(
        "Java reads our log to the figures that we report",
        .enabled(if: hasJava || isCI, "needs java and libhdrhistogram-java")
    )
    func javaReads() throws {
        try #require(Self.hasJava, "java or \(Self.jar) is missing, and CI does not skip")
        let folder = try TemporaryFolder()
        let path = try folder.write(try log(), to: "ours.hdr")
        let java = Process()
        java.executableURL = URL(filePath: "/usr/bin/java")
        java.arguments = ["-cp", Self.jar, Fixture.path("MakeFixtures.java"), "read", path]
        let output = Pipe()
        java.standardOutput = output
        try java.run()
        let data = try output.fileHandleForReading.readToEnd() ?? Data()
        java.waitUntilExit()
        #expect(java.terminationStatus == 0)
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
        let javas = try Fixture.reports(lines)
        let ours = try Fixture.report(ofLog: path)
        #expect(javas.count == 40)
        for (java, our) in zip(javas, ours) { #expect(java == our) }
    }

    /// A log of ten seconds and four tags, each with another shape.
    private func log() throws -> String {
        var random = SeededGenerator(seed: 11)
        let writer = IntervalLogWriter(startTime: Self.start, baseTime: Self.start)
        var text = writer.header()
        for second in 0..<10 {
            for (index, tag) in ["READ-rt", "READ-st", "WRITE-rt", nil].enumerated() {
                var histogram = try Histogram(
                    highestTrackable: 1_000,
                    significantDigits: 1 + index,
                    resizes: true
                )
                for _ in 0..<second * 300 {
                    let bits = Int64.random(in: 1...62, using: &random)
                    try histogram.record(.random(in: 0...(1 << bits), using: &random))
                }
                text += writer.line(
                    tag: tag,
                    start: .milliseconds(second * 1_007),
                    length: .milliseconds(1_007),
                    histogram: histogram
                )
            }
        }
        return text
    }

    private func withoutPayload(_ line: String) -> String {
        line.hasPrefix("#") ? line : line.split(separator: ",").dropLast().joined(separator: ",")
    }
}
