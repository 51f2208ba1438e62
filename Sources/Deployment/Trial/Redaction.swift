/// Takes the values of a database's secret settings out of what is kept.
struct Redaction: Sendable, Hashable {
    /// What stands for a secret.
    static let mark = "[redacted]"

    /// The settings whose values are secret, in lower case.
    let names: Set<String>

    /// The settings with secret values replaced; an empty value says that none is set, and stays.
    func settings(_ settings: [String: String]) -> [String: String] {
        settings.reduce(into: [:]) { kept, setting in
            let isSecret = names.contains(setting.key.lowercased()) && !setting.value.isEmpty
            kept[setting.key] = isSecret ? Self.mark : setting.value
        }
    }

    /// The text with the rest of each line behind a secret setting's name replaced.
    ///
    /// That covers a line of a configuration file, `NAME=VALUE`, and `config set NAME VALUE`. The
    /// name `user` is a setting only at a line's start: elsewhere it is a common word.
    func text(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false)
            .map { line(String($0)) }.joined(separator: "\n")
    }

    private func line(_ line: String) -> String {
        var start = line.startIndex
        while let word = Self.word(of: line, from: start) {
            let name = line[word].lowercased()
            let isFirst = line[..<word.lowerBound].allSatisfy(\.isWhitespace)
            let rest = line[word.upperBound...].drop { " \t=\"'".contains($0) }
            let counts = isFirst || (name != "user" && rest.startIndex > word.upperBound)
            if names.contains(name), counts, !rest.isEmpty {
                return line[..<rest.startIndex] + Self.mark
            }
            start = word.upperBound
        }
        return line
    }

    /// The next run of the characters that a setting's name is made of.
    private static func word(of line: String, from start: String.Index) -> Range<String.Index>? {
        func isPart(_ character: Character) -> Bool {
            character.isLetter || character.isNumber || character == "-" || character == "_"
        }
        guard let first = line[start...].firstIndex(where: isPart) else { return nil }
        return first..<(line[first...].firstIndex { !isPart($0) } ?? line.endIndex)
    }
}
