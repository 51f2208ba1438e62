/// A file of `PREFIX_NAME=value` lines, as systemd gives a service its options by its environment.
///
/// The option `snapshot-count` under the prefix `ETCD_` is the variable `ETCD_SNAPSHOT_COUNT`. Lines
/// of other kinds are kept.
struct EnvironmentFile: Sendable, Hashable {
    private var lines: [String]
    private let prefix: String

    /// Reads the text of a file.
    init(_ text: String, prefix: String) {
        self.prefix = prefix
        lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
    }

    /// The whole text, ending in a line feed.
    var text: String { lines.map { $0 + "\n" }.joined() }

    /// All options; of several lines with one name the last counts.
    var settings: [String: String] {
        lines.reduce(into: [:]) { settings, line in
            if let (option, value) = parts(line) { settings[option] = value }
        }
    }

    /// The value of an option; setting it replaces all its lines by one, `nil` removes them.
    subscript(option: String) -> String? {
        get { settings[option] }
        set {
            let matches = lines.indices.filter { parts(lines[$0])?.option == option }
            if let newValue {
                let name = prefix + option.uppercased().replacing("-", with: "_")
                let line = "\(name)=\(newValue)"
                if let first = matches.first { lines[first] = line } else { lines.append(line) }
            }
            let surplus = Set(newValue == nil ? matches[...] : matches.dropFirst())
            lines = lines.indices.filter { !surplus.contains($0) }.map { lines[$0] }
        }
    }

    /// Sets a user's options; an empty value removes one.
    ///
    /// - Throws: ``DatabaseError`` for one that `isReserved` for the deployment, and for a name or value
    ///   that cannot stand in the file as it is.
    mutating func set(
        _ settings: [String: String],
        unless isReserved: (String) -> Bool
    ) throws(DatabaseError) {
        for (option, value) in settings.sorted(by: { $0.key < $1.key }) {
            if isReserved(option) {
                throw .reservedSetting(option, reason: "the deployment sets it")
            }
            let isName = option.allSatisfy {
                $0 == "-" || $0.isASCII && ($0.isLowercase || $0.isNumber)
            }
            let isPlain = !value.contains { $0.isWhitespace || "\"'\\".contains($0) }
            guard isName, isPlain, option.first?.isLetter ?? false else {
                throw .badSetting("\(option)=\(value)")
            }
            self[option] = value.isEmpty ? nil : value
        }
    }

    private func parts(_ line: String) -> (option: String, value: String)? {
        guard line.hasPrefix(prefix), let equals = line.firstIndex(of: "=") else { return nil }
        let name = line[..<equals].dropFirst(prefix.count)
        return (
            name.lowercased().replacing("_", with: "-"),
            String(line[line.index(after: equals)...])
        )
    }
}
