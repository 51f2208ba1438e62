import Usage
import YAML

extension ExperimentFile {
    /// Reads an experiment's file.
    ///
    /// - Parameters:
    ///   - bytes: The whole file.
    ///   - name: The file's name, for errors.
    /// - Returns: The experiment.
    /// - Throws: `YAMLError` if it is no YAML, ``ExperimentFault`` with everything else at once.
    public static func parse(_ bytes: [UInt8], file name: String) throws -> ExperimentFile {
        let root = try YAMLNode.parse(bytes: bytes, file: name)
        var reader = ExperimentReader(file: name)
        let experiment = reader.read(root)
        guard let experiment, reader.faults.isEmpty else {
            throw ExperimentFault(
                faults: reader.faults.sorted {
                    ($0.mark.line, $0.mark.column) < ($1.mark.line, $1.mark.column)
                }
            )
        }
        return experiment
    }
}

/// Reads the nodes of an experiment's file and collects what is wrong.
private struct ExperimentReader {
    private let file: String
    private(set) var faults: [ExperimentFault.Fault] = []

    init(file: String) { self.file = file }

    private static let keys = [
        "variants", "load", "dataset", "metrics", "effect", "rehearsal_pairs", "pairs", "seed",
    ]

    mutating func read(_ root: YAMLNode?) -> ExperimentFile? {
        guard let root, let map = root.mapping else {
            fail(
                root?.mark ?? Mark(file: file, line: 1, column: 1),
                "an experiment is a mapping with the keys variants, load and metrics"
            )
            return nil
        }
        check(map, Self.keys)
        let variants = variants(map["variants"], at: root.mark)
        let load = load(map["load"], at: root.mark)
        let metrics = metrics(map["metrics"], of: load, at: root.mark)
        let pairs = map["pairs"]
        if let map = pairs?.mapping {
            check(map, ["least", "most"])
        } else if let pairs {
            fail(pairs.mark, "pairs must be a mapping such as {least: 5, most: 20}")
        }
        let least = int(pairs?["least"], "pairs.least", in: 5...1_000, default: 5)
        let most = int(pairs?["most"], "pairs.most", in: 5...1_000, default: max(20, least))
        if most < least, let mark = pairs?["most"]?.mark ?? pairs?.mark {
            fail(mark, "pairs.most \"\(most)\" must not be below pairs.least \"\(least)\"")
        }
        let file = ExperimentFile(
            a: variants.first ?? .init(name: "", settings: [:], commands: []),
            b: variants.last ?? .init(name: "", settings: [:], commands: []),
            load: load,
            dataset: name(map["dataset"], "dataset") ?? "base",
            metrics: metrics,
            effect: effect(map["effect"]),
            rehearsal: int(map["rehearsal_pairs"], "rehearsal_pairs", in: 0...1_000, default: 3),
            least: least,
            most: most,
            seed: UInt64(int(map["seed"], "seed", in: 0...Int.max, default: 1))
        )
        if file.rehearsal == 1, let mark = map["rehearsal_pairs"]?.mark {
            fail(mark, "rehearsal_pairs \"1\" has no spread; take 0 or at least 2")
        }
        return file
    }

    private mutating func variants(
        _ node: YAMLNode?,
        at root: Mark
    ) -> [ExperimentFile.Variant] {
        guard let map = node?.mapping, map.count == 2 else {
            let found = node?.mapping.map { "\($0.count)" } ?? node?.value.kind ?? "none"
            fail(
                node?.mark ?? root,
                "variants must be a mapping of two names, the first is the base; found \(found)"
            )
            return []
        }
        let variants = map.entries.map { variant($0.key, $0.value) }
        if variants[0].name == variants[1].name, let key = map.entries.last?.key {
            fail(key.mark, "both variants are called \"\(variants[0].name)\"")
        }
        return variants
    }

