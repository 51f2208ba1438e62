internal import Foundation
internal import Usage
internal import YAML

extension Config {
    /// Variables that `prov` sets itself; a config must not.
    package static let reservedKeys: Set<String> = [
        "deployment_name", "deployment_id", "expires_at", "open_ssh", "check_images",
    ]
    /// Variables that `prov` fills in where no config sets them.
    package static let suppliedKeys: Set<String> = ["public_key_path", "private_key_path", "owner"]

    /// Reads, merges and checks config files; later ones win, maps merge deeply, lists replace.
    ///
    /// - Parameters:
    ///   - files: Their paths; a relative path in their values starts where the process runs.
    ///   - variables: What the template declares.
    ///   - template: The template as named on the command line, for errors.
    ///   - schema: The keys that are known whether or not this template declares them.
    ///   - use: What the settings are for; further checks come with it.
    ///   - environment: What `${env:NAME}` reads, and the home directory.
    /// - Returns: The settings; keys that start with `x_` are left out.
    /// - Throws: ``ConfigErrors`` with every fault of all files.
    package static func load(
        _ files: [String],
        variables: [TemplateVariable],
        template: String,
        schema: ConfigSchema = .standard,
        use: ConfigUse = .show,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(ConfigErrors) -> Config {
        try Interruption.endsAtOnce { () throws(ConfigErrors) in
            try read(files, variables, template, schema, use, environment)
        }
    }

    private static func read(
        _ files: [String],
        _ variables: [TemplateVariable],
        _ template: String,
        _ schema: ConfigSchema,
        _ use: ConfigUse,
        _ environment: [String: String]
    ) throws(ConfigErrors) -> Config {
        var reader = ConfigReader(files, variables, schema, environment)
        let settings = reader.settings()
        let paths = reader.absolutePaths(settings)
        reader.checkRequired(template: template, files: files)
        reader.checkMeaning(settings, paths, use: use, files: files)
        guard reader.errors.isEmpty else { throw ConfigErrors(reader.errors, order: files) }
        return Config(
            settings: settings,
            sources: reader.sources,
            replacements: reader.replacements,
            unused: reader.unused(template: template),
            terraformEnvironment: reader.terraformEnvironment(settings, paths),
            paths: paths
        )
    }
}

/// Collects the settings and faults of one reading.
struct ConfigReader {
    let variables: [String: TemplateVariable]
    let schema: ConfigSchema
    let reference: ConfigReference
    private(set) var sources: [Config.Source] = []
    private(set) var errors: [ConfigError] = []
    /// The keys whose value refers to what is not there, so that it says nothing.
    private var unresolved: Set<String> = []
    /// A line for each value that another of a later file replaces.
    private(set) var replacements: [String] = []
    private var merged = YAMLMapping()
    private var marks: [String: Mark] = [:]
    private var isUnreadable = false
    /// How many unknown keys were compared with the known ones.
    private var suggestions = 0
    private let knownKeys: [String]

    /// Reads the files in their order.
    init(
        _ files: [String],
        _ variables: [TemplateVariable],
        _ schema: ConfigSchema,
        _ environment: [String: String]
    ) {
        self.variables = Dictionary(variables.map { ($0.name, $0) }) { first, _ in first }
        self.schema = schema
        reference = ConfigReference(environment: environment)
        knownKeys = (schema.keys.map(\.name) + self.variables.keys.sorted())
            .filter { !Config.reservedKeys.contains($0) }
        for file in files { read(file) }
    }

    private mutating func read(_ path: String) {
        do throws(ConfigError) {
            let file = try ConfigFile(path, faults: &errors)
            sources.append(Config.Source(path: path, digest: file.digest))
            for entry in file.mapping.entries { add(entry) }
        } catch {
            errors.append(error)
            isUnreadable = true
        }
    }

    private mutating func add(_ entry: YAMLMapping.Entry) {
        guard let key = entry.key.string else {
            let hint = " (a key is a word)"
            let text = entry.key.json()
            return errors.append(ConfigError(.unknownKey(text, hint: hint), at: entry.key.mark))
        }
        guard !key.hasPrefix("x_") else { return }
        guard !Config.reservedKeys.contains(key) else {
            return errors.append(ConfigError(.reservedKey(key), at: entry.key.mark))
        }
        guard variables[key] != nil || schema.key(key) != nil else {
            // Each is compared with every known key, and only the first faults are shown.
            suggestions += 1
            let hint =
                suggestions > ConfigErrors.shown
                ? "" : Suggestion.hint(for: key, among: knownKeys)
            let remedy = hint.isEmpty ? " (start a key of your own with x_)" : hint
            return errors.append(ConfigError(.unknownKey(key, hint: remedy), at: entry.key.mark))
        }
        if !ConfigReference.occurs(in: entry.value) { check(key, entry.value) }
        if let earlier = merged[key] {
            let old = marks[key].map { earlier.at($0) } ?? earlier
            note(key, old, replacedBy: entry.value.at(entry.key.mark), isSecret: isSecret(key))
        }
        merged[entry.key] = merged[key].map { $0.merged(with: entry.value) } ?? entry.value
        marks[key] = entry.key.mark
    }

