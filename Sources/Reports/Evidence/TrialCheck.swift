internal import Bench
private import Foundation
internal import Histogram
internal import JSON
internal import LoadResult
internal import Usage

/// What is wrong with the evidence of one trial: damaged files, and a verdict that the rest does not allow.
///
/// It reads all of each log, also the warm-up, for a log that is damaged anywhere was touched.
struct TrialCheck: Sendable {
    /// Files that are not what they should be.
    private(set) var damage: [String] = []
    /// What speaks against the verdict in `trial.json`; empty for a trial that says it is invalid.
    private(set) var contradictions: [String] = []
    /// How many figures of the verdict were computed anew.
    private(set) var figures = 0

    /// What a scenario's log of events holds; `nil` for the trial of a deployment.
    private(set) var scenario: ScenarioEvents?

    /// All of it, damage first.
    var faults: [String] { damage + contradictions }

    private let folder: String
    private let record: JSON
    private var results: [(place: String, stress: String, client: String, result: JSON)] = []

    /// Checks a trial's folder against its record.
    init(of folder: String, _ record: JSON) async {
        self.folder = folder
        self.record = record
        guard case .bool(let isValid)? = record["valid"] else {
            damage.append("trial.json: \"valid\" is neither true nor false")
            return
        }
        if record["scenario"] != nil {
            let check = ScenarioCheck(of: folder, record, await readLogs())
            scenario = check.events
            damage += check.damage
            if isValid { contradictions += check.contradictions }
            figures = check.figures
            return
        }
        let commands = CommandLine.all(in: folder + "/commands.jsonl").damaged
        if commands > 0 { damage.append("commands.jsonl: \(commands.of("damaged line"))") }
        readResults()
        let logs = await readLogs()
        guard isValid else { return }
        contradictions += Summary.faults(of: logs).map { "\($0)" }
        compareLoads(logs)
        judgeFailed(logs)
        judgeLate()
    }

    /// Reads the logs whole.
    private mutating func readLogs() async -> [LogSum] {
        let files: [String]
        do {
            files = try LogFiles(at: folder, invalidToo: true).logs
        } catch {
            damage.append("\(error)")
            return []
        }
        let sums = await withTaskGroup { group in
            for (index, file) in files.enumerated() {
                group.addTask { (index, Result { try LogSum(of: file, in: Window()) }) }
            }
            let all = await group.reduce(into: [(Int, Result<LogSum, any Error>)]()) {
                $0.append($1)
            }
            return all.sorted { $0.0 < $1.0 }.map(\.1)
        }
        var logs: [LogSum] = []
        for sum in sums {
            do {
                let log = try sum.get()
                damage += log.damage.map { "\($0)" }
                logs.append(log)
            } catch {
                damage.append("\(error)")
            }
        }
        return logs
    }

    /// What every loader's result must say.
    private static let counts = ["due", "settled", "late", "latest"]

    /// Reads `stress/NAME/CLIENT/result.json` of each loader.
    private mutating func readResults() {
        let stresses = folder + "/stress"
        for stress in Self.names(in: stresses) {
            for client in Self.names(in: "\(stresses)/\(stress)") {
                let place = "stress/\(stress)/\(client)/result.json"
                guard FileManager.default.fileExists(atPath: "\(folder)/\(place)") else {
                    if record["valid"] == .bool(true), kept(stress, client) != nil {
                        contradictions.append("\(place): is missing")
                    }
                    continue
                }
                do throws(SummaryError) {
                    let result = try JSON(file: "\(folder)/\(place)")
                    let missing = Self.counts.filter { (result[$0]?.wholeNumber ?? -1) < 0 }
                    guard missing.isEmpty else {
                        damage.append("\(place): says no \(missing.joined(separator: ", no "))")
                        continue
                    }
                    results.append((place, stress, client, result))
                    if let kept = kept(stress, client), !Self.agree(kept, result) {
                        damage.append("\(place): is not the result that trial.json keeps")
                    }
                } catch {
                    damage.append("\(error)")
                }
            }
        }
    }

    /// What `trial.json` keeps of a loader's result.
    private func kept(_ stress: String, _ client: String) -> JSON? {
        record["stresses"]?.elements.first { $0["name"] == .string(stress) }?["results"]?[client]
    }

