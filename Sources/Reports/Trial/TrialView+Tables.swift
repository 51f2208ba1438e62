internal import Bench
private import Foundation
internal import Histogram
internal import JSON
internal import Usage

extension TrialView {
    /// Each loader's share of the figures, and what it says of itself.
    var loaderTable: String {
        guard let summary = trial.summary else { return "" }
        let unit = LatencyUnit(largest: summary.tags.map(\.histogram.max).max() ?? 0)
        let rows = trial.loaders.flatMap { loader -> [[String]] in
            let name = trial.loaderName(loader)
            let result = result(beside: loader.file)
            let tags = loader.histograms.keys.sorted().filter { $0.hasSuffix("-rt") }
            return tags.compactMap { tag in
                guard let histogram = loader.histograms[tag] else { return nil }
                // what is of the whole load stands once, or it would be added up by the eye
                let ofAll =
                    tag == tags.first
                    ? [
                        result?["late"]?.wholeNumber.map(\.grouped) ?? "–",
                        milliseconds(result?["latest"]), percent(result?["busiestLoop"]),
                    ] : ["", "", ""]
                let rate = Double(histogram.count) / loader.span.length.seconds
                return [
                    "\(name) \(tag)", histogram.count.grouped, rateText(rate),
                    unit.text(Double(histogram.value(atPercentile: 50))),
                    unit.text(Double(histogram.value(atPercentile: 99))),
                    unit.text(Double(histogram.max)),
                ] + ofAll
            }
        }
        guard !rows.isEmpty else { return "" }
        return HTML.table(
            "loaders, latencies in \(unit.rawValue); late: requests of the whole load, of all its tags, "
                + "that the loader itself took up more than 1 ms late, and the latest of them in ms; "
                + "once for each loader",
            head: [
                "loader", "count", summary.rateTitle, "median", "p99", "max", "late", "latest",
                "busiest loop",
            ],
            rows,
            numbers: true
        )
    }

    private func result(beside log: String) -> JSON? {
        let folder = log.lastIndex(of: "/").map { String(log[..<$0]) } ?? "."
        // a load that was killed leaves none
        return try? JSON(file: folder + "/result.json")
    }

    private func milliseconds(_ value: JSON?) -> String {
        value?.double.map { decimals($0 / 1e6, 2) } ?? "–"
    }

    private func percent(_ value: JSON?) -> String {
        value?.double.map { decimals(100 * $0, 1) + " %" } ?? "–"
    }

    /// What the servers said before and after each stress.
    var serverTable: String {
        let rows = (trial.record["stresses"]?.elements ?? []).flatMap { stress -> [[String]] in
            let before = stress["before"]?["nodes"]?.members ?? []
            return before.map { member in
                let (node, was) = (member.name, member.value)
                let now = stress["after"]?["nodes"]?[node]
                let changed = stress["changed"]?[node]?.strings ?? []
                return [
                    node, stress["before"]?["versions"]?[node]?.shortText ?? "–", process(was, now),
                    stolen(was, now), changed.isEmpty ? "none" : changed.joined(separator: ", "),
                ]
            }
        }
        guard !rows.isEmpty else { return "" }
        return HTML.table(
            "nodes, from just before the load to just after it",
            head: ["node", "database", "its process", "stolen time", "settings changed"],
            rows
        )
    }

    private func process(_ was: JSON, _ now: JSON?) -> String {
        guard let first = was["process"]?["invocation"]?.shortText else { return "–" }
        guard let last = now?["process"]?["invocation"]?.shortText else {
            return "not seen afterwards"
        }
        return first == last ? "the same" : "was started anew"
    }

    private func stolen(_ was: JSON, _ now: JSON?) -> String {
        guard let ticks = difference("ticks", was, now), ticks > 0,
            let stolen = difference("stolen_ticks", was, now)
        else { return "–" }
        return decimals(100 * stolen / ticks, 2) + " %"
    }

    private func difference(_ name: String, _ was: JSON, _ now: JSON?) -> Double? {
        guard let a = was[name]?.double, let b = now?[name]?.double else { return nil }
        return b - a
    }

    /// The settings in force, and what differs from the trial before.
    var settings: String {
        var html = ""
        if let before = previous {
            let differences = Difference.between(before.facts.system, trial.facts.system)
            let title = "against the trial before it, \(before.name)"
            html +=
                differences.isEmpty
                ? "<p>Nothing differs \(HTML.text(title)).</p>"
                : Self.table(of: differences, title, "before", "here")
        }
        let rows = trial.facts.system.filter { $0.key.hasPrefix("settings.") }
            .sorted { $0.key < $1.key }
            .map { [String($0.key.dropFirst("settings.".count)), $0.value] }
        if !rows.isEmpty {
            html += HTML.folded(
                "\(rows.count.of("setting")) in force",
                HTML.table("", head: ["setting", "value"], rows)
            )
        }
        return html
    }

    static func table(
        of differences: [Difference],
        _ title: String,
        _ a: String,
        _ b: String
    ) -> String {
        HTML.table(
            title,
            head: ["what", a, b],
            differences.map { [$0.name, $0.a ?? "–", $0.b ?? "–"] }
        )
    }

    /// The trial of the same deployment that began before this one; `nil` if there is none.
    private var previous: (name: String, facts: TrialFacts)? {
        let url = URL(filePath: trial.path).resolvingSymlinksInPath()
        let parent = url.deletingLastPathComponent().path
        // a folder that cannot be looked through has no trial before
        let names = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
        let earlier = names.filter { $0 < url.lastPathComponent }.sorted().last {
            let file = "\(parent)/\($0)/trial.json"
            // trials of all scenarios lie side by side; one whose record is damaged is none of these
            return FileManager.default.fileExists(atPath: file)
                && (trial.scenario == nil
                    || (try? JSON(file: file))?["scenario"]?.shortText == trial.scenario)
        }
        // one whose record is damaged is not compared with
        guard let earlier, let facts = try? TrialFacts(of: "\(parent)/\(earlier)", logs: []) else {
            return nil
        }
        return (earlier, facts)
    }

    /// What each node is, and what made the trial.
    var environment: String {
        let record = trial.record
        if trial.scenario != nil { return scenarioFacts }
        let nodes = record["nodes"]?.members ?? []
        let names = Set(nodes.flatMap { $0.value.members.map(\.name) }).sorted()
        let (alike, apart) = (
            names.filter { name in Set(nodes.map { $0.value[name]?.shortText }).count == 1 },
            names.filter { name in Set(nodes.map { $0.value[name]?.shortText }).count > 1 }
        )
        var facts = alike.map { [$0, nodes.first?.value[$0]?.shortText ?? "–"] }
        for (name, title) in [
            ("git_revision", "git revision"), ("git_dirty", "changes in no revision"),
            ("deployment_id", "deployment's id"), ("dataset_keys", "keys of the dataset"),
        ] {
            if let value = record[name], value != .null { facts.append([title, value.shortText]) }
        }
        for config in record["configs"]?.members ?? [] {
            facts.append([config.name, config.value.shortText])
        }
        for load in record["load"]?.members ?? [] {
            for member in load.value.members {
                facts.append(["load \(load.name): \(member.name)", member.value.shortText])
            }
        }
        let common = facts.isEmpty ? "" : HTML.table("", head: ["what", "value"], facts)
        guard !apart.isEmpty else { return common }
        return HTML.table(
            "where the nodes differ",
            head: ["node"] + apart,
            nodes.map { node in [node.name] + apart.map { node.value[$0]?.shortText ?? "–" } }
        ) + common
    }
}
