internal import Usage

/// The unit of all latencies of one table, so that its columns compare at a glance.
package enum LatencyUnit: String {
    case microseconds = "µs"
    case milliseconds = "ms"

    /// Microseconds as long as the largest latency has at most four digits before the point.
    package init(largest nanoseconds: Int64) {
        self = nanoseconds < 10_000_000 ? .microseconds : .milliseconds
    }

    /// Returns a latency with the digits that the histogram can stand behind.
    package func text(_ nanoseconds: Double) -> String {
        let value = nanoseconds / (self == .microseconds ? 1e3 : 1e6)
        let count =
            switch value {
            case ..<9.9995: 3
            case ..<99.995: 2
            case ..<999.95: 1
            default: 0
            }
        return decimals(value, count, grouping: true)
    }
}