    /// Whether the result kept in `trial.json`, with its other way to write names, is the same.
    private static func agree(_ kept: JSON, _ result: JSON) -> Bool {
        func plain(_ name: String) -> String { name.replacing("_", with: "").lowercased() }
        let there = Dictionary(result.members.map { (plain($0.name), $0.value) }) { $1 }
        return kept.members.allSatisfy { member in
            guard let number = member.value.double else { return true }
            return there[plain(member.name)]?.double == number
        }
    }

    /// Whether a log holds as many requests as its loader says were due.
    private mutating func compareLoads(_ logs: [LogSum]) {
        for log in logs where log.recording == .due {
            guard let result = result(beside: log), let due = result["due"]?.wholeNumber else {
                contradictions.append("\(log.file): its loader left no whole result.json")
                continue
            }
            figures += 1
            let found = Self.count(log, "-rt")
            guard found != due else { continue }
            contradictions.append(
                "\(log.file): holds \(found.grouped) requests, and its loader's result.json says that "
                    + "\(due.grouped) were due"
            )
        }
    }

    private func result(beside log: LogSum) -> JSON? {
        results.first { log.file.hasSuffix("stress/\($0.stress)/\($0.client)/log.hdr") }?.result
    }

    private static func count(_ log: LogSum, _ suffix: String) -> Int64 {
        log.histograms.filter { $0.key.hasSuffix(suffix) }.reduce(0) { $0 &+ $1.value.count }
    }

    /// The failed share of each stress, by its logs and by its results; the larger counts.
    private mutating func judgeFailed(_ logs: [LogSum]) {
        for stress in Set(results.map(\.stress)).sorted() {
            let own = logs.filter { $0.file.contains("/stress/\(stress)/") }
            let logged = own.reduce((failed: Int64(0), all: Int64(0))) {
                ($0.failed &+ Self.count($1, "-error"), $0.all &+ Self.count($1, "-rt"))
            }
            let kinds = ["refused", "timedOut", "lost", "overflowed"]
            let said = results.filter { $0.stress == stress }
                .reduce((failed: Int64(0), all: Int64(0))) { sum, loader in
                    let failed = kinds.reduce(Int64(0)) {
                        $0 &+ (loader.result[$1]?.wholeNumber ?? 0)
                    }
                    return (
                        sum.failed &+ failed, sum.all &+ (loader.result["due"]?.wholeNumber ?? 0)
                    )
                }
            for (source, counts) in [("logs", logged), ("results", said)] where counts.all > 0 {
                judge(
                    "error_share",
                    Double(counts.failed) / Double(counts.all),
                    "\(stress): \(counts.failed.grouped) of \(counts.all.grouped) requests failed by "
                        + "its \(source)"
                )
            }
        }
    }

    /// The late share of each loader that had a rate.
    private mutating func judgeLate() {
        for loader in results where loader.result["rate"]?.double != nil {
            let (late, due) = (
                loader.result["late"]?.wholeNumber, loader.result["due"]?.wholeNumber
            )
            guard let late, let due, due > 0 else { continue }
            judge(
                "late_share",
                Double(late) / Double(due),
                "\(loader.place): \(late.grouped) of \(due.grouped) requests were sent more than 1 ms "
                    + "late"
            )
        }
    }

    /// Compares a figure with the limits that `trial.json` itself names, and with the verdict there.
    private mutating func judge(_ limit: String, _ share: Double, _ text: String) {
        guard let bound = record["limits"]?[limit] else { return }
        figures += 1
        let word = record["validity"]?.shortText ?? "valid"
        let broken = ["invalid", "questionable"].compactMap { verdict -> (String, Double)? in
            guard let most = bound[verdict]?.double, share > most else { return nil }
            return (verdict, most)
        }
        guard let (verdict, most) = broken.first, verdict == "invalid" || word == "valid" else {
            return
        }
        contradictions.append(
            "\(text) (\(Self.percent(share)), limit \(Self.percent(most))), which makes the trial "
                + "\(verdict), and trial.json says \(printable(word))"
        )
    }

    private static func percent(_ share: Double) -> String { decimals(100 * share, 2) + " %" }

    private static func names(in folder: String) -> [String] {
        // a folder that is not there has no names
        ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
    }
}
