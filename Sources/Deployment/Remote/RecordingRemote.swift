public import DeploymentState
import Foundation

/// A remote that writes each command, with its duration and exit status, to a trial's journal.
public struct RecordingRemote: Remote {
    private let base: any Remote
    private let journal: Journal

    /// The node at the other end.
    public var node: Node { base.node }

    init(_ base: any Remote, journal: Journal) {
        self.base = base
        self.journal = journal
    }

    /// Runs the command, then records it with its exit status or the reason why there is none.
    public func capture(_ call: RemoteCall) async throws -> RemoteResult {
        try await journal.record(node: node.name, text: Self.text(of: call)) {
            let result = try await base.capture(call)
            return (result, "\(result.status)")
        }
    }

    /// Runs the command, then records it as ``capture(_:)`` does; none of its lines.
    public func stream(_ call: RemoteCall, to output: RemoteOutput) async throws -> RemoteResult {
        try await journal.record(node: node.name, text: Self.text(of: call)) {
            let result = try await base.stream(call, to: output)
            return (result, "\(result.status)")
        }
    }

    private static func text(of call: RemoteCall) -> String {
        let input = call.isInputSecret ? Redaction.mark : call.input
        return "\(call.command)" + (call.input.isEmpty ? "" : " <<< " + input)
    }

    /// Copies a file to the node and records that.
    public func upload(_ file: String, to path: String, mode: Int32) async throws {
        try await journal.record(node: node.name, text: "upload \(file) to \(path)") {
            (try await base.upload(file, to: path, mode: mode), "done")
        }
    }

    /// Copies a file from the node and records that.
    public func download(_ path: String, to file: String, limit: Int) async throws {
        try await journal.record(node: node.name, text: "download \(path) to \(file)") {
            (try await base.download(path, to: file, limit: limit), "done")
        }
    }

    /// Copies a folder and records that.
    public func copy(_ directory: DirectoryCopy) async throws {
        try await journal.record(node: node.name, text: directory.operation) {
            (try await base.copy(directory), "done")
        }
    }

    /// Ends the connection.
    public func close() async { await base.close() }
}

/// The file `commands.jsonl` of a trial: one line for each remote command, in order of their ends.
actor Journal {
    private struct Line: Encodable {
        let node: String
        let command: String
        let start: String
        let durationSeconds: Double
        let status: String
    }

    private let file: FileHandle
    private let encoder: JSONEncoder
    private let redaction: Redaction

    init(path: String, redaction: Redaction) throws {
        self.redaction = redaction
        // A script that goes on with a trial adds to what another wrote.
        if !Files.exists(path) {
            _ = FileManager.default.createFile(
                atPath: path,
                contents: nil,
                attributes: [.posixPermissions: 0o600]
            )
        }
        file = try FileHandle(forWritingTo: URL(filePath: path))
        try file.seekToEnd()
        encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
    }

    nonisolated func record<Value: Sendable>(
        node: String,
        text: String,
        _ work: () async throws -> (Value, status: String)
    ) async throws -> Value {
        let start = Date()
        do {
            let (value, status) = try await work()
            try await write(node: node, text: text, start: start, status: status)
            return value
        } catch {
            try await write(node: node, text: text, start: start, status: "\(error)")
            throw error
        }
    }

    private func write(node: String, text: String, start: Date, status: String) throws {
        let line = Line(
            node: node,
            command: redaction.text(text),
            start: start.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true)),
            durationSeconds: Date().timeIntervalSince(start),
            status: redaction.text(status)
        )
        try file.write(contentsOf: encoder.encode(line) + Data("\n".utf8))
    }
}
