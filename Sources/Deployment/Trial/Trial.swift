import DeploymentState
import Foundation

/// One measured run: a directory of evidence that a person can read, keep and send.
public struct Trial: Sendable {
    /// The directory's path.
    public let directory: String
    /// Whether its numbers may be used; invalid while it runs.
    public internal(set) var validity = Validity([
        Validity.broken("running", "it has not ended")
    ])
    let journal: Journal

    /// Where each stress puts its loaders' logs, in `NAME/client-N/`.
    public var stress: String { directory + "/stress" }
    /// Where the monitors' metrics go.
    public var monitoring: String { directory + "/monitoring" }

    /// Makes `FOLDER/DEPLOYMENT/TIME-LABEL/` with a `trial.json` that says it is not valid yet.
    ///
    /// All of it is private: only its owner can read it.
    ///
    /// - Throws: If the directory exists or cannot be made.
    init(_ record: TrialRecord, in folder: String, redaction: Redaction) throws {
        // Colons are trouble in file names; the rest is RFC 3339.
        let time = record.started.formatted(.iso8601).replacing(":", with: "-")
        let parent = "\(folder)/\(record.deployment)"
        let files = FileManager.default
        let mine: [FileAttributeKey: Any] = [.posixPermissions: 0o700]
        try files.createDirectory(
            atPath: parent,
            withIntermediateDirectories: true,
            attributes: mine
        )
        // Two of one label may begin within a second.
        let name = "\(parent)/\(time)-\(record.label)"
        directory =
            (1...100).lazy.map { $0 == 1 ? name : "\(name)-\($0)" }
            .first { !files.fileExists(atPath: $0) } ?? name
        try files.createDirectory(
            atPath: directory,
            withIntermediateDirectories: false,
            attributes: mine
        )
        journal = try Journal(path: directory + "/commands.jsonl", redaction: redaction)
        try write(record)
    }

    /// Goes on with a trial that another script began.
    ///
    /// - Throws: If its journal cannot be written.
    init(at directory: String, redaction: Redaction) throws {
        self.directory = directory
        journal = try Journal(path: directory + "/commands.jsonl", redaction: redaction)
    }

    /// Fails if the numbers may not be used, for a script that goes on with valid trials only.
    public func requireValid() throws(TrialError) {
        guard validity.verdict != .invalid else {
            throw TrialError(directory: directory, reasons: validity.reasons)
        }
    }

    /// Writes one more file of evidence into the directory, whole or not at all.
    public func write(_ text: String, to name: String) throws {
        try Files.write(text + "\n", to: directory + "/" + name)
    }

    /// Keeps the merged config that made the machines, which has no secrets, as `config.yml`.
    func keepConfig(of state: StateDirectory) throws {
        guard Files.exists(state.files.config) else { return }
        try Files.write(try Files.read(state.files.config), to: directory + "/config.yml")
    }

    /// Keeps what another script must know to go on with it.
    func write(_ running: RunningTrial) throws {
        try write(try running.text, to: RunningTrial.fileName)
    }

    /// Says that no script can go on with it.
    func close() {
        // A trial that has ended is none to go on with: its loads are not on the nodes.
        try? Files.remove("\(directory)/\(RunningTrial.fileName)")
    }

    func write(_ record: TrialRecord) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.dateEncodingStrategy = .iso8601
        try write(String(decoding: try encoder.encode(record), as: UTF8.self), to: "trial.json")
    }
}

/// A measured run that failed; its directory stays, marked invalid.
public struct TrialError: Error, CustomStringConvertible {
    /// The trial's directory.
    public let directory: String
    /// Why its numbers may not be used.
    public let reasons: [String]

    /// The directory and each reason.
    public var description: String {
        (["\(directory): the trial is invalid"] + reasons).joined(separator: "\n")
    }
}
