internal import Bench
internal import Experiment
private import Foundation
internal import Histogram
internal import JSON
internal import Usage

/// The trials and experiments in some folders, as they say of themselves.
struct Listing: Sendable {
    /// A trial or an experiment.
    struct Item: Sendable, Hashable {
        let path: String
        /// When it began, as its folder's name says.
        let began: String
        let label: String
        var variant: String
        let rate: String
        let p99: String
        /// Whether a trial is valid, or an experiment's verdict.
        let validity: String
        /// Whether all its numbers follow from its raw logs; `nil` where nobody looked.
        var evidence: String?

        var cells: [String] {
            [label, variant, rate, p99, validity] + [evidence].compactMap { $0 } + [path]
        }

        var json: JSON {
            .object(
                zip(Listing.titles(checked: evidence != nil), cells).map {
                    JSON.Member(name: $0, value: .string($1))
                }
            )
        }
    }

    /// The names of ``Item/cells``.
    static func titles(checked: Bool) -> [String] {
        ["label", "variant", "rate", "p99", "validity"] + (checked ? ["evidence"] : []) + ["path"]
    }

    /// Experiments and trials lie two levels below their folders.
    private static let levels = 3

    /// In the order in which they began.
    private(set) var items: [Item]
    /// What could not be read, and why; and what is wrong with the evidence, if that was looked at.
    private(set) var notes: [String]

    /// Looks through folders.
    init(of folders: [String]) {
        var items: [Item] = []
        var notes: [String] = []
        var variants: [String: String] = [:]
        func look(_ folder: String, _ level: Int) {
            for (name, read) in [("experiment.json", Self.experiment), ("trial.json", Self.trial)]
            where FileManager.default.fileExists(atPath: "\(folder)/\(name)") {
                do {
                    let found = try read(folder)
                    items.append(found.item)
                    variants.merge(found.variants) { first, _ in first }
                } catch {
                    notes.append("\(error)")
                }
                return
            }
            guard level > 0 else { return }
            // a folder that cannot be looked through holds nothing of ours
            let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
            for name in names.sorted() where !name.hasPrefix(".") {
                look("\(folder)/\(name)", level - 1)
            }
        }
        for folder in folders {
            look(
                folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder,
                Self.levels
            )
        }
        self.notes = notes
        self.items = items.map { item in
            let parts = item.path.split(separator: "/").suffix(2).joined(separator: "/")
            var item = item
            item.variant = variants[parts] ?? item.variant
            return item
        }.sorted { ($0.began, $0.path) < ($1.began, $1.path) }
    }

    /// Looks for each trial and experiment whether its evidence is whole, as `bench verify` does.
    mutating func check() async {
        let names = items.map { URL(filePath: $0.path).lastPathComponent }
        for index in items.indices {
            let path = items[index].path
            let faults: [String]
            do {
                faults = try await Verification(of: path).faults
            } catch {
                faults = ["\(error)"]
            }
            items[index].evidence = faults.isEmpty ? "whole" : faults.count.of("fault")
            for fault in faults {
                // a fault begins with the name of its trial, which is said once, and where that is listed
                let owner = names.first { name in
                    fault.hasPrefix(name) && ": ".contains(fault.dropFirst(name.count).first ?? "-")
                }
                guard owner == nil || owner == names[index] else { continue }
                let text = fault.dropFirst(owner?.count ?? 0).drop { ": ".contains($0) }
                notes.append("\(path): \(text)")
            }
        }
    }

    private static func trial(
        _ folder: String
    ) throws -> (item: Item, variants: [String: String]) {
        let record = try JSON(file: folder + "/trial.json")
        if let scenario = record["scenario"] {
            return (Self.scenario(scenario.shortText, folder, record), [:])
        }
        let rates = (record["load"]?.members ?? []).compactMap {
            $0.value["operations_per_second"]?.double.map(rateText)
        }
        var p99: [String] = []
        if FileManager.default.fileExists(atPath: folder + "/summary.json") {
            for tag in try JSON(file: folder + "/summary.json")["tags"]?.members ?? []
            where tag.name.hasSuffix("-rt") {
                guard let value = tag.value["p99_ns"]?.double else { continue }
                let unit = LatencyUnit.milliseconds
                p99.append("\(tag.name.dropLast(3)) \(unit.text(value)) ms")
            }
        }
        let isOver = record["ended"].map { $0 != .null } ?? false
        return (
            Item(
                path: folder,
                began: record["started"]?.shortText ?? "",
                label: record["label"]?.shortText ?? "–",
                variant: "",
                rate: rates.isEmpty ? "–" : rates.joined(separator: ", "),
                p99: p99.isEmpty ? "–" : p99.joined(separator: ", "),
                validity: isOver ? record["validity"]?.shortText ?? "–" : "runs, or was killed"
            ), [:]
        )
    }

    /// A scenario keeps no summary: rate and p99 come from its log, and are not said if that is damaged.
    private static func scenario(_ name: String, _ folder: String, _ record: JSON) -> Item {
        let summary = (try? LogFiles(at: folder, invalidToo: true).logs).flatMap { logs in
            try? Summary(
                adding: logs.map { try LogSum(of: $0, in: Window()) },
                in: Window(),
                invalidToo: true
            )
        }
        let timed = summary?.tags.filter { $0.tag.hasSuffix("-rt") } ?? []
        let tags = timed.isEmpty ? summary?.tags.filter { $0.tag.hasSuffix("-st") } ?? [] : timed
        let p99 = tags.map { tag in
            let value = Double(tag.histogram.value(atPercentile: 99))
            return "\(tag.tag.dropLast(3)) \(LatencyUnit.milliseconds.text(value)) ms"
        }
        let start = record["start_ns"]?.double.map { Date(timeIntervalSince1970: $0 / 1e9) }
        return Item(
            path: folder,
            began: start?.formatted(.iso8601) ?? "",
            label: name,
            variant: "",
            rate: tags.isEmpty ? "–" : tags.map { rateText($0.throughput) }.joined(separator: ", "),
            p99: p99.isEmpty ? "–" : p99.joined(separator: ", "),
            validity: record["valid"] == .bool(true) ? "valid" : "invalid"
        )
    }

    private static func experiment(
        _ folder: String
    ) throws -> (item: Item, variants: [String: String]) {
        let experiment = try ExperimentView(at: folder)
        var variants: [String: String] = [:]
        for part in experiment.parts {
            guard let trial = part.entry.trial else { continue }
            variants[trial.split(separator: "/").suffix(2).joined(separator: "/")] = part.name
        }
        let name = URL(filePath: folder).lastPathComponent
        let verdicts = experiment.judgement.sentences.map { "\($0.metric) \($0.text)" }
        // the folder's name begins with the time, whose colons are dashes
        let time = name.prefix(20)
        let began =
            time.count == 20 && time.hasSuffix("Z")
            ? time.prefix(11) + time.dropFirst(11).replacing("-", with: ":") : time
        return (
            Item(
                path: folder,
                began: String(began),
                label: "experiment",
                variant: experiment.variants.joined(separator: ", "),
                rate: rateText(experiment.file.load.rate),
                p99: "–",
                validity: verdicts.isEmpty ? "no pair is whole" : verdicts.joined(separator: "; ")
            ), variants
        )
    }
}
