/// How many measurements of one name have ended, by how long they took.
///
/// `Measures` knows it exactly, two seconds later and for a log; this is what can be said at any moment, for the price
/// of a comparison or two.
package struct MeasureTotals: Sendable, Hashable {
    /// Times, by upper bounds.
    package struct Times: Sendable, Hashable {
        /// Nanoseconds; each bound belongs to what is below it.
        package static let bounds: [Int64] = [
            100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000, 25_000_000,
            50_000_000, 100_000_000, 250_000_000, 500_000_000, 1_000_000_000, 2_500_000_000,
            5_000_000_000, 10_000_000_000,
        ]

        /// How many lie in front of each bound and behind the one before; the last one lie behind all.
        package private(set) var counts = [Int](repeating: 0, count: bounds.count + 1)
        /// Nanoseconds.
        package private(set) var sum: Int64 = 0

        mutating func add(_ time: Int64) {
            counts[Self.bounds.firstIndex { time <= $0 } ?? Self.bounds.count] += 1
            // A run of 10,000 users reaches the end of it after a month; a counter may begin anew.
            sum &+= time
        }
    }

    /// From when they were due; `nil` if none had such a time.
    package private(set) var response: Times?
    /// From their beginning.
    package private(set) var service = Times()
    /// How many failed.
    package private(set) var failed = 0

    mutating func add(response time: Int64?, service: Int64, failed hasFailed: Bool) {
        if let time {
            if response == nil { response = Times() }
            response?.add(time)
        }
        self.service.add(service)
        if hasFailed { failed += 1 }
    }
}
