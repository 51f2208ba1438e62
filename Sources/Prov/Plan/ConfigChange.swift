import DeploymentState

/// A key whose value is not the one that the deployment was made with.
struct ConfigChange: Sendable, Hashable, Encodable {
    let key: String
    /// The values as text, `[redacted]` for a secret; `nil` where the template's default holds.
    let from: String?
    let to: String?

    /// As in `server_memory_mb: 256 → 512`.
    var line: String {
        func shown(_ text: String?) -> String {
            guard let text else { return "the default" }
            return text.count > 80 ? text.prefix(79) + "…" : text
        }
        return "\(key): \(shown(from)) → \(shown(to))"
    }

    /// Returns what differs between the config that a deployment keeps and another, in the other's order.
    ///
    /// Of two secrets nobody can say whether they differ, since none is kept.
    static func between(_ old: [ConfigListing.Entry], _ new: [ConfigListing.Entry]) -> [Self] {
        func texts(_ entries: [ConfigListing.Entry]) -> [String: String] {
            Dictionary(entries.map { ($0.key, text(of: $0)) }) { _, last in last }
        }
        let (before, after) = (texts(old), texts(new))
        var keys = new.map(\.key)
        keys += old.map(\.key).filter { !keys.contains($0) }
        return keys.compactMap { key in
            before[key] == after[key]
                ? nil : ConfigChange(key: key, from: before[key], to: after[key])
        }
    }

    private static func text(of entry: ConfigListing.Entry) -> String {
        if entry.secret { return ConfigListing.redacted }
        if let text = entry.value.scalarText { return text }
        let json = try? DeploymentReport.json(entry.value)  // any JSON can be written
        return (json ?? "").split(whereSeparator: \.isWhitespace).joined(separator: " ")
    }
}
