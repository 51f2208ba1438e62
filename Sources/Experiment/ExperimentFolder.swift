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
    ///   - now: The time.
    ///   - parent: Where experiments are kept.
    /// - Throws: If the folder cannot be made.
    public init(
        deployment: (name: String, id: String),
        name: String,
        text: String,
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
        record = ExperimentRecord(file: text, deployment: deployment.id)
        try record.write(to: file)
    }

    /// Goes on with an experiment.
    ///
    /// - Parameters:
    ///   - path: The experiment's folder.
    ///   - deployment: The random id of the deployment, which must be the same.
    ///   - text: The text of the experiment's file, which must be the same.
    /// - Throws: ``ExperimentResumeError`` if it is another experiment.
    public init(resuming path: String, deployment: String, text: String) throws {
        self.path = path
        let record = try ExperimentRecord(at: path + "/experiment.json")
        guard record.file == text else { throw ExperimentResumeError.otherFile(path: path) }
        guard record.deployment == deployment else {
            throw ExperimentResumeError.otherDeployment(path: path)
        }
        self.record = record
    }

    /// Adds a trial, on disk before it returns.
    public mutating func add(_ entry: ExperimentRecord.Entry) throws {
        record.entries.append(entry)
        try record.write(to: file)
    }
}

/// Why an experiment cannot be gone on with.
public enum ExperimentResumeError: Error, Hashable, CustomStringConvertible {
    /// The file has changed since.
    case otherFile(path: String)
    /// The machines are others.
    case otherDeployment(path: String)

    /// The place, what is wrong, and the remedy.
    public var description: String {
        switch self {
        case .otherFile(let path):
            "\(path): was begun with another content of the experiment's file; "
                + "undo the change, or begin anew without --resume"
        case .otherDeployment(let path):
            "\(path): was begun on other machines; begin anew without --resume"
        }
    }
}
