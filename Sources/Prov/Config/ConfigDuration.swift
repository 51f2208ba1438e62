/// A length of time as a config or an option says it: `8h`, `90m`, `1h30m`, `2d`.
package enum ConfigDuration {
    private static let units: [(name: Character, seconds: Int64)] = [
        ("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1),
    ]

    /// Returns the time, or `nil` unless `text` is whole numbers with the units d, h, m and s.
    ///
    /// Each unit occurs once at most, the longest first, and the sum is above zero and at most ten
    /// years.
    package static func parse(_ text: String) -> Duration? {
        var rest = text[...]
        var seconds: Int64 = 0
        for unit in units {
            let digits = rest.prefix { ("0"..."9").contains($0) }
            guard digits.count <= 9, rest.dropFirst(digits.count).first == unit.name,
                let count = Int64(digits)
            else { continue }
            seconds += count * unit.seconds
            rest = rest.dropFirst(digits.count + 1)
        }
        guard rest.isEmpty, seconds > 0, seconds <= 3_650 * 86_400 else { return nil }
        return .seconds(seconds)
    }
}
