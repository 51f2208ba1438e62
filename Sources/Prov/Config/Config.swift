package import YAML

/// The settings of one deployment, merged from its config files and checked.
package struct Config: Sendable {
    /// A key with the value that won.
    package struct Setting: Sendable, Hashable {
        /// The key.
        package let key: String
        /// The value, references resolved; in maps, each key has the mark of the file that set it.
        package let value: YAMLNode
        /// Where the winning key stands.
        package let mark: Mark
        /// Whether the value must never be shown or written.
        package let isSecret: Bool
        /// The text of each reference in the value that is a secret, alone.
        let hidden: [String]
    }

    /// A file that was read.
    package struct Source: Sendable, Hashable {
        /// The path as named on the command line.
        package let path: String
        /// The SHA-256 of its bytes, as 64 hexadecimal digits.
        package let digest: String
    }

    /// All settings, each key once, in the order in which the files name them first.
    package private(set) var settings: [Setting]
    /// The files, in the order named.
    package let sources: [Source]
    /// A line for each value that another of a later file replaces, in the order of the files.
    package let replacements: [String]
    /// A line for each key that the template does not use, in the order of the files.
    package let unused: [String]
    /// What terraform must have in its environment: `TF_VAR_NAME` for each variable that is set.
    ///
    /// It holds the secrets. Paths are absolute. A key set to null is left out, so that the
    /// template's default holds.
    package private(set) var terraformEnvironment: [String: String]

    /// The absolute path of each key that names a file, such as `private_key_path`.
    package private(set) var paths: [String: String]

    /// The setting of a key, or `nil` if no file sets it.
    package subscript(key: String) -> Setting? { settings.first { $0.key == key } }

    /// Gives a key that is set another text, at the place where it is set.
    mutating func replace(_ key: String, with text: String) {
        guard let index = settings.firstIndex(where: { $0.key == key }) else { return }
        let old = settings[index]
        settings[index] = Setting(
            key: key,
            value: YAMLNode(.string(text), mark: old.value.mark),
            mark: old.mark,
            isSecret: old.isSecret,
            hidden: old.hidden
        )
        let variable = "TF_VAR_\(key)"
        if terraformEnvironment[variable] != nil { terraformEnvironment[variable] = text }
    }

    /// Gives terraform a variable that no config may set.
    mutating func pass(_ variable: String, _ text: String) {
        terraformEnvironment["TF_VAR_\(variable)"] = text
    }

    /// Takes the values of another config, and of its own only those of some keys.
    mutating func limit(to keys: Set<String>, over other: Config) {
        settings = settings.compactMap { setting in
            other[setting.key] ?? (keys.contains(setting.key) ? setting : nil)
        }
        let variables = Set(keys.map { "TF_VAR_\($0)" })
        terraformEnvironment = terraformEnvironment.filter { variables.contains($0.key) }
            .merging(other.terraformEnvironment) { $1 }
        paths = paths.filter { keys.contains($0.key) }.merging(other.paths) { $1 }
    }

    /// Makes a config; only reading does.
    init(
        settings: [Setting],
        sources: [Source],
        replacements: [String] = [],
        unused: [String] = [],
        terraformEnvironment: [String: String],
        paths: [String: String]
    ) {
        self.settings = settings
        self.sources = sources
        self.replacements = replacements
        self.unused = unused
        self.terraformEnvironment = terraformEnvironment
        self.paths = paths
    }
}
