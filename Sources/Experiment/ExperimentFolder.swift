public import Foundation

/// Where an experiment keeps its record, `experiments/DEPLOYMENT/TIME-FILE/`.
public struct ExperimentFolder: Sendable {
    /// The folder's path.
    public let path: String
    /// What was measured so far; kept on disk by ``add(_:)``.
    public private(set) var record: ExperimentRecord

    private var file: String { path + "/experiment.json" }

    /// Begins an experiment.
    ///
    /// - Parameters:
    ///   - deployment: The deployment's name and random id.
    ///   - name: The name of the experiment's file.
    ///   - text: Its whole text.
    ///   - conditions: What the trials depend on beside the load, by name.
    ///   - now: The time.
    ///   - parent: Where experiments are kept.
    /// - Throws: If the folder cannot be made.
    public init(
        deployment: (name: String, id: String),
        name: String,
        text: String,
        conditions: [String: String],
        now: Date,
        in parent: String = "experiments"
    )
        throws
    {
        // Colons are trouble in file names; the rest is RFC 3339.
        let time = now.formatted(.iso8601).replacing(":", with: "-")
        let stem = URL(filePath: name).deletingPathExtension().lastPathComponent
        path = "\(parent)/\(deployment.name)/\(time)-\(stem)"
        try FileManager.default.createDirectory(
            atPath: path,
            withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700]
        )
        record = ExperimentRecord(file: text, deployment: deployment.id, conditions: conditions)
        try record.write(to: file)
    }

    /// Goes on with an experiment; a trial that was under way when it ended becomes one that does not
    /// count.
    ///
    /// - Parameters:
    ///   - path: The experiment's folder.
    ///   - deployment: The random id of the deployment, which must be the same.
    ///   - text: The text of the experiment's file, which must be the same.
    ///   - conditions: What the trials depend on beside the load, by name; must be the same.
    /// - Throws: ``ExperimentResumeError`` if it is another experiment, or what it measures is.
    public init(
        resuming path: String,
        deployment: String,
        text: String,
        conditions: [String: String]
    ) throws {
        self.path = path
        let record = try ExperimentRecord(at: path + "/experiment.json")
        guard record.file == text else { throw ExperimentResumeError.otherFile(path: path) }
        guard record.deployment == deployment else {
            throw ExperimentResumeError.otherDeployment(path: path)
        }
        let changes = record.changes(to: conditions)
        guard changes.isEmpty else {
            throw ExperimentResumeError.changed(path: path, changes: changes)
        }
        self.record = record
        if self.record.closeUnderWay() { try self.record.write(to: file) }
    }

    /// Adds the trial that was under way, on disk before it returns.
    public mutating func add(_ entry: ExperimentRecord.Entry) throws {
        record.entries.append(entry)
        record.underWay = nil
        try record.write(to: file)
    }

    /// Notes that a trial runs, on disk before it returns.
    ///
    /// - Parameter entry: Its place and directory; it has no values yet.
    /// - Throws: If it cannot be written.
    public mutating func note(underWay entry: ExperimentRecord.Entry) throws {
        var entry = entry
        entry.values = []
        entry.reasons = ["it was cut short: the experiment ended in the midst of it"]
        record.underWay = entry
        try record.write(to: file)
    }

    /// Notes whose commands are to run, or with `nil` that they are undone; on disk before it returns.
    public mutating func note(open side: Schedule.Side?) throws {
        record.open = side
        try record.write(to: file)
    }
}

/// Why an experiment cannot be gone on with.
public enum ExperimentResumeError: Error, Hashable, CustomStringConvertible {
    /// The file has changed since.
    case otherFile(path: String)
    /// Another question is asked, in words.
    case otherQuestion(path: String, differences: [String])
    /// The machines are others.
    case otherDeployment(path: String)
    /// What the trials depend on has changed since, each in words.
    case changed(path: String, changes: [String])

    /// The place, what is wrong, and the remedy.
    public var description: String {
        switch self {
        case .otherFile(let path):
            "\(path): was begun with another content of the experiment's file; "
                + "undo the change, or begin anew without --resume"
        case .otherQuestion(let path, let differences):
            "\(path): was begun with another question; ask as then, or begin anew without --resume"
                + differences.map { "\n  " + $0 }.joined()
        case .otherDeployment(let path):
            "\(path): was begun on other machines; begin anew without --resume"
        case .changed(let path, let changes):
            "\(path): what it measures has changed since; "
                + "undo that, or begin anew without --resume"
                + changes.map { "\n  " + $0 }.joined()
        }
    }
}
