private import Glibc

/// Returns a number with so many decimals, and thousands set apart by commas.
package func decimals(_ value: Double, _ count: Int, grouping: Bool = false) -> String {
    guard value.isFinite, Swift.abs(value) < 1e15 else { return "\(value)" }
    var scale = 1.0
    for _ in 0..<count { scale *= 10 }
    // a value beyond 2^53 / scale has no decimals to round
    let scaled = (value * scale).rounded()
    let sign = scaled < 0 ? "-" : ""
    let digits = String(Int64(Swift.abs(scaled)))
    let padded = String(repeating: "0", count: max(0, count + 1 - digits.count)) + digits
    let whole = padded.dropLast(count)
    let fraction = count == 0 ? "" : "." + padded.suffix(count)
    return sign + (grouping ? grouped(whole) : String(whole)) + fraction
}

/// Returns a count with thousands set apart by commas.
package func countText(_ count: Int64) -> String { grouped(String(count)[...]) }

/// Returns digits with a comma before each three from the right.
private func grouped(_ digits: Substring) -> String {
    var text = ""
    for (offset, digit) in digits.enumerated() {
        if offset > 0, (digits.count - offset) % 3 == 0 { text += "," }
        text.append(digit)
    }
    return text
}

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

/// Returns a rate with one decimal below 100,000 per second.
package func rateText(_ perSecond: Double) -> String {
    decimals(perSecond, perSecond < 99_999.95 ? 1 : 0, grouping: true)
}
