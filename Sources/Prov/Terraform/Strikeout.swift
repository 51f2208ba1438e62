internal import YAML

/// Strikes secret values out of what is shown or logged.
struct Strikeout: Sendable, Hashable {
    private var secrets: [String] = []

    /// Strikes out nothing.
    init() {}

    /// Strikes out these, but for empty ones.
    init(_ secrets: [String]) { add(secrets) }

    /// Strikes out these too.
    mutating func add(_ more: [String]) {
        let all = secrets + more + more.flatMap(Self.quoted)
        // The longest first: of one that holds another, nothing must be left.
        secrets = Set(all).filter { !$0.isEmpty }
            .sorted { ($1.utf8.count, $0) < ($0.utf8.count, $1) }
    }

    /// How a secret stands between the quotes of JSON and of terraform's language.
    private static func quoted(_ secret: String) -> [String] {
        [false, true].map { isExpression in
            String(
                YAMLNode(.string(secret)).json(isExpression: isExpression).dropFirst().dropLast()
            )
        }
    }

    /// Returns the text with each secret as `[redacted]`.
    func redact(_ text: String) -> String {
        secrets.reduce(text) { text, secret in
            guard text.contains(secret) else { return text }
            return text.split(separator: secret, omittingEmptySubsequences: false)
                .joined(separator: ConfigListing.redacted)
        }
    }
}
