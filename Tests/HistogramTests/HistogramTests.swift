import TestSupport
import Testing

@testable import Histogram

@Suite("Histogram", .timeLimit(.minutes(3)))
struct HistogramTests {
    @Test("an empty histogram answers with zeros, as Java")
    func empty() throws {
        let histogram = try Histogram(highestTrackable: 1_000_000)
        #expect(histogram.count == 0)
        #expect(histogram.min == 0)
        #expect(histogram.max == 0)
        #expect(histogram.mean == 0)
        #expect(histogram.standardDeviation == 0)
        #expect(histogram.value(atPercentile: 99) == 0)
        #expect(histogram.percentile(atOrBelow: 5) == 100)
    }

    @Test("keeps small values exactly and large ones to three digits")
    func precision() throws {
        var histogram = try Histogram(highestTrackable: 3_600_000_000_000)
        for value in [1, 1_000, 2_047, 123_456_789] as [Int64] { try histogram.record(value) }
        #expect(histogram.min == 1)
        #expect(histogram.countAt(2_047) == 1)
        #expect(histogram.countAt(2_046) == 0)
        #expect(histogram.max >= 123_456_789)
        #expect(Double(histogram.max) <= 123_456_789 * 1.001)
    }

    @Test("a value out of range is an error and changes nothing")
    func outOfRange() throws {
        var histogram = try Histogram(highestTrackable: 2_047)
        let before = histogram
        #expect(throws: HistogramError.valueOutOfRange(-1, highest: 2_047)) {
            try histogram.record(-1)
        }
        #expect(throws: HistogramError.valueOutOfRange(2_048, highest: 2_047)) {
            try histogram.record(2_048)
        }
        #expect(throws: HistogramError.negativeCount(-2)) { try histogram.record(1, count: -2) }
        #expect(histogram == before)
    }

    @Test("the total count does not overflow")
    func countOverflow() throws {
        var histogram = try Histogram(highestTrackable: 1_000)
        try histogram.record(1, count: .max)
        #expect(throws: HistogramError.countOverflow) { try histogram.record(2) }
        #expect(throws: HistogramError.countOverflow) { try histogram.add(histogram) }
        #expect(histogram.countAt(2) == 0)
    }

    @Test("a resizing histogram takes any value that is not negative")
    func resizing() throws {
        var histogram = try Histogram(highestTrackable: 2, resizes: true)
        try histogram.record(.max)
        try histogram.record(0)
        #expect(histogram.max == .max)
        #expect(histogram.min == 0)
        #expect(throws: HistogramError.self) { try histogram.record(-1) }
    }

    @Test("adding puts each value where recording would have put it")
    func adding() throws {
        var random = SeededGenerator(seed: 7)
        var fine = try Histogram(highestTrackable: 1_000_000_000, significantDigits: 4)
        var coarse = try Histogram(highestTrackable: 100_000_000, significantDigits: 2)
        var all = try Histogram(highestTrackable: 1_000_000_000, significantDigits: 4)
        for _ in 0..<10_000 {
            let value = Int64.random(in: 0...90_000_000, using: &random)
            try fine.record(value)
            try all.record(value)
            try coarse.record(value)
        }
        var sum = fine
        try sum.add(fine)
        #expect(sum.count == 20_000)
        for percentile in [0, 50, 99.9, 100] as [Double] {
            #expect(sum.value(atPercentile: percentile) == all.value(atPercentile: percentile))
        }
        try sum.add(coarse)
        #expect(sum.count == 30_000)
        try coarse.add(all)
        #expect(coarse.count == 20_000)
    }

    @Test("adding what does not fit is an error and changes nothing, or widens the range")
    func addingBeyond() throws {
        var large = try Histogram(highestTrackable: 1_000_000)
        try large.record(999_999)
        var small = try Histogram(highestTrackable: 1_000)
        #expect(throws: HistogramError.self) { try small.add(large) }
        #expect(small.count == 0)
        var growing = try Histogram(highestTrackable: 1_000, resizes: true)
        try growing.add(large)
        #expect(growing.max == large.max)
    }

    @Test("after a reset it equals a new one")
    func reset() throws {
        var histogram = try Histogram(highestTrackable: 1_000_000)
        for value in [0, 17, 999_999] as [Int64] { try histogram.record(value, count: 3) }
        histogram.reset()
        #expect(histogram == (try Histogram(highestTrackable: 1_000_000)))
        #expect(histogram.max == 0)
    }

    @Test(
        "refuses impossible geometries",
        arguments: [
            (0, 10, 3, "lowest discernible value \"0\" is below 1"),
            (10, 19, 3, "highest trackable value \"19\" is below 20, twice the lowest discernible"),
            (1, 10, 6, "significant digits \"6\" are not in 0…5"),
            (
                1 << 52, .max, 5,
                "5 digits of values from 4503599627370496 exceed 63 bits; take fewer digits"
            ),
        ] as [(Int64, Int64, Int, String)]
    )
    func geometry(lowest: Int64, highest: Int64, digits: Int, message: String) {
        let error = #expect(throws: HistogramError.self) {
            try Histogram(
                lowestDiscernible: lowest,
                highestTrackable: highest,
                significantDigits: digits
            )
        }
        #expect(error?.description == message)
    }
}
