/// How a histogram maps values to counts: buckets of doubling width, each of equal sub-buckets.
///
/// It is the layout of HdrHistogram's Java `AbstractHistogram`, index for index, so that counts
/// can be exchanged. Values are without a unit; this project records nanoseconds.
@usableFromInline
package struct BucketLayout: Sendable, Hashable {
    /// The smallest difference that must be told apart, at least 1.
    package let lowestDiscernible: Int64
    /// The largest value that was asked for; the last bucket may reach further.
    package private(set) var highestTrackable: Int64
    /// Decimal digits that are kept of each value, 0…5.
    package let significantDigits: Int
    /// The number of counts.
    package private(set) var length: Int

    @usableFromInline package let unitMagnitude: Int
    @usableFromInline package let halfCountMagnitude: Int
    @usableFromInline package let subBucketMask: UInt64
    @usableFromInline package let leadingZerosBase: Int

    package init(
        lowestDiscernible: Int64,
        highestTrackable: Int64,
        significantDigits: Int
    ) throws(HistogramError) {
        guard lowestDiscernible >= 1 else { throw .lowestDiscernible(lowestDiscernible) }
        guard highestTrackable / 2 >= lowestDiscernible else {
            throw .highestTrackable(highestTrackable, lowestDiscernible: lowestDiscernible)
        }
        guard 0...5 ~= significantDigits else { throw .significantDigits(significantDigits) }
        var singleUnitValues: UInt64 = 2
        for _ in 0..<significantDigits { singleUnitValues *= 10 }
        // the power of two that holds them all
        let countMagnitude = 64 - (singleUnitValues - 1).leadingZeroBitCount
        unitMagnitude = 63 - lowestDiscernible.leadingZeroBitCount
        halfCountMagnitude = max(countMagnitude, 1) - 1
        guard unitMagnitude + halfCountMagnitude <= 61 else {
            throw .tooPrecise(
                significantDigits: significantDigits,
                lowestDiscernible: lowestDiscernible
            )
        }
        subBucketMask = ((1 << UInt64(halfCountMagnitude + 1)) - 1) << UInt64(unitMagnitude)
        leadingZerosBase = 63 - unitMagnitude - halfCountMagnitude
        self.lowestDiscernible = lowestDiscernible
        self.highestTrackable = highestTrackable
        self.significantDigits = significantDigits
        length = 0
        cover(highestTrackable)
    }

    /// Whether counts can be exchanged index by index with `other`, whatever their lengths.
    func hasSameBuckets(as other: BucketLayout) -> Bool {
        unitMagnitude == other.unitMagnitude && halfCountMagnitude == other.halfCountMagnitude
    }

    /// Makes `value` the highest trackable and the length what that needs.
    mutating func cover(_ value: Int64) {
        highestTrackable = value
        var untrackable = UInt64(1) << UInt64(halfCountMagnitude + 1 + unitMagnitude)
        var buckets = 1
        while untrackable <= UInt64(value) {
            untrackable <<= 1
            buckets += 1
        }
        length = (buckets + 1) << halfCountMagnitude
    }

    /// Makes the whole of the last bucket trackable, as Java does when it resizes to record.
    mutating func trackWholeRange() {
        highestTrackable = highestCovered
    }

    /// The largest value that has a count.
    var highestCovered: Int64 { highestEquivalent(at: length - 1) }

    /// Returns the index of the count of `value`, which may lie beyond `length`.
    @inlinable @inline(__always)
    package func index(of value: Int64) -> Int {
        let bits = UInt64(bitPattern: value)
        let bucket = leadingZerosBase &- (bits | subBucketMask).leadingZeroBitCount
        let subBucket = Int(
            truncatingIfNeeded: bits &>> UInt64(truncatingIfNeeded: bucket &+ unitMagnitude)
        )
        return (bucket &<< halfCountMagnitude) &+ subBucket
    }

    /// Returns the smallest value that is counted at `index`.
    package func lowestEquivalent(at index: Int) -> Int64 {
        let halfCount = 1 << halfCountMagnitude
        let bucket = (index >> halfCountMagnitude) - 1
        guard bucket >= 0 else { return Int64(index) << Int64(unitMagnitude) }
        return Int64((index & (halfCount - 1)) + halfCount) << Int64(bucket + unitMagnitude)
    }

    /// Returns the largest value that is counted at `index`.
    package func highestEquivalent(at index: Int) -> Int64 {
        // wraps for the topmost bucket, which ends at Int64.max
        lowestEquivalent(at: index) &+ width(at: index) &- 1
    }

    /// Returns the value in the middle of those that are counted at `index`.
    func medianEquivalent(at index: Int) -> Int64 {
        lowestEquivalent(at: index) + width(at: index) >> 1
    }

    /// Returns how many values are counted at `index`.
    func width(at index: Int) -> Int64 {
        1 << Int64(max(0, (index >> halfCountMagnitude) - 1) + unitMagnitude)
    }
}
