/// Settings of the database as words of a command line.
public enum Settings {
    /// Reads `NAME=VALUE` words; the value may be empty, and may hold `=`.
    ///
    /// - Throws: ``Misuse/setting(_:)`` for a word without a name or `=`.
    public static func parse(_ words: [String]) throws -> [String: String] {
        var settings: [String: String] = [:]
        for word in words {
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else { throw Misuse.setting(word) }
            settings[String(parts[0])] = String(parts[1])
        }
        return settings
    }
}
