public import DeploymentState

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

    /// What was set just now, and what else is set beside the defaults, a line for each setting.
    ///
    /// - Parameters:
    ///   - settings: What was set; an empty value is a setting that was removed.
    ///   - tweaks: All that differs from the defaults, by server, as `Deployment.tweaks()` returns it.
    /// - Returns: Such as `hz 50` and `appendonly yes  (set earlier)`; a server's name stands before
    ///   what is not alike on all.
    public static func lines(
        of settings: [String: String],
        beside tweaks: [Node: [String: String]]
    ) -> [String] {
        func text(_ setting: (name: String, value: String)) -> String {
            setting.value.isEmpty ? "\(setting.name) removed" : "\(setting.name) \(setting.value)"
        }
        let new = settings.sorted { $0.key < $1.key }.map { text(($0.key, $0.value)) }
        let set = Set(settings.keys.map { $0.lowercased() })
        let byServer = Dictionary(
            uniqueKeysWithValues: tweaks.map { ($0.key.name, $0.value) }
        )
        let earlier = TrialRecord.condensed(byServer).sorted {
            ($0.key == "all" ? "" : $0.key) < ($1.key == "all" ? "" : $1.key)
        }
        return new
            + earlier.flatMap { server, settings in
                settings.filter { !set.contains($0.key.lowercased()) }.sorted { $0.key < $1.key }
                    .map { (server == "all" ? "" : server + ": ") + text(($0.key, $0.value)) }
                    .map { $0 + "  (set earlier)" }
            }
    }
}
