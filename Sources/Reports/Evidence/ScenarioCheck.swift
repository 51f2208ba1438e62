internal import Bench
private import Foundation
internal import Histogram
internal import JSON
internal import LoadResult
internal import Usage

/// Whether what a scenario's program keeps in `trial.json` follows from its logs of measures and of events.
struct ScenarioCheck: Sendable {
    /// Files that are not what they should be.
    private(set) var damage: [String] = []
    /// What speaks against a record that says that it is valid.
    private(set) var contradictions: [String] = []
    /// How many figures were computed anew.
    private(set) var figures = 0
    let events: ScenarioEvents

    private let record: JSON

    /// Checks a trial's record against its logs, which were read whole.
    init(of folder: String, _ record: JSON, _ logs: [LogSum]) {
        self.record = record
        events = ScenarioEvents(of: folder)
        if let fault = events.fault { damage.append("events.jsonl: \(fault)") }
        if events.damaged > 0 {
            damage.append("events.jsonl: \(events.damaged.of("damaged line"))")
        }
        if !FileManager.default.fileExists(atPath: folder + "/measures.hdr") {
            contradictions.append("measures.hdr: is missing")
        }
        for log in logs { compare(log) }
        if events.fault == nil { compareEvents() }
        judge()
    }

    /// Whether a log holds what its last line counts, and ended as the record says.
    private mutating func compare(_ log: LogSum) {
        guard let totals = log.totals, let ending = log.ending else {
            contradictions.append("\(log.file): has no last line; its run was killed")
            return
        }
        let said = record["ending"]?.shortText ?? "–"
        if said != ending.rawValue {
            contradictions.append(
                "\(log.file): the run was \(ending.rawValue), and trial.json says \(said)"
            )
        }
        expect(Int64(totals.requests), count(log, "-st"), "measurements", log.file, "its last line")
        expect(
            Int64(totals.errors),
            count(log, "-error"),
            "failed measurements",
            log.file,
            "its last line"
        )
    }

    private func count(_ log: LogSum, _ suffix: String) -> Int64 {
        log.histograms.filter { $0.key.hasSuffix(suffix) }.reduce(0) { $0 &+ $1.value.count }
    }

    /// Whether as much happened as the record says.
    private mutating func compareEvents() {
        let file = "events.jsonl"
        let said = Verification.byName(record["events"]?.members ?? [])
        for kind in Set(said.keys).union(events.counts.keys).sorted() {
            let kept = said[kind]?.wholeNumber ?? 0
            expect(kept, events.counts[kind] ?? 0, "events \"\(kind)\"", file, "trial.json")
        }
        func users(_ name: String) -> Int64 { record["users"]?[name]?.wholeNumber ?? 0 }
        // of a user that is no longer waited for no end is told
        let ended = users("ended") &+ users("failed") &+ users("removed") &- users("abandoned")
        expect(ended, events.counts["user-ended"] ?? 0, "ends of users", file, "trial.json")
        expect(users("failed"), events.failedUsers, "users that failed", file, "trial.json")
    }

    private mutating func expect(
        _ kept: Int64,
        _ found: Int64,
        _ what: String,
        _ file: String,
        _ place: String
    ) {
        figures += 1
        guard kept != found else { return }
        contradictions.append(
            "\(file): \(what): \(found.grouped), and \(place) says \(kept.grouped)"
        )
    }

    /// Whether the record names what makes a trial invalid.
    private mutating func judge() {
        figures += 2
        if let late = record["lateness_ns"]?["p99"]?.wholeNumber, late > ScenarioLimits.mostLate {
            contradictions.append(
                "trial.json: the loop was late by p99 \(decimals(Double(late) / 1e6, 2)) ms (limit "
                    + "\(ScenarioLimits.mostLate / 1_000_000) ms), which makes the trial invalid"
            )
        }
        if let lost = record["users"]?["abandoned"]?.wholeNumber, lost > 0 {
            contradictions.append(
                "trial.json: \(Int(lost).of("user")) did not end when told to, which makes the trial "
                    + "invalid"
            )
        }
    }
}
