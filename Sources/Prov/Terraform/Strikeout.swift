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

    /// How a secret stands between the quotes of JSON and of terraform's language, each also as Go
    /// writes it for web pages, which is how `jsonencode` does.
    private static func quoted(_ secret: String) -> [String] {
        [false, true].flatMap { isExpression in
            let text = String(
                YAMLNode(.string(secret)).json(isExpression: isExpression).dropFirst().dropLast()
            )
            return [text, forWeb(text)]
        }
    }

    private static func forWeb(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "<": result += "\\u003c"
            case ">": result += "\\u003e"
            case "&": result += "\\u0026"
            case "\u{2028}": result += "\\u2028"
            case "\u{2029}": result += "\\u2029"
            default: result.unicodeScalars.append(scalar)
            }
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
