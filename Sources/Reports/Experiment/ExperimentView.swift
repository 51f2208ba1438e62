internal import Bench
internal import Experiment
private import Foundation
internal import JSON
internal import Statistics
internal import Usage

/// An experiment as its folder tells it, with its trials.
struct ExperimentView: Sendable {
    /// A trial of the experiment, and what its folder holds.
    struct Part: Sendable {
        let entry: ExperimentRecord.Entry
        /// Such as `pair 3, every-second`.
        let name: String
        let variant: String
        /// Where its folder is; `nil` if it is gone, or there never was one.
        let folder: String?
    }

    /// The folder's path.
    let path: String
    let rules: ExperimentRules
    let record: ExperimentRecord
    let judgement: Judgement
    let parts: [Part]

    var file: ExperimentFile { rules.file }

    /// Reads an experiment and judges it by the code of the experiment itself.
    ///
    /// - Throws: What ``ExperimentRecord`` throws, and `ExperimentFault` for a file that is none.
    init(at path: String) throws {
        self.path = path
        let record = try ExperimentRecord(at: path + "/experiment.json")
        let rules = ExperimentRules(
            try ExperimentFile.parse(Array(record.file.utf8), file: "\(path)/experiment.json")
        )
        self.record = record
        self.rules = rules
        judgement = rules.judge(record)
        parts = record.entries.map { entry in
            let isA = entry.side == .a || entry.isRehearsal
            let variant = isA ? rules.file.a.name : rules.file.b.name
            return Part(
                entry: entry,
                name: "\(entry.isRehearsal ? "rehearsal" : "pair") \(entry.pair + 1), \(variant)",
                variant: variant,
                folder: entry.trial.flatMap { Self.find($0, from: path) }
            )
        }
    }

    /// Where a trial's folder is: as the record names it, from the folder in which the experiment was run,
    /// three above its own.
    ///
    /// The record may be somebody else's: it leads nowhere else, neither up nor to what lies here by chance.
    private static func find(_ trial: String, from experiment: String) -> String? {
        let parts = trial.split(separator: "/", omittingEmptySubsequences: false)
        guard !parts.contains(where: { ["", ".", ".."].contains($0) }) else { return nil }
        let root = URL(filePath: experiment).standardizedFileURL.deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent()
        let place = root.appending(path: trial).path
        return FileManager.default.fileExists(atPath: place + "/trial.json") ? place : nil
    }

    /// The two variants, the base first.
    var variants: [String] { [file.a.name, file.b.name] }

    /// The verdict of each metric, as the experiment itself prints it.
    var verdict: String {
        let (kind, word) =
            switch judgement.exitStatus {
            case 0: ("good", "NO REGRESSION")
            case 3: ("bad", "REGRESSION")
            case 4: ("warn", "UNDECIDED")
            default: ("bad", "FAILED")
            }
        let pairs = judgement.differences.first?.count ?? 0
        let heading = "\(file.b.name) against \(file.a.name), \(pairs.of("pair"))"
        let sentences = judgement.sentences.map { "\($0.metric)  \($0.text)" }
        let failure = judgement.failure.map { "<p>\(HTML.text($0))</p>" } ?? ""
        let none = sentences.isEmpty ? "<p>no pair is whole yet: nothing can be said</p>" : ""
        return """
            <div class="verdict \(kind)" id="verdict"><p class="word">\(word)</p>
            <p>\(HTML.text(heading))</p>\(none)\(HTML.list(sentences))\(failure)</div>
            """
    }

    /// What was asked, and what the rehearsal said.
    var question: String {
        let load = file.load
        var rows = [
            ["base (A)", file.a.name], ["compared (B)", file.b.name],
            ["metrics", file.metrics.map { "\($0)" }.joined(separator: ", ")],
            ["smallest effect worth knowing", "\(decimals(100 * file.effect, 1)) %"],
            [
                "load of each trial",
                "\(rateText(load.rate)) requests/s for \(load.seconds) s, the first \(load.warmUp) s "
                    + "left out, \(decimals(100 * load.writeFraction, 1)) % writes",
            ],
            ["dataset", file.dataset], ["pairs", "\(file.least) to \(file.most)"],
            ["seed of the order", "\(file.seed)"],
        ]
        for variant in [file.a, file.b] {
            let settings = variant.settings.sorted { $0.key < $1.key }
                .map { "\($0.key) \($0.value.isEmpty ? "(removed)" : $0.value)" }
            let build = variant.build.map { ["build \($0)"] } ?? []
            let files = variant.files.sorted { $0.key < $1.key }.map { "\($0.key) is \($0.value)" }
            rows.append([
                variant.name,
                (settings + build + files + variant.commands.map { "$ \($0)" })
                    .joined(separator: "; "),
            ])
        }
        let rehearsal = judgement.rehearsal.first?.count ?? 0
        return HTML.table("", head: ["what", "value"], rows)
            + (rehearsal > 1 ? "<pre>\(HTML.text(judgement.rehearsalText))</pre>" : "")
            + HTML.folded("the experiment's file", "<pre>\(HTML.text(record.file))</pre>")
    }

    /// Every trial in the order in which they ran, also those that do not count.
    func trials(_ headlines: [String?], from page: String) -> String {
        let metrics = file.metrics.map { "\($0)" }
        let rows = zip(parts, headlines).enumerated().map { index, row in
            let (part, validity) = row
            let figures = file.metrics.indices.map { metric -> String in
                guard metric < part.entry.values.count else { return "–" }
                let value = part.entry.values[metric]
                return file.metrics[metric].figure == .throughput
                    ? rateText(value) + "/s" : LatencyUnit.milliseconds.text(value) + " ms"
            }
            let name =
                part.folder == nil
                ? HTML.text(part.name)
                : "<a href=\"#trial-\(index + 1)\">\(HTML.text(part.name))</a>"
            let state =
                part.entry.reasons.isEmpty
                ? validity ?? "its folder is gone"
                : "does not count: \(part.entry.reasons.joined(separator: "; "))"
            let cells = (figures + [state]).map { "<td>\(HTML.text($0))</td>" }.joined()
            return "<tr><th scope=\"row\">\(name)</th>\(cells)</tr>"
        }
        let heads = (["trial"] + metrics + ["validity"]).map {
            "<th scope=\"col\">\(HTML.text($0))</th>"
        }
        let way = Report.way(to: path + "/experiment.json", from: page)
        return """
            <div class="scroll" tabindex="0" role="group" aria-label="trials"><table>
            <caption>in the order in which they ran; \(HTML.link(to: way, "experiment.json")) holds every digit</caption>
            <thead><tr>\(heads.joined())</tr></thead><tbody>\(rows.joined(separator: "\n"))</tbody></table></div>
            """
    }
}
