/// The text of a file of `NAME = 'VALUE'` lines, as `postgresql.conf` and what it includes have them.
///
/// The file is ours alone: it stands behind all that the package set. Comments are kept.
struct PostgreSQLConfiguration: Sendable, Hashable {
    private var lines: [String]

    /// Reads the text of a file.
    init(_ text: String) {
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
    }

    /// The whole text, ending in a line feed; empty without a line.
    var text: String { lines.map { $0 + "\n" }.joined() }

    /// All settings by their names in lower case; the last line of a name counts.
    var settings: [String: String] {
        lines.reduce(into: [:]) { settings, line in
            if let (name, value) = Self.parts(line) { settings[name] = value }
        }
    }

    /// The value of a setting; setting it replaces all its lines by one, `nil` removes them.
    subscript(name: String) -> String? {
        get { settings[name.lowercased()] }
        set {
            let name = name.lowercased()
            let matches = lines.indices.filter { Self.parts(lines[$0])?.name == name }
            if let newValue {
                let line = "\(name) = '\(newValue.replacing("'", with: "''"))'"
                if let first = matches.first { lines[first] = line } else { lines.append(line) }
            }
            let surplus = Set(newValue == nil ? matches[...] : matches.dropFirst())
            lines = lines.indices.filter { !surplus.contains($0) }.map { lines[$0] }
        }
    }

    /// Sets a user's settings; an empty value removes one.
    ///
    /// - Throws: ``DatabaseError`` for one of `reserved`, and for a name or value that cannot stand in
    ///   the file.
    mutating func set(
        _ settings: [String: String],
        unless reserved: Set<String>
    ) throws(DatabaseError) {
        for (name, value) in settings.sorted(by: { $0.key < $1.key }) {
            if reserved.contains(name.lowercased()) {
                throw .reservedSetting(name, reason: "the deployment sets it")
            }
            let isName = name.allSatisfy {
                $0.isASCII && ($0.isLetter || $0.isNumber || "_.".contains($0))
            }
            guard isName, name.first?.isLetter ?? false,
                !value.contains(where: \.isNewline), !value.contains("\\")
            else { throw .badSetting("\(name)=\(value)") }
            self[name] = value.isEmpty ? nil : value
        }
    }

    private static func parts(_ line: String) -> (name: String, value: String)? {
        guard !line.hasPrefix("#"), let equals = line.firstIndex(of: "=") else { return nil }
        let name = line[..<equals].filter { !$0.isWhitespace }.lowercased()
        var value = String(line[line.index(after: equals)...].drop(while: \.isWhitespace))
        while value.last?.isWhitespace ?? false { value.removeLast() }
        if value.count > 1, value.hasPrefix("'"), value.hasSuffix("'") {
            value = String(value.dropFirst().dropLast())
        }
        return (name, value.replacing("''", with: "'"))
    }
}
