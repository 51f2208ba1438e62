import Testing

@testable import Histogram

@Suite("Histograms made by other implementations", .timeLimit(.minutes(3)))
struct JavaFixtureTests {
    static let logs = ["relative", "absolute", "shapes"]

    @Test("Java's logs read back to what Java reports of them, to the last bit", arguments: logs)
    func readsJava(name: String) throws {
        let expected = try Fixture.reports(Fixture.lines("\(name).csv"))
        let found = try Fixture.report(ofLog: Fixture.path("\(name).hdr"))
        #expect(found.count == expected.count)
        for (found, expected) in zip(found, expected) { #expect(found == expected) }
    }

    @Test("what Java encoded is encoded to the same bytes", arguments: logs)
    func encodesAsJava(name: String) throws {
        let reader = try IntervalLogReader(path: Fixture.path("\(name).hdr"))
        var intervals = 0
        while let interval = try reader.next() {
            intervals += 1
            let histogram = try interval.histogram()
            let bytes = try interval.payload.withUnsafeBytes { text in
                var bytes: [UInt8] = []
                try Base64.decode(text, into: &bytes)
                return bytes
            }
            let expected = try plain(bytes)
            #expect(histogram.encoded() == expected, "\(interval.tag ?? "")")
        }
        #expect(intervals > 0)
    }

    @Test("iterators take the steps that Java's take")
    func iterators() throws {
        let lines = try Fixture.lines("iterators.csv").map { $0.split(separator: ",") }
        var bytes: [UInt8] = []
        try Array(lines[0][1].utf8).withUnsafeBytes { try Base64.decode($0, into: &bytes) }
        let histogram = try Histogram(decoding: bytes)
        let steps: [(Substring, [HistogramStep])] = [
            ("recorded", Array(histogram.recordedValues())),
            ("percentiles", Array(histogram.percentiles(ticksPerHalfDistance: 5))),
            ("linear", Array(histogram.linearValues(width: 10_000))),
            ("logarithmic", Array(histogram.logarithmicValues(first: 1_000, base: 2))),
            ("all", Array(histogram.allValues())),
        ]
        for (name, found) in steps {
            let expected = try lines.filter { $0[0] == name }.map(step)
            #expect(found.count == expected.count, "\(name)")
            for (found, expected) in zip(found, expected) { #expect(found == expected, "\(name)") }
        }
    }

    @Test("payloads of PyPI's codec read back to the counts that it reports")
    func readsPython() throws {
        for line in try Fixture.lines("payloads.csv") {
            let columns = line.split(separator: ",", omittingEmptySubsequences: false)
            var bytes: [UInt8] = []
            try Array(columns[4].utf8).withUnsafeBytes { try Base64.decode($0, into: &bytes) }
            let histogram = try Histogram(decoding: bytes)
            let counts = histogram.recordedValues().map { "\($0.value):\($0.countAtValue)" }
            #expect(counts.joined(separator: " ") == columns[5], "\(columns[0])")
            #expect(histogram.count == Int64(columns[1]))
            guard histogram.count > 0 else { continue }
            #expect(histogram.min == Int64(columns[2]))
            #expect(histogram.max == Int64(columns[3]))
        }
    }

    private func plain(_ compressed: [UInt8]) throws -> [UInt8] {
        try compressed.withUnsafeBytes { bytes in
            try Inflater().inflate(UnsafeRawBufferPointer(rebasing: bytes[8...]), limit: 1 << 24) {
                Array($0)
            }
        }
    }

    private func step(_ columns: [Substring]) throws -> HistogramStep {
        let numbers = try columns.dropFirst().map { try #require(Int64($0)) }
        return HistogramStep(
            previousValue: numbers[0],
            value: numbers[1],
            countAtValue: numbers[2],
            countInStep: numbers[3],
            countToValue: numbers[4],
            percentile: Double(bitPattern: UInt64(bitPattern: numbers[5])),
            percentileLevel: Double(bitPattern: UInt64(bitPattern: numbers[6]))
        )
    }
}
