internal import Histogram
internal import JSON

extension Summary {
    /// One figure of a tag's row, under its name in the JSON, such as `p99_ns` or `throughput_per_s`.
    ///
    /// - Returns: Nanoseconds or requests per second; `nil` if there is no such tag or figure, or
    ///   nothing was measured.
    public func figure(_ key: String, of tag: String) -> Double? {
        guard let row = tags.first(where: { $0.tag == tag }), row.count > 0 else { return nil }
        if key == "throughput_per_s" { return row.throughput }
        return TagSummary.latencies.first { $0.key == key }?.value(row.histogram)
    }
}
