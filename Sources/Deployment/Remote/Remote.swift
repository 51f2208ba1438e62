public import DeploymentState
import Usage

/// A way to one node; retrying, recording and dry runs are remotes around a remote.
public protocol Remote: Sendable {
    /// The node at the other end.
    var node: Node { get }

    /// Runs a command and returns how it ended; a non-zero exit status is a result, not an error.
    func capture(_ call: RemoteCall) async throws -> RemoteResult

    /// Runs a command whose standard output goes to `output` as it comes, and returns how it ended.
    ///
    /// What ``stream(_:_:)`` is made of, which scripts call. The result has its standard error, of at most
    /// 1 MiB; the output may have any size. A command that has begun is never begun again.
    func stream(_ call: RemoteCall, to output: RemoteOutput) async throws -> RemoteResult

    /// Copies a local file to `path` on the node; the file appears there whole or not at all.
    func upload(_ file: String, to path: String, mode: Int32) async throws

    /// Copies the node's regular file at `path`, of at most `limit` bytes, to a local file, which
    /// appears whole or not at all.
    func download(_ path: String, to file: String, limit: Int) async throws

    /// Copies a folder to the node or from it, as ``Deployment/uploadDirectory(_:to:on:asRoot:owner:mirroring:timeLimit:)``
    /// says.
    func copy(_ directory: DirectoryCopy) async throws

    /// Ends the connection; commands that still run on the node are killed.
    func close() async
}

extension Remote {
    /// Runs a command and returns its standard output.
    ///
    /// - Throws: ``RemoteError`` if it ended other than with exit status 0.
    @discardableResult
    public func execute(_ call: RemoteCall) async throws -> String {
        let result = try await capture(call)
        guard result.status.isSuccess else {
            throw RemoteError(node: node.name, call: call, result: result)
        }
        return result.output
    }
}

/// A remote command that failed: where, what, how, and what it said last.
public struct RemoteError: Error, Hashable, CustomStringConvertible {
    /// The node's name.
    public let node: String
    /// The command as shown: without its secrets.
    public let command: String
    /// How it ended.
    public let status: RemoteStatus
    /// The last 20 lines of its standard error, or of its output if it wrote no error.
    public let lastLines: [String]

    init(node: String, call: RemoteCall, result: RemoteResult) {
        self.node = node
        self.command = call.shown
        self.status = result.status
        let said = result.errors.contains { !$0.isWhitespace } ? result.errors : result.output
        self.lastLines = said.split(separator: "\n").suffix(20).map { String($0).printable }
    }

    /// The node, how the command ended, the command, and its last lines, indented.
    public var description: String {
        (["\(node): \(status) from: \(command)"] + lastLines.map { "    " + $0 })
            .joined(separator: "\n")
    }
}
