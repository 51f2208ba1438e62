package import Histogram

/// The counts of one tag of a run, interval by interval, so that any part of it is added up quickly.
package struct SecondCounts: Sendable {
    /// So many intervals are kept apart; of longer runs, neighbours are added up.
    private static let most = 600
    /// So many counts are kept at most, of all intervals together: 128 MB.
    ///
    /// Those of a load tool at any rate are some millions.
    package static let mostCounts = 1 << 25
    /// From fewer intervals nothing can be said.
    package static let fewest = 10

    /// How many intervals there are.
    package let count: Int
    /// The values that occur, ascending.
    let values: [Int64]
    /// For each interval and value the counts of all intervals before it, one row after the other.
    private let before: [Int32]

    /// Takes the histograms of a tag in order of time; `nil` if there are fewer than ``fewest``, or more
    /// requests or values than the sums can hold.
    package init?(_ histograms: [Histogram], mostCounts: Int = Self.mostCounts) {
        let width = max(1, (histograms.count + Self.most - 1) / Self.most)
        let total = histograms.reduce(Int64(0)) { $0 &+ $1.count }
        guard histograms.count >= Self.fewest, total < Int64(Int32.max) else { return nil }
        var rows: [[Int64: Int32]] = []
        var kept = 0
        for (index, histogram) in histograms.enumerated() {
            if index.isMultiple(of: width) { rows.append([:]) }
            let before = rows[rows.count - 1].count
            for step in histogram.recordedValues() {
                rows[rows.count - 1][step.value, default: 0] += Int32(step.countAtValue)
            }
            kept += rows[rows.count - 1].count - before
            // A value in a dictionary takes several times as much.
            guard kept <= mostCounts / 4 else { return nil }
        }
        let values = Set(rows.flatMap(\.keys)).sorted()
        guard values.count <= mostCounts / (rows.count + 1) else { return nil }
        let places = Dictionary(uniqueKeysWithValues: values.enumerated().map { ($1, $0) })
        var before = [Int32](repeating: 0, count: (rows.count + 1) * values.count)
        for (index, row) in rows.enumerated() {
            let (old, new) = (index * values.count, (index + 1) * values.count)
            for place in values.indices { before[new + place] = before[old + place] }
            for (value, number) in row {
                if let place = places[value] { before[new + place] += number }
            }
        }
        count = rows.count
        self.values = values
        self.before = before
    }

    /// Adds up the intervals of a part.
    package func sum(of part: Range<Int>) -> [Int32] {
        let width = values.count
        let (low, high) = (part.lowerBound * width, part.upperBound * width)
        return before.withUnsafeBufferPointer { before in
            (0..<width).map { before[high + $0] &- before[low + $0] }
        }
    }

    /// The figures of such a sum: the mean, and the values at the percentiles, which rise.
    package func figures(of sums: [Int32], percentiles: [Double]) -> (
        mean: Double, values: [Double]
    ) {
        let total = sums.reduce(0) { $0 + Int($1) }
        guard total > 0 else { return (0, percentiles.map { _ in 0 }) }
        var weighted = 0.0
        var seen = 0
        var found: [Double] = []
        for (place, number) in sums.enumerated() where number > 0 {
            weighted += Double(values[place]) * Double(number)
            seen += Int(number)
            while found.count < percentiles.count,
                Double(seen) >= (percentiles[found.count] / 100 * Double(total)).nextDown
            {
                found.append(Double(values[place]))
            }
        }
        while found.count < percentiles.count { found.append(found.last ?? 0) }
        return (weighted / Double(total), found)
    }
}
