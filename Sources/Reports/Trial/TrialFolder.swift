internal import Bench
private import Foundation
internal import Histogram
internal import JSON
internal import Posix

/// A trial as its folder tells it: the record, and the figures of its logs.
struct TrialFolder: Sendable {
    /// The folder's path.
    let path: String
    /// What `trial.json` says.
    let record: JSON
    /// The figures, by the code of `bench summary`; `nil` if there are none.
    let summary: Summary?
    /// Why there are no figures; `nil` if there are.
    let fault: String?
    /// Each loader's part of them, in the order of the logs.
    let loaders: [LogSum]
    let window: Window
    /// Settings, versions and limits.
    let facts: TrialFacts
    /// Every remote command, in the order of their ends.
    let commands: [CommandLine]
    /// How many lines of `commands.jsonl` are none, and were left out.
    let damagedCommands: Int
    /// What in the evidence is damaged or speaks against the verdict that the trial keeps.
    let check: TrialCheck

    /// Reads a trial; one that is invalid or whose logs are damaged is read as far as that goes.
    ///
    /// - Throws: ``ReportError`` if the folder holds no trial, `SummaryError` for a record that is no
    ///   JSON.
    init(at path: String) async throws {
        guard FileManager.default.fileExists(atPath: path + "/trial.json") else {
            throw ReportError.neither(path: path)
        }
        self.path = path
        record = try JSON(file: path + "/trial.json")
        window = try Window.kept(in: path) ?? Window()
        let window = window
        var sums: [LogSum] = []
        do {
            let logs = try LogFiles(at: path, invalidToo: true).logs
            sums = try await withThrowingTaskGroup { group in
                for (index, log) in logs.enumerated() {
                    group.addTask { (index, try LogSum(of: log, in: window)) }
                }
                let all = try await group.reduce(into: [(Int, LogSum)]()) { $0.append($1) }
                return all.sorted { $0.0 < $1.0 }.map(\.1)
            }
            summary = try Summary(adding: sums, in: window, invalidToo: true)
            fault = nil
        } catch {
            sums = []
            summary = nil
            fault = "\(error)"
        }
        loaders = sums
        do {
            facts = try TrialFacts(of: path, logs: summary?.files ?? [])
        } catch {
            // a damaged result, which the check below names
            facts = try TrialFacts(of: path, logs: [])
        }
        (commands, damagedCommands) = CommandLine.all(in: path + "/commands.jsonl")
        check = await TrialCheck(of: path, record)
    }

    /// The scenario whose program left this; `nil` for the trial of a deployment.
    var scenario: String? { record["scenario"]?.shortText }

    /// The verdict that the trial keeps, as one word.
    var keptVerdict: String {
        record["validity"]?.shortText ?? (record["valid"] == .bool(true) ? "valid" : "invalid")
    }

    /// Why the verdict that the trial keeps does not stand; empty if it does, or says so itself.
    var doubts: [String] {
        guard keptVerdict != "invalid" else { return [] }
        var said: Set<String> = []
        return (check.faults + (fault.map { [$0] } ?? [])).filter { said.insert($0).inserted }
    }

    /// The verdict that the evidence allows.
    var verdict: String { doubts.isEmpty ? keptVerdict : "invalid" }

    /// When the load began, in seconds since 1970; `nil` if no log says so.
    var start: Double? { loaders.compactMap(\.startTime).min()?.seconds }

    /// The name of the folder.
    var name: String { URL(filePath: path).lastPathComponent }

    /// A loader's name: that of its log's folder, such as `client-0`; with the stress where there are
    /// several.
    func loaderName(_ loader: LogSum) -> String {
        let parts = loader.file.split(separator: "/").dropLast().suffix(2).map(String.init)
        let stresses = Set(loaders.map { $0.file.split(separator: "/").dropLast(2).last })
        return stresses.count > 1 ? parts.joined(separator: " ") : parts.last ?? loader.file
    }

    /// Every file of the trial but the page itself, by its path from the folder, with its size.
    var files: [(path: String, bytes: Int)] { EvidenceFiles(in: path).files }
}

/// One remote command of a trial, as `commands.jsonl` keeps it.
struct CommandLine: Sendable, Hashable {
    let node: String
    let command: String
    /// RFC 3339.
    let start: String
    let seconds: Double
    /// The exit status, or why there is none.
    let status: String

    /// Reads all, and counts the lines that are none, such as the last one that a kill cut off.
    static func all(in path: String) -> (commands: [CommandLine], damaged: Int) {
        // a pipe of this name would never end; what cannot be read holds no command
        guard let data = try? RegularFile.bytes(of: path, limit: 256 << 20), !data.isEmpty else {
            return ([], FileManager.default.fileExists(atPath: path) ? countOfUnread(path) : 0)
        }
        let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
        let commands = lines.compactMap { line -> CommandLine? in
            // what is wrong with a damaged line helps nobody; that there is one is said
            guard let json = try? JSON(parsing: String(line)), json["command"] != nil else {
                return nil
            }
            return CommandLine(
                node: json["node"]?.shortText ?? "",
                command: text(json["command"]),
                start: json["start"]?.shortText ?? "",
                seconds: json["duration_seconds"]?.double ?? 0,
                status: text(json["status"])
            )
        }
        return (commands, lines.count - commands.count)
    }

    /// An empty file has no line; what is no file, or cannot be read, counts as one damaged line.
    private static func countOfUnread(_ path: String) -> Int {
        // What cannot even be looked at counts as well.
        guard let its = try? FileManager.default.attributesOfItem(atPath: path) else { return 1 }
        let isEmpty = its[.type] as? FileAttributeType == .typeRegular && its[.size] as? Int == 0
        return isEmpty ? 0 : 1
    }

    private static func text(_ value: JSON?) -> String {
        if case .string(let text) = value { text } else { value?.shortText ?? "" }
    }
}