    private mutating func variant(_ key: YAMLNode, _ node: YAMLNode) -> ExperimentFile.Variant {
        let name = name(key, "a variant's name") ?? ""
        var settings: [String: String] = [:]
        var commands: [String] = []
        var undo: [String] = []
        if let map = node.mapping {
            check(map, ["settings", "build", "files", "commands", "undo"])
            for entry in map["settings"]?.mapping?.entries ?? [] {
                guard let setting = scalar(entry.key), let value = scalar(entry.value) else {
                    fail(entry.key.mark, "a setting is a name with a text or number")
                    continue
                }
                // Databases do not mind the case of a name, and two spellings would be two settings.
                let name = setting.lowercased()
                if settings[name] != nil {
                    fail(entry.key.mark, "setting \"\(setting)\" is there twice")
                }
                settings[name] = value
            }
            if let node = map["settings"], node.mapping == nil {
                fail(node.mark, "settings must be a mapping, not \(node.value.kind)")
            }
            commands = list(map["commands"], "commands")
            undo = list(map["undo"], "undo")
            if let node = map["commands"], map["undo"] == nil {
                fail(
                    node.mark,
                    "variant \"\(name)\" has commands and no undo, so what they change would stay for "
                        + "the other variant's trials: list the commands that take it back under "
                        + "undo, or write \"undo: []\" if nothing stays"
                )
            }
        } else if !node.isNull {
            fail(
                node.mark,
                "a variant is a mapping with settings, build, files, commands and undo, "
                    + "not \(node.value.kind)"
            )
        }
        var variant = ExperimentFile.Variant(
            name: name,
            settings: settings,
            commands: commands,
            undo: undo
        )
        variant.build = path(node.mapping?["build"], "build")
        variant.files = files(node.mapping?["files"])
        return variant
    }

    /// Local files by their paths on the servers; empty without a node.
    private mutating func files(_ node: YAMLNode?) -> [String: String] {
        guard let node else { return [:] }
        guard let map = node.mapping else {
            fail(
                node.mark,
                "files must be a mapping such as {/etc/sysctl.d/90-x.conf: x.conf}, "
                    + "not \(node.value.kind)"
            )
            return [:]
        }
        var files: [String: String] = [:]
        for entry in map.entries {
            let place = entry.key.string ?? ""
            let parts = place.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
            // What is not written plainly could be one place under two names.
            guard place.hasPrefix("/"), place.utf8.count <= 1_000,
                parts.allSatisfy({ !["", ".", ".."].contains($0) }),
                !place.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
            else {
                fail(
                    entry.key.mark,
                    "file \"\(place)\" must be a plain absolute path on the servers, such as "
                        + "/etc/sysctl.d/90-x.conf"
                )
                continue
            }
            if files[place] != nil { fail(entry.key.mark, "file \"\(place)\" is there twice") }
            files[place] = path(entry.value, "file \"\(place)\"") ?? ""
        }
        return files
    }

    /// The path of a local file.
    private mutating func path(_ node: YAMLNode?, _ what: String) -> String? {
        guard let node else { return nil }
        guard let path = node.string, !path.isEmpty, !path.contains("\0") else {
            let found = node.string == "" ? "empty" : node.value.kind
            fail(node.mark, "\(what) must be the path of a local file, not \(found)")
            return nil
        }
        return path
    }

    /// A list of shell commands; empty without a node.
    private mutating func list(_ node: YAMLNode?, _ name: String) -> [String] {
        guard let node else { return [] }
        let commands = (node.sequence ?? []).compactMap(\.string)
        if node.sequence == nil || commands.count != node.sequence?.count {
            fail(node.mark, "\(name) must be a list of shell commands")
        }
        return commands
    }

    private mutating func load(_ node: YAMLNode?, at root: Mark) -> ExperimentFile.Load {
        guard let node, let map = node.mapping else {
            fail(node?.mark ?? root, "load must be a mapping with a rate and seconds")
            return .init(rate: 0, seconds: 0, warmUp: 0, writeFraction: 0.1)
        }
        check(map, ["rate", "seconds", "warm_up", "write_fraction"])
        if map["rate"] == nil { fail(node.mark, "load has no rate, in requests per second") }
        let seconds = int(map["seconds"], "load.seconds", in: 2...864_000, default: 30)
        let warmUp = int(
            map["warm_up"],
            "load.warm_up",
            in: 0...864_000,
            default: min(5, seconds / 2)
        )
        if warmUp >= seconds {
            fail(
                map["warm_up"]?.mark ?? node.mark,
                "load.warm_up \"\(warmUp)\" leaves nothing of load.seconds \"\(seconds)\""
            )
        }
        return .init(
            rate: number(map["rate"], "load.rate", in: 0.001...10_000_000, default: 1),
            seconds: seconds,
            warmUp: warmUp,
            writeFraction: number(
                map["write_fraction"],
                "load.write_fraction",
                in: 0...1,
                default: 0.1
            )
        )
    }