    /// Notes what a value of a later file takes the place of; in maps, key by key.
    private mutating func note(
        _ key: String,
        _ old: YAMLNode,
        replacedBy new: YAMLNode,
        isSecret: Bool
    ) {
        if let mine = old.mapping, let theirs = new.mapping {
            for entry in mine.entries {
                guard let later = theirs.entry(entry.key) else { continue }
                note(
                    "\(key).\(entry.key.string ?? entry.key.json())",
                    entry.value.at(entry.key.mark),
                    replacedBy: later.value.at(later.key.mark),
                    isSecret: isSecret
                )
            }
            return
        }
        guard old.mark.file != new.mark.file, old.json() != new.json() else { return }
        let places = (new.mark.file, old.mark.file)
        replacements.append(
            isSecret
                ? "\(key): that of \(places.0) replaces that of \(places.1)"
                : "\(key): \(new.brief) from \(places.0) replaces \(old.brief) from \(places.1)"
        )
    }

    /// Returns the merged settings with references resolved; notes those that lead nowhere.
    mutating func settings() -> [Config.Setting] {
        var settings: [Config.Setting] = []
        for entry in merged.entries {
            guard let key = entry.key.string, let mark = marks[key] else { continue }
            var value = entry.value
            let isHidden = isSecret(key) || ConfigReference.hides(value)
            var hidden: Set<String> = []
            if ConfigReference.occurs(in: value) {
                do throws(ConfigReference.Failure) {
                    value = try reference.resolve(
                        value,
                        isText: type(of: key).isText,
                        hidden: &hidden
                    )
                    check(key, value, isSecret: isHidden)
                } catch {
                    let reason = ConfigError.Reason.reference(key: key, problem: error.problem)
                    errors.append(ConfigError(reason, at: error.mark))
                    unresolved.insert(key)
                }
            }
            settings.append(
                Config.Setting(
                    key: key,
                    value: value,
                    mark: mark,
                    isSecret: isHidden,
                    hidden: hidden.sorted()
                )
            )
        }
        return settings
    }

    /// Notes the variables that no file sets and the template cannot do without.
    ///
    /// Where a file could not be read, it might set them, so nothing is noted.
    mutating func checkRequired(template: String, files: [String]) {
        guard !isUnreadable else { return }
        errors += missing(template: template, files: files) { merged[$0] != nil }
    }

    /// The faults of variables that the template cannot do without, and that none of `settings` sets.
    func missing(
        besides settings: [Config.Setting],
        template: String,
        files: [String]
    ) -> [ConfigError] {
        let keys = Set(settings.map(\.key))
        return missing(template: template, files: files, isSet: keys.contains)
    }

    private func missing(
        template: String,
        files: [String],
        isSet: (String) -> Bool
    ) -> [ConfigError] {
        let place = files.isEmpty ? "no config file" : files.joined(separator: ", ")
        return variables.values.sorted { $0.name < $1.name }.compactMap { variable in
            let name = variable.name
            guard !variable.hasDefault, !isSet(name), !Config.reservedKeys.contains(name),
                !Config.suppliedKeys.contains(name)
            else { return nil }
            var summary = schema.key(name)?.summary ?? variable.description
            if summary.hasSuffix(".") { summary.removeLast() }
            let reason = ConfigError.Reason.missingKey(name, template: template, summary: summary)
            return ConfigError(reason, file: place)
        }
    }

    /// Whether the value that won is the cause of a fault.
    func isAtFault(_ setting: Config.Setting) -> Bool {
        unresolved.contains(setting.key)
            || errors.contains { $0.key == setting.key && $0.file == setting.mark.file }
    }

    /// Returns the absolute path of each key that names a file; notes files that are missing.
    mutating func absolutePaths(_ settings: [Config.Setting]) -> [String: String] {
        let folder = FileManager.default.currentDirectoryPath
        var paths: [String: String] = [:]
        for setting in settings where type(of: setting.key) == .path {
            guard let text = setting.value.string, !text.isEmpty else { continue }
            let path = ConfigPath(text, in: folder, reference.environment).absolute
            paths[setting.key] = path
            guard !FileManager.default.fileExists(atPath: path) else { continue }
            let reason = ConfigError.Reason.missingFile(
                key: setting.key,
                path: setting.isSecret ? nil : path
            )
            errors.append(ConfigError(reason, at: setting.value.mark))
        }
        return paths
    }

