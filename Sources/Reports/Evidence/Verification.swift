internal import Bench
internal import Experiment
private import Foundation
internal import JSON
internal import Usage

/// Whether the numbers that evidence keeps follow from its raw logs.
struct Verification: Sendable, Hashable {
    /// What was found, a line for each trial and experiment.
    private(set) var lines: [String] = []
    /// Numbers that do not follow, with what follows instead.
    private(set) var faults: [String] = []
    /// How many numbers were computed anew.
    private(set) var numbers = 0
    private let isExperiment: Bool

    /// Computes every number of a trial or an experiment anew.
    ///
    /// - Throws: What reading the evidence throws.
    init(of folder: String) async throws {
        isExperiment = FileManager.default.fileExists(atPath: folder + "/experiment.json")
        guard isExperiment else {
            guard FileManager.default.fileExists(atPath: folder + "/trial.json") else {
                throw ReportError.neither(path: folder)
            }
            try await checkTrial(folder)
            return
        }
        try await checkExperiment(folder)
        if numbers == 0, faults.isEmpty {
            faults.append("\(folder): none of its trials keeps numbers; there is nothing to verify")
        }
    }

    private mutating func checkTrial(_ folder: String) async throws {
        let name = URL(filePath: folder).lastPathComponent
        let record: JSON
        do {
            record = try JSON(file: folder + "/trial.json")
        } catch {
            faults.append("\(name): \(error)")
            return
        }
        let check = await TrialCheck(of: folder, record)
        faults += check.faults.map { "\(name): \($0)" }
        let file = folder + "/summary.json"
        if check.scenario != nil, !FileManager.default.fileExists(atPath: file) {
            return say(check, of: name, isValid: record["valid"] == .bool(true))
        }
        guard FileManager.default.fileExists(atPath: file) else {
            let text = "\(name): keeps no numbers: summary.json is missing"
            // a trial that failed has none, and says itself that it is invalid
            if isExperiment, record["valid"] == .bool(false) {
                lines.append(text)
            } else {
                faults.append("\(text), so that there is nothing to verify")
            }
            return
        }
        let kept: JSON
        let window: Window
        let summary: Summary
        do {
            kept = try JSON(file: file)
            window = try Window.kept(in: folder) ?? Window()
        } catch {
            faults.append("\(name): \(error)")
            return
        }
        do {
            summary = try await Summary(of: [folder], in: window, invalidToo: true)
        } catch {
            faults.append("\(name): its numbers cannot be computed: \(error)")
            return
        }
        // as text and back, so that both have gone the same way
        let anew = try JSON(parsing: summary.json)
        let before = (numbers, faults.count)
        if (kept["tags"]?.members ?? []).isEmpty {
            faults.append("\(name): summary.json keeps no numbers; there is nothing to verify")
        }
        compare(kept["tags"] ?? .null, anew["tags"] ?? .null, at: name)
        let logs = summary.files.count == 1 ? "1 log" : "\(summary.files.count) logs"
        let wrong = faults.count - before.1
        let others = check.faults.isEmpty ? "" : "; the evidence is damaged or does not agree"
        lines.append(
            "\(name): \((numbers - before.0).of("number")) from \(logs), "
                + Self.agreement(wrong) + others
        )
        numbers += check.figures
    }

    /// Says what was found of a scenario's trial, whose `trial.json` alone keeps numbers.
    private mutating func say(_ check: TrialCheck, of name: String, isValid: Bool) {
        numbers += check.figures
        let damage = check.damage.isEmpty ? "" : "; the evidence is damaged"
        guard isValid else {
            lines.append("\(name): says itself that it is invalid\(damage)")
            return
        }
        lines.append(
            "\(name): \(check.figures.of("number")) from its log of measures and of events, "
                + Self.agreement(check.contradictions.count) + damage
        )
    }

    /// `all agree`, `1 does not agree` or `2 do not agree`.
    static func agreement(_ wrong: Int) -> String {
        wrong == 0 ? "all agree" : "\(wrong.withCommas) \(wrong == 1 ? "does" : "do") not agree"
    }

    private mutating func compare(_ kept: JSON, _ anew: JSON, at place: String) {
        guard case .object(let a) = kept, case .object(let b) = anew else {
            numbers += 1
            guard kept != anew else { return }
            faults.append("\(place): kept \(kept.shortText), the logs say \(anew.shortText)")
            return
        }
        // A file may have very many members, and `kept[name]` goes over them.
        let (old, new) = (Self.byName(a), Self.byName(b))
        for name in Set(old.keys).union(new.keys).sorted() {
            compare(old[name] ?? .null, new[name] ?? .null, at: "\(place) \(name)")
        }
    }

    /// The members by name; of several the last, as everywhere.
    static func byName(_ members: [JSON.Member]) -> [String: JSON] {
        Dictionary(members.map { ($0.name, $0.value) }) { $1 }
    }

    private mutating func checkExperiment(_ folder: String) async throws {
        let experiment = try ExperimentView(at: folder)
        let file = experiment.file
        let window = Window(from: .seconds(file.load.warmUp), to: .seconds(file.load.seconds))
        for part in experiment.parts {
            guard let trial = part.folder else {
                if part.entry.trial != nil {
                    faults.append("\(part.name): its trial's folder is missing")
                }
                continue
            }
            try await checkTrial(trial)
            guard !part.entry.values.isEmpty else { continue }
            let summary: Summary
            do {
                summary = try await Summary(of: [trial], in: window, invalidToo: true)
            } catch {
                // said of the trial already
                continue
            }
            for (metric, value) in zip(file.metrics, part.entry.values) {
                numbers += 1
                let anew = summary.figure(metric.figure.key, of: metric.tag)
                if anew != value {
                    let text = anew.map { "\($0)" } ?? "none"
                    faults.append("\(part.name), \(metric): kept \(value), the logs say \(text)")
                }
            }
        }
        lines.append("\(experiment.judgement)")
    }
}
