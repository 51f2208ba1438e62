public import DeploymentState
import FoundationEssentials
import SSH
import Shell

/// A node over libssh2: one connection, opened at the first call and again after it was lost.
///
/// A call on a lost connection fails, because nobody knows whether its command ran; the next call
/// connects anew.
public actor SSHRemote: Remote {
    /// The node at the other end.
    public nonisolated let node: Node
    private let target: SSHTarget
    /// The same for rsync, whose way is OpenSSH.
    private let rsync: Rsync
    private var connection: Task<SSHConnection, any Error>?

    init(to node: Node, in state: StateDirectory) {
        self.node = node
        target = SSHTarget(
            name: node.name,
            host: node.publicIP,
            port: UInt16(node.port),
            user: node.user,
            identityFile: state.identityFile,
            knownHostsFile: state.knownHostsFile
        )
        rsync = Rsync(
            node: node.name,
            line: OpenSSHCommandLine(
                node: node.name,
                configFile: state.files.sshConfig,
                knownHostsFile: state.knownHostsFile,
                socket: "none"
            ),
            keyHint:
                "is the public half of \"\(state.identityFile)\" in that user's authorized_keys?"
        )
    }

    /// Runs the command in the login user's shell.
    ///
    /// - Throws: `SSHError` if the connection is lost or the time limit is reached; then the
    ///   command has been killed, or will be by the node's own sshd.
    public func capture(_ call: RemoteCall) async throws -> RemoteResult {
        let result = try await run(call) { connection in
            try await connection.execute(
                call.command.text,
                stdin: Array(call.input.utf8),
                timeout: call.timeLimit,
                outputLimit: call.outputLimit
            )
        }
        return RemoteResult(
            output: String(decoding: result.stdout, as: UTF8.self),
            errors: String(decoding: result.stderr, as: UTF8.self),
            status: RemoteStatus(result.status)
        )
    }

    /// Runs the command in the login user's shell, and hands its lines on.
    public func stream(_ call: RemoteCall, to output: RemoteOutput) async throws -> RemoteResult {
        let result = try await run(call) { connection in
            try await connection.stream(
                call.command.text,
                stdin: Array(call.input.utf8),
                timeout: call.timeLimit,
                backpressure: output.backpressure
            ) { output.take($0) }
        }
        return RemoteResult(
            errors: String(decoding: result.stderr, as: UTF8.self),
            status: RemoteStatus(result.status)
        )
    }

    /// Copies a file to the node, as the login user.
    public func upload(_ file: String, to path: String, mode: Int32) async throws {
        try await connected {
            try await $0.upload(file, to: path, mode: mode, timeout: Self.transferLimit)
        }
    }

    /// Copies a file from the node, as the login user.
    public func download(_ path: String, to file: String, limit: Int) async throws {
        let timeout = Self.downloadLimit(limit)
        try await connected {
            try await $0.download(path, to: file, timeout: timeout, limit: limit)
        }
    }

    /// Copies a folder by rsync, over an OpenSSH connection of its own.
    public func copy(_ directory: DirectoryCopy) async throws { try await rsync.run(directory) }

    /// Ends the connection.
    public func close() async {
        let open = connection
        connection = nil
        // One that never came about has nothing to close.
        await (try? open?.value)?.close()
    }

    /// The longest that one file may take: 10 GB over 100 Mbit/s.
    static let transferLimit: Duration = .seconds(900)

    /// The longest for a file of so many bytes: a minute for the connection, then at least 8 Mbit/s.
    static func downloadLimit(_ bytes: Int) -> Duration {
        min(transferLimit, .seconds(60 + bytes / 1_000_000))
    }

    /// Runs a command, whose errors say which it was.
    private func run(
        _ call: RemoteCall,
        _ work: (SSHConnection) async throws -> ExecutionResult
    ) async throws -> ExecutionResult {
        do { return try await connected(work) } catch let error as SSHError
            where error.operation == "execute"
        {
            // Without the secrets.
            throw error.during(call.shown)
        }
    }

    private func connected<Value: Sendable>(
        _ work: (SSHConnection) async throws -> Value
    ) async throws -> Value {
        let opened =
            connection
            ?? Task { [target] in
                try await SSHConnection.connect(to: target, timeout: .seconds(30))
            }
        connection = opened
        let open: SSHConnection
        do { open = try await opened.value } catch {
            if connection == opened { connection = nil }
            throw error
        }
        do { return try await work(open) } catch let error as SSHError {
            if [.disconnected, .closed].contains(error.reason), connection == opened {
                connection = nil
            }
            throw error
        }
    }
}

extension RemoteStatus {
    fileprivate init(_ status: ExecutionResult.ExitStatus) {
        switch status {
        case .exited(let code): self = .exited(code)
        case .signalled(let name): self = .signalled(name)
        }
    }
}
