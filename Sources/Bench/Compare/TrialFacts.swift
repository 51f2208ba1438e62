private import Glibc
internal import JSON
internal import Usage

/// What a trial says of the system that was measured, and of the load on it.
///
/// A trial that does not say something is no error: trials of earlier versions, and plain logs, say
/// less.
package struct TrialFacts: Sendable, Hashable {
    /// Settings, versions and limits, by their path in `trial.json`.
    package private(set) var system: [String: String] = [:]
    /// The load, by name; empty if no loader's result lies beside its log.
    package private(set) var load: [String: String] = [:]

    /// Reads what stands in the trial at `path`, and beside its logs.
    ///
    /// - Throws: ``SummaryError`` for a file that is there and is no JSON.
    package init(of path: String, logs: [String]) throws(SummaryError) {
        if access("\(path)/trial.json", F_OK) == 0 {
            let record = try JSON(file: "\(path)/trial.json")
            system = Self.system(record)
            load = Self.load(ofScenario: record)
        }
        var results: [JSON] = []
        for log in logs {
            let folder = log.lastIndex(of: "/").map { String(log[..<$0]) } ?? "."
            let result = "\(folder)/result.json"
            if access(result, F_OK) == 0 { results.append(try JSON(file: result)) }
        }
        if !results.isEmpty { load = Self.load(results) }
    }

    /// The parts of a trial's record in which two trials of the same thing may differ.
    static func system(_ record: JSON) -> [String: String] {
        var facts: [String: String] = [:]
        for name in ["settings", "limits"] {
            if let value = record[name] { flatten(value, name, into: &facts) }
        }
        for (node, value) in members(of: record["nodes"]) {
            for name in ["database", "executable", "build", "memory_limit", "processor_limit"] {
                guard let fact = value[name] else { continue }
                flatten(fact, "nodes.\(node).\(name)", into: &facts)
            }
        }
        return facts
    }

    /// What the results of all loaders of a trial say of their load together.
    static func load(_ results: [JSON]) -> [String: String] {
        var load = ["clients": "\(results.count)"]
        let names = [
            ("rate", "rate"), ("duration", "duration in ns"), ("firstKey", "first key"),
            ("keys", "keys"), ("distribution", "distribution"),
            ("writeFraction", "write fraction"), ("valueSize", "value size"),
            ("parts", "parts"), ("connections", "connections of each client"),
            ("threads", "threads of each client"), ("timeout", "time limit in ns"),
            ("keepsAwake", "processors kept awake"),
        ]
        for (key, name) in names {
            let values = Set(results.compactMap { $0[key]?.shortText })
            if !values.isEmpty { load[name] = values.sorted().joined(separator: ", ") }
        }
        // A load by its number of requests has no duration that tells it from another.
        if results.allSatisfy({ $0["duration"]?.wholeNumber == nil }) {
            let due = results.reduce(Int64(0)) { $0 &+ ($1["due"]?.wholeNumber ?? 0) }
            load["requests"] = "\(due)"
        }
        return load
    }

    /// What a scenario's trial says of its load; nothing for the trial of a deployment.
    ///
    /// Its settings are said with the system's: where a server is, and how fast messages are sent, are the
    /// same to whoever reads them. What the load is made of by them, the paces of throttles say.
    static func load(ofScenario record: JSON) -> [String: String] {
        guard let scenario = record["scenario"] else { return [:] }
        var load = ["scenario": scenario.shortText]
        let asked = record["asked"]
        // trials of earlier versions say only how many users there were in the end
        load["users"] = (asked?["users"] ?? record["users"]?["highest"])?.shortText
        load["user rate"] = asked?["user_rate"]?.shortText
        load["duration in ns"] = asked?["for_ns"]?.shortText
        for (name, throttle) in members(of: record["throttles"]) {
            load["throttle \(name)"] = throttle["pace"]?.shortText
        }
        if record["ending"] == .string("stopped") {
            load["stopped after"] = record["length_ns"]?.number.map { "\(decimals($0 / 1e9, 0)) s" }
        }
        load["steered"] = steering(record)
        return load
    }

    /// What changed a scenario's run while it ran, second by second; `no` if nothing did.
    private static func steering(_ record: JSON) -> String {
        if case .array(let commands) = record["steered"] {
            let texts = commands.map { command in
                let words = members(of: command["with"]).map { "\($0) \($1.shortText)" }
                let second = decimals((command["time_ns"]?.number ?? 0) / 1e9, 0)
                let name = command["command"]?.shortText ?? ""
                return (["\(second) s", name] + words).joined(separator: " ")
            }
            return texts.isEmpty ? "no" : texts.joined(separator: ", ")
        }
        // earlier versions count what happened: of a throttle a start and an end, and users once
        let throttles = Int64(members(of: record["throttles"]).count)
        let usual = ["users-added": 1, "throttle": 2 * throttles]
        let kinds = ["users-added", "users-removed", "user-rate", "setting", "throttle"]
        let more = kinds.filter {
            (record["events"]?[$0]?.wholeNumber ?? 0) > usual[$0] ?? 0
        }
        return more.isEmpty ? "no" : more.joined(separator: ", ")
    }

    private static func members(of value: JSON?) -> [(String, JSON)] {
        switch value {
        case .object(let members): members.map { ($0.name, $0.value) }
        case .array(let values):
            values.enumerated().map { ($1["name"]?.shortText ?? "\($0)", $1) }
        default: []
        }
    }

    private static func flatten(_ value: JSON, _ path: String, into facts: inout [String: String]) {
        switch value {
        case .object, .array:
            for (name, value) in members(of: value) {
                flatten(value, "\(path).\(name)", into: &facts)
            }
        default: facts[path] = value.shortText
        }
    }
}