    private mutating func metrics(
        _ node: YAMLNode?,
        of load: ExperimentFile.Load,
        at root: Mark
    ) -> [Metric] {
        guard let items = node?.sequence, !items.isEmpty, items.count <= 20 else {
            fail(
                node?.mark ?? root,
                "metrics must be a list of 1 to 20, such as [READ-rt p50, READ-rt p99]"
            )
            return []
        }
        var metrics: [Metric] = []
        for item in items {
            guard let metric = item.string.flatMap(Metric.init) else {
                let figures = Metric.Figure.allCases.map(\.rawValue).joined(separator: ", ")
                fail(item.mark, "a metric is a tag and one of \(figures), such as READ-rt p99")
                continue
            }
            if !load.tags.contains(metric.tag) {
                fail(
                    item.mark,
                    "metric \"\(metric)\" cannot be measured: with load.write_fraction "
                        + "\(load.writeFraction) there are the tags "
                        + load.tags.joined(separator: ", ")
                )
            }
            if metrics.contains(metric) { fail(item.mark, "metric \"\(metric)\" is there twice") }
            metrics.append(metric)
        }
        return metrics
    }

    private mutating func effect(_ node: YAMLNode?) -> Double {
        guard let node else { return 0.05 }
        let text = scalar(node) ?? ""
        guard text.hasSuffix("%"), let percent = decimalNumber(text.dropLast()),
            (0.001...1_000).contains(percent)
        else {
            fail(node.mark, "effect \"\(text)\" must be a percentage in 0.001%…1000%, such as 5%")
            return 0.05
        }
        return percent / 100
    }

    private mutating func name(_ node: YAMLNode?, _ what: String) -> String? {
        guard let node else { return nil }
        let text = scalar(node) ?? ""
        let isPlain =
            text.first?.isLetter == true || text.first?.isNumber == true
        guard isPlain, text.utf8.count <= 64,
            text.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0)) })
        else {
            fail(
                node.mark,
                "\(what) \"\(text)\" must be letters, digits, \".\", \"_\" and \"-\""
            )
            return nil
        }
        return text
    }

    private mutating func int(
        _ node: YAMLNode?,
        _ name: String,
        in range: ClosedRange<Int>,
        default standard: Int
    ) -> Int {
        guard let node else { return standard }
        guard let value = node.int, range.contains(value) else {
            fail(
                node.mark,
                "\(name) \"\(scalar(node) ?? node.value.kind)\" must be a whole number in "
                    + "\(range.lowerBound)…\(range.upperBound)"
            )
            return standard
        }
        return value
    }

    private mutating func number(
        _ node: YAMLNode?,
        _ name: String,
        in range: ClosedRange<Double>,
        default standard: Double
    ) -> Double {
        guard let node else { return standard }
        guard let value = node.double, range.contains(value) else {
            fail(
                node.mark,
                "\(name) \"\(scalar(node) ?? node.value.kind)\" must be a number in "
                    + "\(range.lowerBound)…\(range.upperBound)"
            )
            return standard
        }
        return value
    }

    private func scalar(_ node: YAMLNode) -> String? {
        switch node.value {
        case .string(let text): text
        case .int(let value): "\(value)"
        case .float(let value): "\(value)"
        case .bool(let value): "\(value)"
        case .null: ""
        case .sequence, .mapping: nil
        }
    }

    private mutating func check(_ map: YAMLMapping, _ keys: [String]) {
        for entry in map.entries {
            let key = scalar(entry.key) ?? entry.key.value.kind
            guard !keys.contains(key) else { continue }
            fail(
                entry.key.mark,
                "unknown key \"\(key)\"\(Suggestion.hint(for: key, among: keys))"
            )
        }
    }

    private mutating func fail(_ mark: Mark, _ problem: String) {
        faults.append(.init(mark: mark, problem: problem))
    }
}
