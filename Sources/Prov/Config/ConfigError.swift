package import YAML

/// A fault in a config file or in a template's variables, with the place to fix.
///
/// The description never shows the value of a secret.
package struct ConfigError: Error, Hashable, CustomStringConvertible {
    /// What is wrong; code branches on this, never on the text.
    package enum Reason: Sendable, Hashable {
        /// The file cannot be read or holds no config; the string says why, with the remedy.
        case file(String)
        /// The file is no valid YAML.
        case yaml(YAMLError.Reason)
        /// A key that neither the template nor the schema knows; the hint may be empty.
        case unknownKey(String, hint: String)
        /// A key that `prov` itself sets.
        case reservedKey(String)
        /// A value of the wrong type or out of range; `found` is its kind alone for a secret.
        case wrongType(key: String, expected: String, found: String)
        /// A `${env:…}` or `${file:…}` that leads nowhere; the string says why.
        case reference(key: String, problem: String)
        /// A path to a file that is not there; `nil` for one that must not be shown.
        case missingFile(key: String, path: String?)
        /// A value that leads to nothing in a place, such as a region; `nil` for one that must not be
        /// shown.
        case absent(key: String, value: String?, place: String)
        /// A key that the template needs and no file sets.
        case missingKey(String, template: String, summary: String)
        /// A value that is well formed and still wrong; the string says why, with the remedy.
        case unfit(key: String, problem: String)
        /// A template whose variables cannot be read; the string says why.
        case template(String)
    }

    /// What is wrong.
    package let reason: Reason
    /// The file as named on the command line; all files, joined by commas, for a missing key.
    package let file: String
    /// Where it stands; `nil` if it stands in no one line.
    package let mark: Mark?

    /// The key whose value is at fault; `nil` if it is none that could be set.
    var key: String? {
        switch reason {
        case .wrongType(let key, _, _), .reference(let key, _), .missingFile(let key, _),
            .absent(let key, _, _), .unfit(let key, _):
            key
        case .file, .yaml, .unknownKey, .reservedKey, .missingKey, .template: nil
        }
    }

    init(_ reason: Reason, file: String) {
        self.reason = reason
        self.file = file
        mark = nil
    }

    init(_ reason: Reason, at mark: Mark) {
        self.reason = reason
        file = mark.file
        self.mark = mark
    }

    /// `file:line:column: ` and what is wrong there, with the remedy.
    package var description: String { "\(mark?.description ?? file): \(Self.shortened(text))" }

    /// A name in it may be as long as a whole file; its beginning, and the remedy at the end, are enough.
    private static func shortened(_ text: String) -> String {
        // One letter may have any number of accents.
        guard text.utf8.count > 4_000 else { return text }
        let scalars = text.unicodeScalars
        return "\(String(scalars.prefix(1_000))) … \(String(scalars.suffix(200)))"
    }

    private var text: String {
        switch reason {
        case .file(let problem), .template(let problem):
            problem
        case .yaml(.unknownTag):
            // The name may be a secret that its user forgot to quote; so below.
            "unknown tag (quote a value that starts with \"!\")"
        case .yaml(.unknownAlias):
            "unknown alias (quote a value that starts with \"*\")"
        case .yaml(let reason):
            "\(reason)"
        case .unknownKey(let key, let hint):
            "unknown key \"\(key)\"\(hint)"
        case .reservedKey(let key):
            "key \"\(key)\" is set by prov itself (remove it)"
        case .wrongType(let key, let expected, let found):
            "\(key) must be \(expected), found \(found)"
        case .reference(let key, let problem):
            "\(key): \(problem)"
        case .unfit(let key, let problem):
            "\(key) \(problem)"
        case .missingFile(let key, let path):
            "\(key) names no file: \(path.map { "\"\($0)\"" } ?? "its value") (check the path)"
        case .absent(let key, let value, let place):
            "\(key): \(value ?? "its value") does not exist in \(place) (name one that does, or leave "
                + "it out for the template's own choice)"
        case .missingKey(let key, let template, let summary):
            "missing key \"\(key)\", which \(template) needs\(summary.isEmpty ? "" : ": \(summary)")"
        }
    }
}

/// All faults of one reading of configs, by place: files as named, then line and column.
package struct ConfigErrors: Error, Hashable, CustomStringConvertible {
    /// At least one fault; those that stand in no one file come last.
    package let errors: [ConfigError]

    init(_ errors: [ConfigError], order files: [String] = []) {
        let places = Dictionary(files.enumerated().map { ($1, $0) }) { first, _ in first }
        func position(_ error: ConfigError) -> (Int, Int, Int) {
            let file = places[error.file] ?? files.count
            return (file, error.mark?.line ?? .max, error.mark?.column ?? 0)
        }
        self.errors = errors.sorted { a, b in
            let (first, second) = (position(a), position(b))
            return first == second ? a.description < b.description : first < second
        }
    }

    /// How many faults are shown; who has more has one cause for most of them.
    static let shown = 20

    /// One line for each of the first faults, and how many more there are.
    package var description: String {
        let rest = errors.count - Self.shown
        let lines = errors.prefix(Self.shown).map(\.description)
        return (lines + (rest > 0 ? ["… and \(rest) more"] : [])).joined(separator: "\n")
    }
}
