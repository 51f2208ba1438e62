internal import Bench
internal import Experiment
private import Foundation
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
        let variant: String
        let rate: String
        let p99: String
        /// Whether a trial is valid, or an experiment's verdict.
        let validity: String

        var cells: [String] { [label, variant, rate, p99, validity, path] }

        var json: JSON {
            .object(
                zip(Listing.titles, cells).map { JSON.Member(name: $0, value: .string($1)) }
            )
        }
    }

    static let titles = ["label", "variant", "rate", "p99", "validity", "path"]
    /// Experiments and trials lie two levels below their folders.
    private static let levels = 3

    /// In the order in which they began.
    let items: [Item]
    /// What could not be read, and why.
    let notes: [String]

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
            guard let variant = variants[parts] else { return item }
            return Item(
                path: item.path,
                began: item.began,
                label: item.label,
                variant: variant,
                rate: item.rate,
                p99: item.p99,
                validity: item.validity
            )
        }.sorted { ($0.began, $0.path) < ($1.began, $1.path) }
    }

    private static func trial(
        _ folder: String
    ) throws -> (item: Item, variants: [String: String]) {
        let record = try JSON(file: folder + "/trial.json")
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
