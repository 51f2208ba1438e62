/// Counts of integer values over a wide range at a fixed relative precision (HdrHistogram).
///
/// Compatible with the Java reference in its buckets, percentiles and encodings. This project
/// records latencies in nanoseconds.
public struct Histogram: Sendable {
    @usableFromInline package var layout: BucketLayout
    @usableFromInline package var counts: [Int64]
    /// Indices of the first and last count that is not 0; `minIndex > maxIndex` if there is none.
    @usableFromInline package var minIndex = Int.max
    @usableFromInline package var maxIndex = -1
    /// Whether a value above the range widens the range instead of being refused.
    public let resizes: Bool
    @usableFromInline package var total: Int64 = 0

    /// Makes an empty histogram.
    ///
    /// - Parameters:
    ///   - lowestDiscernible: The smallest difference that must be told apart, from 1 on.
    ///   - highestTrackable: The largest value that must fit, at least twice the lowest.
    ///   - significantDigits: The decimal digits that are kept of each value, 0…5.
    ///   - resizes: Whether a larger value widens the range (Java's auto-resize).
    /// - Throws: ``HistogramError`` for values out of these ranges.
    public init(
        lowestDiscernible: Int64 = 1,
        highestTrackable: Int64,
        significantDigits: Int = 3,
        resizes: Bool = false
    ) throws(HistogramError) {
        let layout = try BucketLayout(
            lowestDiscernible: lowestDiscernible,
            highestTrackable: highestTrackable,
            significantDigits: significantDigits
        )
        self.init(layout: layout, resizes: resizes)
    }

    package init(layout: BucketLayout, resizes: Bool) {
        self.layout = layout
        self.resizes = resizes
        counts = Array(repeating: 0, count: layout.length)
    }

    /// The sum of all counts.
    @inlinable public var count: Int64 { total }

    /// The smallest difference that is told apart.
    public var lowestDiscernible: Int64 { layout.lowestDiscernible }

    /// The largest value that was asked for; slightly larger ones may fit too.
    public var highestTrackable: Int64 { layout.highestTrackable }

    /// The decimal digits that are kept of each value.
    public var significantDigits: Int { layout.significantDigits }

    /// Records `value` as often as `count` says.
    ///
    /// - Throws: ``HistogramError/valueOutOfRange(_:highest:)`` for a negative value or one beyond
    ///   the range (unless the histogram resizes), ``HistogramError/negativeCount(_:)``, or
    ///   ``HistogramError/countOverflow``; the histogram is then unchanged.
    @inlinable @inline(__always)
    public mutating func record(_ value: Int64, count: Int64 = 1) throws(HistogramError) {
        let index = layout.index(of: value)
        guard value >= 0, index < counts.count, count >= 0 else {
            try recordBeyond(value, count: count)
            return
        }
        try add(count, at: index)
    }

    /// Adds all counts of `other`, whose range and precision may differ.
    ///
    /// Counts of an `other` with coarser or finer buckets go where the lowest value of their bucket
    /// belongs, as in Java.
    ///
    /// - Throws: ``HistogramError/valueOutOfRange(_:highest:)`` if `other` holds a value beyond
    ///   the range (unless this one resizes), or ``HistogramError/countOverflow``; the histogram is
    ///   then unchanged.
    public mutating func add(_ other: Histogram) throws(HistogramError) {
        guard other.maxIndex >= 0 else { return }
        try makeRoom(for: other.max)
        guard !self.count.addingReportingOverflow(other.count).overflow else {
            throw .countOverflow
        }
        let sameBuckets = layout.hasSameBuckets(as: other.layout)
        for index in other.minIndex...other.maxIndex where other.counts[index] > 0 {
            let own =
                sameBuckets ? index : layout.index(of: other.layout.lowestEquivalent(at: index))
            try add(other.counts[index], at: own)
        }
    }

    /// Returns the counts that are left without those of `other`; `nil` if `other` is no part of this.
    package func subtracting(_ other: Histogram) -> Histogram? {
        guard other.maxIndex >= 0 else { return self }
        guard layout.hasSameBuckets(as: other.layout), other.maxIndex < counts.count else {
            return nil
        }
        var rest = Histogram(layout: layout, resizes: resizes)
        guard maxIndex >= 0 else { return nil }
        for index in Swift.min(minIndex, other.minIndex)...Swift.max(maxIndex, other.maxIndex) {
            let taken = index < other.counts.count ? other.counts[index] : 0
            guard counts[index] >= taken else { return nil }
            // never more than the sum of all counts, which did not overflow
            guard (try? rest.add(counts[index] - taken, at: index)) != nil else { return nil }
        }
        return rest
    }

    /// Forgets all counts; range and precision stay.
    public mutating func reset() {
        if maxIndex >= 0 {
            for index in minIndex...maxIndex { counts[index] = 0 }
        }
        minIndex = Int.max
        maxIndex = -1
        total = 0
    }

    /// Returns the count of all values that this histogram cannot tell from `value`; 0 out of range.
    public func countAt(_ value: Int64) -> Int64 {
        let index = layout.index(of: value)
        return value >= 0 && index < counts.count ? counts[index] : 0
    }

    /// Adds to the count at an index that lies in the range.
    @inlinable @inline(__always)
    package mutating func add(_ count: Int64, at index: Int) throws(HistogramError) {
        let (sum, overflow) = total.addingReportingOverflow(count)
        if overflow { throw .countOverflow }
        guard count > 0 else { return }
        counts[index] &+= count
        total = sum
        if index > maxIndex { maxIndex = index }
        if index < minIndex { minIndex = index }
    }

    /// Takes note of counts that were added between two indices; does nothing for a total of 0.
    mutating func noteAdded(_ total: Int64, from first: Int, to last: Int) throws(HistogramError) {
        let (sum, overflow) = self.total.addingReportingOverflow(total)
        if overflow { throw .countOverflow }
        self.total = sum
        minIndex = Swift.min(minIndex, first)
        maxIndex = Swift.max(maxIndex, last)
    }

    /// Widens the range to hold `value`, or throws if that is not allowed.
    mutating func makeRoom(for value: Int64) throws(HistogramError) {
        guard value > layout.highestCovered else { return }
        guard resizes else { throw .valueOutOfRange(value, highest: layout.highestCovered) }
        layout.cover(value)
        counts += Array(repeating: 0, count: layout.length - counts.count)
    }

    @usableFromInline @inline(never)
    package mutating func recordBeyond(_ value: Int64, count: Int64) throws(HistogramError) {
        guard count >= 0 else { throw .negativeCount(count) }
        guard value >= 0 else { throw .valueOutOfRange(value, highest: layout.highestCovered) }
        try makeRoom(for: value)
        layout.trackWholeRange()
        try add(count, at: layout.index(of: value))
    }
}

extension Histogram: Hashable {
    /// Returns whether both have the same range, precision and counts.
    public static func == (a: Histogram, b: Histogram) -> Bool {
        a.layout == b.layout && a.count == b.count && a.counts == b.counts
    }

    /// Hashes range, precision and the outline of the counts.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(layout)
        hasher.combine(count)
        hasher.combine(minIndex)
        hasher.combine(maxIndex)
    }
}