    /// Notes values that are well formed and still wrong.
    mutating func checkMeaning(
        _ settings: [Config.Setting],
        _ paths: [String: String],
        use: ConfigUse,
        files: [String]
    ) {
        guard case .make(let opensSSH) = use, !isUnreadable else { return }
        let sound = settings.filter {
            !$0.value.isNull && !unresolved.contains($0.key)
                && type(of: $0.key).mismatch(in: $0.value) == nil
        }
        let meaning = ConfigMeaning(
            settings: sound,
            paths: paths,
            opensSSH: opensSSH,
            environment: reference.environment
        )
        errors += meaning.faults(needsCredentials: variables["access_key"] != nil, files: files)
    }

    /// Returns a line for each key that other templates use and this one does not, in the order of the
    /// files.
    func unused(template: String) -> [String] {
        guard !variables.isEmpty else { return [] }
        return merged.entries.compactMap { entry in
            // These are for prov itself, and for the scripts.
            guard let key = entry.key.string, let mark = marks[key], variables[key] == nil,
                !["ttl", "public_key_path", "private_key_path", "system"].contains(key),
                !key.hasPrefix("service_")
            else { return nil }
            return "\(mark): warning: \(template) does not use \"\(key)\""
        }
    }

    /// Returns `TF_VAR_NAME` with what terraform must read for each declared variable that is set.
    func terraformEnvironment(_ settings: [Config.Setting], _ paths: [String: String])
        -> [String: String]
    {
        var environment: [String: String] = [:]
        for setting in settings where !setting.value.isNull {
            guard let variable = variables[setting.key] else { continue }
            environment["TF_VAR_\(setting.key)"] =
                paths[setting.key] ?? HCLType(variable.type).text(of: setting.value)
        }
        return environment
    }

    private mutating func check(_ key: String, _ value: YAMLNode, isSecret: Bool? = nil) {
        let isSecret = isSecret ?? self.isSecret(key)
        // Null puts a template's default back, so it needs one.
        if value.isNull, Config.suppliedKeys.contains(key) || variables[key]?.hasDefault ?? true {
            return
        }
        guard let fault = type(of: key).mismatch(in: value) else { return }
        let reason = ConfigError.Reason.wrongType(
            key: key,
            expected: type(of: key).expectation,
            found: (isSecret ? fault.node.value.kind : fault.node.shown)
                + (fault.needsQuotes ? " (quote it)" : isSecret ? "" : fault.remedy)
        )
        errors.append(ConfigError(reason, at: fault.node.mark))
    }

    private func type(of key: String) -> ConfigType {
        schema.key(key)?.type ?? variables[key].map { HCLType($0.type).configType } ?? .any
    }

    private func isSecret(_ key: String) -> Bool {
        schema.key(key)?.isSecret ?? false || variables[key]?.isSensitive ?? false
    }
}

extension ConfigType {
    /// Whether a value is text, so that a reference's text needs no typing.
    fileprivate var isText: Bool {
        switch self {
        case .string, .duration, .cidr, .processors, .region, .choice, .path: true
        case .list(let element), .oneOrMore(let element), .map(let element): element.isText
        case .integer, .number, .boolean, .any: false
        }
    }
}

extension HCLType {
    /// Returns what terraform must find in the environment for `node`, which is not null.
    fileprivate func text(of node: YAMLNode) -> String {
        if case .list = self, node.sequence == nil {
            // The schema takes one value where the template takes several.
            return YAMLNode(.sequence([node])).json(isExpression: true)
        }
        if !isExpression, let text = node.string { return text }
        return node.json(isExpression: isExpression || node.string == nil)
    }
}

extension YAMLNode {
    /// Returns this node with `later` over it: maps merge key by key, anything else is replaced.
    fileprivate func merged(with later: YAMLNode) -> YAMLNode {
        guard let mine = mapping, let theirs = later.mapping else { return later }
        var merged = YAMLMapping()
        for entry in mine.entries {
            guard let winner = theirs.entry(entry.key) else {
                merged[entry.key] = entry.value
                continue
            }
            merged[winner.key] = entry.value.merged(with: winner.value)
        }
        for entry in theirs.entries where merged[entry.key] == nil {
            merged[entry.key] = entry.value
        }
        return YAMLNode(.mapping(merged), mark: later.mark)
    }

    /// The same value at another place, such as that of its key.
    fileprivate func at(_ mark: Mark) -> YAMLNode { YAMLNode(value, mark: mark) }

    /// The value on a part of a line.
    fileprivate var brief: String {
        let text = string ?? json()
        return text.count > 60 || text.contains(where: \.isNewline) ? "other \(value.kind)" : text
    }

    /// The value as an error shows it: a scalar's text, a string quoted, or the kind.
    fileprivate var shown: String {
        switch value {
        case .null, .bool, .int: json()
        case .float(let number): "\(number)"
        case .string(let text): "\"\(text.prefix(80))\(text.count > 80 ? "…" : "")\""
        case .sequence(let nodes): nodes.isEmpty ? "an empty list" : value.kind
        case .mapping: value.kind
        }
    }
}
