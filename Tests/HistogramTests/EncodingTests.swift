import TestSupport
import Testing

@testable import Histogram

@Suite("Encoding of histograms", .timeLimit(.minutes(3)))
struct EncodingTests {
    @Test("what is encoded is decoded to an equal histogram", arguments: 0..<12 as Range<UInt64>)
    func roundTrip(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        var histogram = try Histogram(
            lowestDiscernible: .random(in: 1...5_000, using: &random),
            highestTrackable: .random(in: 10_000...Int64.max, using: &random),
            significantDigits: .random(in: 0...4, using: &random)
        )
        for _ in 0..<500 {
            let bound = Int64(1) << Int64.random(in: 0...62, using: &random)
            let value = Int64.random(in: 0..<bound, using: &random)
            guard value <= histogram.highestTrackable else { continue }
            let count = Int64(1) << Int64.random(in: 0...50, using: &random)
            try histogram.record(value, count: count)
        }
        #expect(try Histogram(decoding: histogram.encoded()) == histogram)
        for level in [1, 6, 9] {
            #expect(try Histogram(decoding: histogram.compressed(level: level)) == histogram)
        }
    }

    @Test("V1 and V0 payloads of each count width are decoded", arguments: [2, 4, 8])
    func olderFormats(width: Int) throws {
        var expected = try Histogram(highestTrackable: 10_000, significantDigits: 2)
        try expected.record(3, count: 7)
        try expected.record(250, count: 300)
        func big(_ value: Int, _ bytes: Int) -> [UInt8] {
            (0..<bytes).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        let counts = (0...expected.maxIndex).flatMap { big(Int(expected.counts[$0]), width) }
        let ratio = big(Int(Double(1).bitPattern), 8)
        let v1 = big(0x1c84_9301 | width << 4, 4) + big(counts.count, 4) + big(0, 4) + big(2, 4)
        let v0 = big(0x1c84_9308 | width << 4, 4) + big(2, 4)
        let ranges = big(1, 8) + big(10_000, 8)
        #expect(try Histogram(decoding: v1 + ranges + ratio + counts) == expected)
        #expect(try Histogram(decoding: v0 + ranges + big(307, 8) + counts) == expected)
    }

    @Test("any cut and any flipped bit is an error or a histogram, never a crash")
    func damage() throws {
        var histogram = try Histogram(highestTrackable: 1_000_000)
        for value in stride(from: 1, to: 900_000, by: 997) as StrideTo<Int64> {
            try histogram.record(value, count: value)
        }
        for bytes in [histogram.encoded(), histogram.compressed()] {
            for length in 0..<bytes.count {
                #expect(throws: HistogramError.self) {
                    try Histogram(decoding: Array(bytes.prefix(length)))
                }
            }
        }
        var random = SeededGenerator(seed: 3)
        let bytes = histogram.encoded()
        for _ in 0..<3_000 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                // the head is where damage is worst
                let end = Bool.random(using: &random) ? 40 : bytes.count
                damaged[.random(in: 0..<end, using: &random)] ^=
                    1 << UInt8.random(in: 0..<8, using: &random)
            }
            do throws(HistogramError) {
                let found = try Histogram(decoding: damaged)
                #expect(found.value(atPercentile: 100) == found.max)
            } catch {
                continue
            }
        }
    }

    @Test(
        "what is no histogram is refused with the reason",
        arguments: [
            ([], "histogram is cut short: 0 bytes, at least 4 needed"),
            (
                [1, 2, 3, 4],
                "unknown histogram encoding \"0x1020304\" (V0, V1 and V2 are read)"
            ),
            (
                [0x1c, 0x84, 0x93, 0x14, 0, 0, 0, 1, 7],
                "histogram's compressed part is damaged"
            ),
        ] as [([UInt8], String)]
    )
    func refused(bytes: [UInt8], message: String) {
        let error = #expect(throws: HistogramError.self) { try Histogram(decoding: bytes) }
        #expect(error?.description == message)
    }
}
