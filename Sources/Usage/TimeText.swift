extension Duration {
    /// Reads a time as people write it: `500ms`, `30s`, `5m`, `2h`; `nil` for anything else.
    ///
    /// - Parameter timeText: A number above 0 and its unit; at most a year.
    public init?(timeText: String) {
        let units: [(name: String, seconds: Double)] = [
            ("ms", 1e-3), ("s", 1), ("m", 60), ("h", 3_600),
        ]
        // "ms" comes first, since it ends in "s" too.
        guard let unit = units.first(where: { timeText.hasSuffix($0.name) }),
            let count = Double(timeText.dropLast(unit.name.count)), count > 0,
            count * unit.seconds <= 31_536_000
        else { return nil }
        self = .nanoseconds(Int64(count * unit.seconds * 1e9))
    }
}
