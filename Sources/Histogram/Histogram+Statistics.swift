extension Histogram {
    /// The smallest value recorded, rounded down to what its bucket discerns; 0 if there is none.
    public var min: Int64 { maxIndex < 0 ? 0 : layout.lowestEquivalent(at: minIndex) }

    /// The largest value recorded, rounded up to what its bucket discerns; 0 if there is none.
    public var max: Int64 { maxIndex < 0 ? 0 : layout.highestEquivalent(at: maxIndex) }

    /// The mean of all values, each taken as the middle of its bucket; 0 if there is none.
    public var mean: Double {
        guard count > 0 else { return 0 }
        var sum = 0.0
        forEachCount { index, count in
            sum += Double(layout.medianEquivalent(at: index)) * Double(count)
        }
        return sum / Double(count)
    }

    /// The standard deviation of all values (of the whole, not of a sample); 0 if there is none.
    public var standardDeviation: Double {
        guard count > 0 else { return 0 }
        let mean = mean
        var sum = 0.0
        forEachCount { index, count in
            let deviation = Double(layout.medianEquivalent(at: index)) - mean
            sum += deviation * deviation * Double(count)
        }
        return (sum / Double(count)).squareRoot()
    }

    /// Returns the value at or below which the given share of all values lies; 0 if there is none.
    ///
    /// Rounds as Java's `getValueAtPercentile`: one unit in the last place is taken off first, so
    /// that a product such as 99.9 % of 1000 does not slip into the next bucket, then the rank is
    /// rounded up. The answer is the largest value of its bucket, for 0 the smallest. A percentile
    /// outside of 0…100 counts as the nearer end.
    public func value(atPercentile percentile: Double) -> Int64 {
        guard count > 0 else { return 0 }
        let asked = Swift.min(Swift.max(percentile.nextDown, 0), 100)
        let rank = Swift.max(Int64((asked * Double(count) / 100).rounded(.up)), 1)
        let index = index(ofRank: rank)
        return percentile == 0
            ? layout.lowestEquivalent(at: index) : layout.highestEquivalent(at: index)
    }

    /// Returns the share of values at or below `value`, from 0 to 100; 100 if nothing is recorded.
    public func percentile(atOrBelow value: Int64) -> Double {
        guard count > 0 else { return 100 }
        return 100 * Double(count(upTo: value)) / Double(count)
    }

    /// Returns how many values lie between the two, including all that are not told apart from them.
    public func countBetween(_ low: Int64, and high: Int64) -> Int64 {
        low > high ? 0 : count(upTo: high) - (low <= 0 ? 0 : count(below: low))
    }

    /// Calls `body` for each index whose count is not 0, in order.
    @inlinable @inline(__always)
    package func forEachCount(_ body: (_ index: Int, _ count: Int64) -> Void) {
        guard maxIndex >= 0 else { return }
        for index in minIndex...maxIndex where counts[index] != 0 {
            body(index, counts[index])
        }
    }

    /// Returns the index of the value that is the `rank`th in ascending order, from 1 on.
    private func index(ofRank rank: Int64) -> Int {
        counts.withUnsafeBufferPointer { counts in
            var seen: Int64 = 0
            for index in minIndex..<maxIndex {
                // no more than `count`, which was checked when it grew
                seen &+= counts[index]
                if seen >= rank { return index }
            }
            return maxIndex
        }
    }

    private func count(upTo value: Int64) -> Int64 {
        guard value >= 0, maxIndex >= 0 else { return 0 }
        let last = Swift.min(layout.index(of: value), maxIndex)
        return last < minIndex ? 0 : counts[minIndex...last].reduce(0, +)
    }

    private func count(below value: Int64) -> Int64 {
        let index = layout.index(of: value)
        return index == 0
            ? 0 : count(upTo: layout.lowestEquivalent(at: Swift.min(index, counts.count) - 1))
    }
}
