/// Compares settings that were asked for with those that a database says are in force.
enum SettingsInForce {
    /// What differs, such as `appendfsync is "everysec", not "always"`, sorted.
    ///
    /// Sizes count alike in any unit. Settings without a value, or of several words, are passed over.
    static func differences(asked: [String: String], found: [String: String]) -> [String] {
        let found = Dictionary(found.map { ($0.key.lowercased(), $0.value) }) { first, _ in first }
        return asked.compactMap { name, value in
            guard !value.isEmpty, !value.contains(where: \.isWhitespace) else { return nil }
            guard let inForce = found[name.lowercased()] else { return "\(name) is not known" }
            return plain(inForce) == plain(value)
                ? nil : "\(name) is \"\(inForce)\", not \"\(value)\""
        }
        .sorted()
    }

    /// Units as Redis reads them: `1k` is 1,000 bytes, `1kb` is 1,024.
    private static let units: [(name: String, bytes: Int)] = [
        ("kb", 1 << 10), ("mb", 1 << 20), ("gb", 1 << 30), ("k", 1_000), ("m", 1_000_000),
        ("g", 1_000_000_000), ("b", 1),
    ]

    private static func plain(_ value: String) -> String {
        var text = value.lowercased()
        if text.count > 1, text.hasPrefix("\""), text.hasSuffix("\"") {
            text = String(text.dropFirst().dropLast())
        }
        for unit in units where text.hasSuffix(unit.name) {
            guard let count = Int(text.dropLast(unit.name.count)) else { continue }
            let (bytes, overflows) = count.multipliedReportingOverflow(by: unit.bytes)
            if !overflows { return "\(bytes)" }
        }
        return text
    }
}
