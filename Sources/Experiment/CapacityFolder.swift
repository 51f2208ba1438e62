public import Foundation

/// Where a search for a capacity keeps its record, `capacity/DEPLOYMENT/TIME/`.
public struct CapacityFolder: Sendable {
    /// The folder's path.
    public let path: String
    /// What was measured so far; kept on disk.
    public private(set) var record: CapacityRecord

    /// The record's name in the folder.
    public static let file = "capacity.json"

    /// Begins a search.
    ///
    /// - Parameters:
    ///   - question: What is looked for.
    ///   - deployment: The deployment's name and random id.
    ///   - conditions: What the trials depend on beside the load, by name.
    ///   - now: The time.
    ///   - parent: Where searches are kept.
    /// - Throws: If the folder cannot be made.
    public init(
        _ question: CapacityRecord.Question,
        deployment: (name: String, id: String),
        conditions: [String: String],
        now: Date,
        in parent: String = "capacity"
    ) throws {
        // Colons are trouble in file names; the rest is RFC 3339.
        let time = now.formatted(.iso8601).replacing(":", with: "-")
        path = "\(parent)/\(deployment.name)/\(time)"
        try FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        record = CapacityRecord(
            question: question,
            deployment: deployment.id,
            conditions: conditions
        )
        try write()
    }

    /// Goes on with a search; a trial that was under way when it ended becomes one that does not count.
    ///
    /// - Parameters:
    ///   - path: The search's folder.
    ///   - question: What is looked for, which must be the same.
    ///   - deployment: The random id of the deployment, which must be the same.
    ///   - conditions: What the trials depend on beside the load; must be the same.
    /// - Throws: ``ExperimentResumeError`` if it is another search, or what it measures is.
    public init(
        resuming path: String,
        _ question: CapacityRecord.Question,
        deployment: String,
        conditions: [String: String]
    ) throws {
        self.path = path
        record = try CapacityRecord(at: "\(path)/\(Self.file)")
        let differences = question.differences(from: record.question)
        guard differences.isEmpty else {
            throw ExperimentResumeError.otherQuestion(path: path, differences: differences)
        }
        guard record.deployment == deployment else {
            throw ExperimentResumeError.otherDeployment(path: path)
        }
        let changes = ExperimentRecord.changes(from: record.conditions, to: conditions)
        guard changes.isEmpty else {
            throw ExperimentResumeError.changed(path: path, changes: changes)
        }
        if record.closeUnderWay() { try write() }
    }

    /// Notes that a trial runs, on disk before it returns.
    public mutating func note(underWay entry: CapacityRecord.Entry) throws {
        var entry = entry
        entry.reasons = ["it was cut short: the search ended in the midst of it"]
        record.underWay = entry
        try write()
    }

    /// Adds the trial that was under way, on disk before it returns.
    public mutating func add(_ entry: CapacityRecord.Entry) throws {
        record.entries.append(entry)
        record.underWay = nil
        try write()
    }

    /// The record first: the curve follows from it.
    private func write() throws {
        try record.write(to: "\(path)/\(Self.file)")
        try Data(record.csv.utf8).write(to: URL(filePath: "\(path)/curve.csv"), options: .atomic)
    }
}
