/// The text of a `redis.conf`, one directive to a line, as redis.io/docs/management/config has it.
struct RedisConfiguration: Hashable {
    private var lines: [String]

    init(_ text: String) {
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        while lines.last?.isEmpty == true { lines.removeLast() }
    }

    /// The file's text; ends with a line break.
    var text: String { lines.joined(separator: "\n") + "\n" }

    /// Every directive with its arguments; the last line of a name wins, as in Redis.
    var settings: [String: String] {
        lines.reduce(into: [:]) { settings, line in
            guard let (name, value) = Self.directive(line) else { return }
            settings[name] = value
        }
    }

    /// Replaces all lines of a directive by one at the place of the first, or removes them.
    ///
    /// A directive that the file lacks goes to the end.
    mutating func set(_ name: String, to value: String?) {
        let matches = lines.indices.filter { Self.directive(lines[$0])?.name == name.lowercased() }
        if let value {
            let line = "\(name.lowercased()) \(value)"
            if let first = matches.first { lines[first] = line } else { lines.append(line) }
        }
        let surplus = Set(value == nil ? matches[...] : matches.dropFirst())
        lines = lines.indices.filter { !surplus.contains($0) }.map { lines[$0] }
    }

    private static func directive(_ line: String) -> (name: String, value: String)? {
        let words = line.split(maxSplits: 1, whereSeparator: \.isWhitespace)
        guard let name = words.first, !name.hasPrefix("#") else { return nil }
        let value = words.dropFirst().first?.trimmingPrefix(while: \.isWhitespace) ?? ""
        let end = value.lastIndex { !$0.isWhitespace }.map(value.index(after:)) ?? value.endIndex
        return (name.lowercased(), String(value[..<end]))
    }
}
