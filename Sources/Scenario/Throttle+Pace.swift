extension Throttle.Pace {
    /// As people write it, and ``init(_:)`` reads it where it can: `200/s`, `0.5/s`, `1200/min`, `unlimited`.
    package var text: String {
        switch self {
        case .unlimited: return "unlimited"
        case .atOnce(let most): return "\(most) at once"
        case .permits(let permits, let interval):
            for (scale, decimals) in [(Int64(1), 0), (10, 1), (100, 2), (1_000, 3)] {
                for (name, unit) in Self.units where unit * scale == interval {
                    return Self.decimal(permits, decimals) + "/" + name
                }
            }
            return "\(permits) every \(Double(interval) / 1e9) s"
        }
    }

    /// Permits a second; `nil` if it counts work at the same time.
    package var perSecond: Double? {
        switch self {
        case .unlimited: .infinity
        case .atOnce: nil
        case .permits(let permits, let interval): Double(permits) * 1e9 / Double(interval)
        }
    }

    private static let units: [(name: String, length: Int64)] = [
        ("s", 1_000_000_000), ("min", 60_000_000_000), ("h", 3_600_000_000_000),
    ]

    private static func decimal(_ number: Int, _ decimals: Int) -> String {
        guard decimals > 0 else { return "\(number)" }
        let digits = "\(number)"
        let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
        var fraction = String(padded.suffix(decimals))
        while fraction.last == "0" { fraction.removeLast() }
        let whole = padded.dropLast(decimals)
        return fraction.isEmpty ? String(whole) : "\(whole).\(fraction)"
    }

    /// All as whole numbers of permits in the shortest interval for which they are, for a ramp from one to another.
    ///
    /// - Returns: `nil` if one is no rate, or there is no such interval.
    static func common(_ paces: Self...) -> (permits: [Int], interval: Int64)? {
        var interval: Int64 = 1
        for case .permits(_, let other) in paces {
            var (a, b) = (interval, other)
            while b != 0 { (a, b) = (b, a % b) }
            let (next, isTooLong) = (interval / a).multipliedReportingOverflow(by: other)
            guard !isTooLong else { return nil }
            interval = next
        }
        var numbers: [Int] = []
        for pace in paces {
            guard case .permits(let permits, let own) = pace else { return nil }
            let (number, isTooMany) = permits.multipliedReportingOverflow(by: Int(interval / own))
            guard !isTooMany else { return nil }
            numbers.append(number)
        }
        return (numbers, interval)
    }
}
