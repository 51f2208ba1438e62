internal import Bench
private import Foundation
internal import JSON
internal import Usage

extension TrialView {
    /// When a scenario's run began, how long it was, and how many users it had.
    var scenarioSubtitle: String {
        let record = trial.record
        let start = record["start_ns"]?.double.map { Date(timeIntervalSince1970: $0 / 1e9) }
        let facts = [
            "scenario \(title)", start.map { "began \($0.formatted(.iso8601))" },
            record["length_ns"]?.double.map { "\(decimals($0 / 1e9, 1)) s" },
            record["users"]?["highest"]?.wholeNumber.map { Int($0).of("user") },
            record["ending"] == .string("stopped") ? "stopped before its time" : nil,
        ]
        return facts.compactMap { $0 }.joined(separator: " · ")
    }

    /// What was asked of a scenario, and what came of its users, throttles and loop.
    var scenarioFacts: String {
        let record = trial.record
        var facts: [[String]] = []
        func add(_ part: String, _ title: String) {
            for member in record[part]?.members ?? [] {
                let name = member.name.replacing("_", with: " ")
                facts.append(["\(title)\(name)", member.value.shortText])
            }
        }
        add("asked", "asked: ")
        add("users", "users: ")
        add("lateness_ns", "lateness of the loop in ns: ")
        for throttle in record["throttles"]?.members ?? [] {
            for member in throttle.value.members {
                let name = member.name.replacing("_", with: " ")
                facts.append(["throttle \(throttle.name): \(name)", member.value.shortText])
            }
        }
        if let cut = record["measurements_cut"] {
            facts.append(["measurements cut off", cut.shortText])
        }
        add("failures", "users failed: ")
        add("coordinator_failures", "actions of coordinators failed: ")
        return facts.isEmpty ? "" : HTML.table("", head: ["what", "value"], facts)
    }
}
