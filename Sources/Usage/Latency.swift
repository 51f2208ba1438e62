/// Latencies as loads print them.
package enum Latency {
    /// Milliseconds with two decimals.
    package static func milliseconds(_ nanoseconds: Int64) -> String {
        "\(Fixed(Double(nanoseconds) / 1e6, decimals: 2))"
    }

    /// A line of a report: a tag, how many there were, percentiles and the largest.
    ///
    /// - Parameters:
    ///   - tag: What was measured.
    ///   - width: Of the tags' column.
    ///   - count: How many there were.
    ///   - largest: In nanoseconds.
    ///   - value: The latency at a percentile, in nanoseconds.
    /// - Returns: The line.
    package static func row(
        _ tag: String,
        width: Int,
        count: Int64,
        largest: Int64,
        at value: (Double) -> Int64
    ) -> String {
        var text = tag + String(repeating: " ", count: max(1, width - tag.count))
        text += Int(count).grouped.aligned(12)
        for (name, percentile) in [("p50", 50.0), ("p99", 99), ("p99.9", 99.9)] {
            text += "  \(name) \(milliseconds(value(percentile)).aligned(8)) ms"
        }
        return text + "  max \(milliseconds(largest).aligned(8)) ms"
    }
}
