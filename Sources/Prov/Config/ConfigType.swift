internal import Usage
internal import YAML

/// What the value of a config key must be.
package indirect enum ConfigType: Sendable, Hashable {
    /// Text, also empty.
    case string
    /// A whole number in the range, ends included.
    case integer(ClosedRange<Int>)
    /// A finite number in the range, ends included, with or without a point.
    case number(ClosedRange<Double>)
    /// `true` or `false`.
    case boolean
    /// A length of time, as ``ConfigDuration`` reads it.
    case duration
    /// Networks such as `203.0.113.7/32`, with commas between them, or `auto`.
    case cidr
    /// Processors of a host by number, such as `0-1,3`.
    case processors
    /// An AWS region.
    case region
    /// One of these words.
    case choice([String])
    /// A file's path; `~/` is the home directory, and a relative one starts where `prov` runs.
    case path
    /// Any number of values of one type.
    case list(ConfigType)
    /// One value, or a list with at least one.
    case oneOrMore(ConfigType)
    /// String keys with values of one type.
    case map(ConfigType)
    /// Anything; terraform itself checks it.
    case any

    /// A node that is not of the type.
    struct Mismatch {
        /// The node.
        let node: YAMLNode
        /// Whether it would be right as text.
        var needsQuotes = false
        /// What to do, in parentheses with a blank before them; may be empty.
        var remedy = ""
    }

    /// What an error asks for: `an integer from 1 to 1000`.
    package var expectation: String {
        switch self {
        case .string: "a string"
        case .integer(let range): "an integer\(Self.text(range))"
        case .number(let range):
            range == Self.anyNumber ? "a number" : "a number\(Self.text(range))"
        case .boolean: "true or false"
        case .duration: "a duration such as 8h, 90m or 1h30m"
        case .cidr: "a network such as 203.0.113.7/32, or auto"
        case .processors: "processors such as 0-1,3"
        case .region: "an AWS region such as us-east-1"
        case .choice(let words): words.joined(separator: " or ")
        case .path: "the path of a file"
        case .list(let element): "a list of \(element.plural)"
        case .oneOrMore(let element): "\(element.expectation) or a list of \(element.plural)"
        case .map(let element): "a map of \(element.plural)"
        case .any: "a value"
        }
    }

    /// The range of a number without bounds.
    static let anyNumber = -Double.greatestFiniteMagnitude...Double.greatestFiniteMagnitude

    private var plural: String {
        switch self {
        case .string: "strings"
        case .integer(let range): "integers\(Self.text(range))"
        case .number: "numbers"
        case .boolean: "booleans"
        case .duration: "durations"
        case .cidr: "networks"
        case .processors: "lists of processors"
        case .region: "AWS regions"
        case .choice(let words): "words, each \(words.joined(separator: " or "))"
        case .path: "paths"
        case .list(let element), .oneOrMore(let element): "lists of \(element.plural)"
        case .map(let element): "maps of \(element.plural)"
        case .any: "values"
        }
    }

    private static func text(_ range: ClosedRange<Int>) -> String {
        range.upperBound == .max
            ? " of at least \(range.lowerBound)"
            : " from \(range.lowerBound) to \(range.upperBound)"
    }

    private static func text(_ range: ClosedRange<Double>) -> String {
        func text(_ bound: Double) -> String {
            Int(exactly: bound).map { "\($0)" } ?? "\(bound)"
        }
        return range.upperBound == .greatestFiniteMagnitude
            ? " of at least \(text(range.lowerBound))"
            : " from \(text(range.lowerBound)) to \(text(range.upperBound))"
    }

    /// Returns the first node in `node` that keeps it from being of this type, or `nil`.
    func mismatch(in node: YAMLNode) -> Mismatch? {
        switch self {
        case .list(let element):
            guard let nodes = node.sequence else { return Mismatch(node: node) }
            return nodes.lazy.compactMap { element.mismatch(in: $0) }.first
        case .oneOrMore(let element):
            guard let nodes = node.sequence else { return element.mismatch(in: node) }
            guard !nodes.isEmpty else { return Mismatch(node: node) }
            return nodes.lazy.compactMap { element.mismatch(in: $0) }.first
        case .map(let element):
            guard let mapping = node.mapping else { return Mismatch(node: node) }
            return mapping.entries.lazy.compactMap { entry in
                entry.key.string == nil
                    ? Mismatch(node: entry.key, needsQuotes: true)
                    : element.mismatch(in: entry.value)
            }.first
        default:
            guard !accepts(node) else { return nil }
            let isScalar = node.sequence == nil && node.mapping == nil && !node.isNull
            return Mismatch(
                node: node,
                needsQuotes: self == .string && isScalar,
                remedy: remedy(for: node)
            )
        }
    }

    private func accepts(_ node: YAMLNode) -> Bool {
        switch self {
        case .string: node.string != nil
        case .integer(let range): node.int.map(range.contains) ?? false
        case .number(let range): node.double.map(range.contains) ?? false
        case .boolean: node.bool != nil
        case .duration: node.string.flatMap(ConfigDuration.parse) != nil
        case .cidr: node.string.map { $0 == "auto" || Network.list($0) != nil } ?? false
        case .processors: Processors(node) != nil
        case .region: node.string.map(Region.names.contains) ?? false
        case .choice(let words): node.string.map(words.contains) ?? false
        case .path: node.string.map { !$0.isEmpty } ?? false
        case .list, .oneOrMore, .map, .any: true
        }
    }

    private func remedy(for node: YAMLNode) -> String {
        guard let text = node.string else { return "" }
        return switch self {
        case .region: Suggestion.hint(for: text, among: Region.names)
        case .choice(let words): Suggestion.hint(for: text, among: words)
        case .cidr where Network.list("\(text)/32") != nil: " (write \(text)/32)"
        default: ""
        }
    }
}
