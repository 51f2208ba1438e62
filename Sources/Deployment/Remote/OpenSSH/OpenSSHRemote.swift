public import DeploymentState
import Posix
import SSH
import Shell

/// A node over OpenSSH: one process holds the connection, and each command has a process beside it.
///
/// For nodes that libssh2 cannot reach, see ``SSHWay``. It promises what ``SSHRemote`` does: a call on
/// a lost connection fails, because nobody knows whether its command ran, and the next one connects anew.
public actor OpenSSHRemote: Remote {
    /// How many connect at once, of all nodes: each needs some computing, and a host that is jumped over
    /// takes few at a time.
    private static let connecting = Turns(16)
    private static let connectLimit: Duration = .seconds(30)
    /// Commands at once on one connection, as over libssh2: sshd's `MaxSessions` is 10, and one is kept for
    /// ``RemoteEnding``.
    private static let commandLimit = 8
    /// How often a server may refuse a command though no other runs, and the pause after each.
    private static let refusalLimit = 20
    private static let refusalPause: Duration = .milliseconds(50)

    private struct Connection {
        let master: OpenSSHMaster
        let line: OpenSSHCommandLine
    }

    /// The node at the other end.
    public nonisolated let node: Node
    private let configFile: String
    private let knownHostsFile: String
    private let keyHint: String
    private let agent: String?
    private let turns = Turns(commandLimit)
    private var connection: Task<Connection, any Error>?
    private var lastID: UInt64 = 0
    private var running: [UInt64: Task<Outcome, any Error>] = [:]
    /// The calls that had their turn, until nothing is left of them on the node.
    private var active: Set<UInt64> = []
    private var closed: Set<UInt64> = []

    /// Makes one for a node of the deployment's `ssh_config`.
    ///
    /// - Parameters:
    ///   - node: The node.
    ///   - state: The deployment.
    ///   - keyHint: What helps where the node refuses the key.
    ///   - agent: The socket of the agent that has the key, if only an agent can have it.
    init(to node: Node, in state: StateDirectory, keyHint: String, agent: String? = nil) {
        self.node = node
        self.agent = agent
        self.keyHint = keyHint
        configFile = state.files.sshConfig
        knownHostsFile = state.knownHostsFile
    }

    /// Runs the command in the login user's shell.
    ///
    /// - Throws: `SSHError` if the connection is lost or the time limit is reached; then the
    ///   command has been killed, or will be by the node's own sshd.
    public func capture(_ call: RemoteCall) async throws -> RemoteResult {
        var own = OpenSSHCall(node.name, call.shown, call.command.text, within: call.timeLimit)
        own.input = Array(call.input.utf8)
        own.outputLimit = call.outputLimit
        let answer = try await run(own)
        return RemoteResult(
            output: String(decoding: answer.output, as: UTF8.self),
            errors: answer.errorText,
            status: answer.status
        )
    }

    /// Runs the command in the login user's shell, and hands its lines on.
    public func stream(_ call: RemoteCall, to output: RemoteOutput) async throws -> RemoteResult {
        var own = OpenSSHCall(node.name, call.shown, call.command.text, within: call.timeLimit)
        own.input = Array(call.input.utf8)
        own.lines = output
        let answer = try await run(own)
        return RemoteResult(errors: answer.errorText, status: answer.status)
    }

    /// Copies a file to the node, as the login user.
    public func upload(_ file: String, to path: String, mode: Int32) async throws {
        let operation = "upload \"\(file)\" to \"\(path)\""
        let size: Int
        do throws(LocalFile.Failure) { size = try LocalFile.open(file).size } catch {
            let message = "cannot read the local file: \(error.text)"
            throw self.error(operation, .localFile, code: error.code, message)
        }
        let text = FileCommand.upload(to: path, size: size, mode: mode)
        var call = OpenSSHCall(node.name, operation, text, within: SSHRemote.transferLimit)
        call.inputFile = file
        try check(try await run(call), of: call)
    }

    /// Copies a file from the node, as the login user.
    public func download(_ path: String, to file: String, limit: Int) async throws {
        var call = OpenSSHCall(
            node.name,
            "download \"\(path)\" to \"\(file)\"",
            FileCommand.download(path),
            within: SSHRemote.downloadLimit(limit)
        )
        call.outputLimit = limit
        do {
            let pending = try PendingFile(for: file)
            call.sink = OutputSink(pending, limit: limit)
            try check(try await run(call), of: call)
            try pending.keep(durably: false)
        } catch let failure as SystemError {
            throw call.error(failure)
        }
    }

    /// Copies a folder by rsync, over a connection of its own.
    public func copy(_ directory: DirectoryCopy) async throws {
        let line = OpenSSHCommandLine(
            node: node.name,
            configFile: configFile,
            knownHostsFile: knownHostsFile,
            socket: "none",
            agent: agent
        )
        try await Rsync(node: node.name, line: line, keyHint: keyHint).run(directory)
    }

    /// Fails every call, ends their remote processes, and disconnects.
    public func close() async {
        let old = connection
        connection = nil
        old?.cancel()
        let ended = active
        closed.formUnion(active)
        for process in running.values { process.cancel() }
        await turns.sendAway()
        // One that never came about has nothing to close.
        guard let open = try? await old?.value else { return }
        // The connection must stand until their remote processes are ended, too.
        let deadline = ContinuousClock.now + RemoteEnding.limit
        while !active.isDisjoint(with: ended), ContinuousClock.now < deadline {
            try? await Task.sleep(for: .milliseconds(10))  // cancelled: looked at once more
        }
        await open.master.close()
    }

    // MARK: Commands

    /// Runs a command when it is its turn.
    private func run(_ call: OpenSSHCall) async throws -> OpenSSHAnswer {
        if Task.isCancelled { throw call.cancelled }
        let open = try await connected()
        let deadline = ContinuousClock.now + call.timeLimit
        lastID += 1
        let id = lastID
        guard await turns.enter(by: deadline) else {
            if Task.isCancelled { throw call.cancelled }
            throw ContinuousClock.now < deadline ? call.closed : call.timedOut
        }
        active.insert(id)
        let result: Result<OpenSSHAnswer, any Error>
        do {
            result = .success(try await run(call, id, over: open, by: deadline))
        } catch {
            result = .failure(error)
        }
        active.remove(id)
        closed.remove(id)
        await turns.leave()
        return try result.get()
    }

    private func run(
        _ call: OpenSSHCall,
        _ id: UInt64,
        over open: Connection,
        by deadline: ContinuousClock.Instant
    ) async throws -> OpenSSHAnswer {
        var refusals = 0
        while true {
            let command = ReportedCommand()
            let process = call.process(command, over: open.line, by: deadline)
            let outcome = try await perform(process, id, call)
            let report = command.read(outcome.error)
            switch OpenSSHEnding(outcome.status, because: outcome.cause, saying: report) {
            case .ended(let status):
                if call.isKept {
                    guard outcome.output.count + report.errors.count <= call.outputLimit else {
                        throw call.tooLarge
                    }
                }
                return OpenSSHAnswer(
                    output: outcome.output,
                    errors: report.errors,
                    status: status
                )
            case .endedEarly(let cause):
                let error = closed.contains(id) ? call.closed : call.error(endedBy: cause)
                let text =
                    report.processID.map { RemoteEnding.text([$0]) }
                    ?? RemoteEnding.text(mark: command.endMark)
                throw await end(by: text, over: open, because: error)
            case .refused:
                // A server with a smaller MaxSessions: take what it gives, and leave one place for the command
                // that ends others. What ends elsewhere is free in a moment.
                let others = running.count
                if others > 0 { await turns.restrict(to: max(1, others - 1)) }
                refusals += others == 0 ? 1 : 0
                guard refusals < Self.refusalLimit else {
                    let said = outcome.errorText.split(separator: "\n").first ?? ""
                    throw call.error(
                        .channelRefused,
                        "the server refused it (\(said)); see its MaxSessions and its log"
                    )
                }
                // A cancelled sleep is over at once, and so is the next round.
                try? await Task.sleep(for: Self.refusalPause)
            case .unknown:
                throw await unknownEnd(of: call, over: open)
            }
        }
    }

    /// Runs a process until its end, the caller's cancellation, or the closing of the connection.
    private func perform(
        _ process: LocalProcess,
        _ id: UInt64,
        _ call: OpenSSHCall
    ) async throws -> Outcome {
        let (onOutput, backpressure) = (call.onOutput, call.lines?.backpressure)
        let task = Task { () async throws -> Outcome in
            try await process.run(onOutput: onOutput, backpressure: backpressure)
        }
        running[id] = task
        let result = await withTaskCancellationHandler {
            await task.result
        } onCancel: {
            task.cancel()
        }
        running[id] = nil
        do {
            return try result.get()
        } catch {
            throw call.error(.failed, "\(error)")
        }
    }

    /// Ends the processes of a command on the node.
    ///
    /// - Returns: The error, which says if that failed.
    private func end(
        by text: String,
        over open: Connection,
        because error: SSHError
    ) async -> SSHError {
        let deadline = ContinuousClock.now + RemoteEnding.limit
        while ContinuousClock.now < deadline {
            let process = open.line.client(text, timeLimit: deadline - .now)
            // By a task of its own, which the caller's cancellation does not reach.
            let outcome = try? await Task { try await process.run() }.value
            guard let outcome, !outcome.isSuccess else {
                return outcome == nil ? error.unended : error
            }
            // Sessions whose commands are ended keep their places until these are gone.
            guard OpenSSHEnding.isRefusal(outcome.errorText) else { break }
            try? await Task.sleep(for: Self.refusalPause)  // cancelled: asked again at once
        }
        return error.unended
    }

    /// Why a command ended without a word.
    private func unknownEnd(of call: OpenSSHCall, over open: Connection) async -> SSHError {
        // The process that holds the connection may end a moment later than those that use it.
        let question = open.line.client("true", timeLimit: .seconds(10))
        if open.master.lastWords == nil, let outcome = try? await question.run(),
            outcome.isSuccess
        {
            return call.error(
                .failed,
                "something on the node killed it with all of its processes, so that nothing says how it ended"
            )
        }
        await open.master.close()
        let said = open.master.lastWords.flatMap { $0.split(separator: "\n").last.map(String.init) }
        return call.error(.disconnected, "the connection was lost (\(said ?? "ssh said nothing"))")
    }

    private func check(_ answer: OpenSSHAnswer, of call: OpenSSHCall) throws {
        guard !answer.status.isSuccess else { return }
        let status: ExecutionResult.ExitStatus =
            switch answer.status {
            case .exited(let code): .exited(code)
            case .signalled(let name): .signalled(name)
            }
        throw call.error(
            .remoteFile,
            FileCommand.problem(in: answer.errorText, status: status)
        )
    }

    // MARK: The connection

    /// The connection, made at the first call and after it was lost.
    private func connected() async throws -> Connection {
        if let old = connection, let open = try? await old.value, open.master.lastWords != nil,
            connection == old
        {
            connection = nil
        }
        let opened = connection ?? Task { try await connect() }
        connection = opened
        do { return try await opened.value } catch {
            if connection == opened { connection = nil }
            throw error
        }
    }

    private func connect() async throws -> Connection {
        guard await Self.connecting.enter(by: .now + .seconds(600)) else { throw closedMeanwhile }
        let result: Result<Connection, any Error>
        do { result = .success(try await dial()) } catch { result = .failure(error) }
        await Self.connecting.leave()
        return try result.get()
    }

    /// Starts the process that connects; again if the server, or a host before it, had no room.
    private func dial() async throws -> Connection {
        let deadline = ContinuousClock.now + Self.connectLimit
        while true {
            let socket: String
            do { socket = try ControlFolder.socket() } catch {
                throw self.error("connect", .failed, "\(error)")
            }
            let line = OpenSSHCommandLine(
                node: node.name,
                configFile: configFile,
                knownHostsFile: knownHostsFile,
                socket: socket,
                agent: agent
            )
            do throws(OpenSSHMaster.Failure) {
                let left = deadline - ContinuousClock.now
                return Connection(
                    master: try await .start(line.master(), socket: socket, within: left),
                    line: line
                )
            } catch {
                switch error {
                case .cancelled: throw closedMeanwhile
                case .timedOut:
                    let message = "timed out after \(Self.connectLimit)"
                    throw self.error("connect by OpenSSH", .timedOut, message)
                case .ended(let said):
                    let failure = OpenSSHFailure(said, key: keyHint)
                    guard failure.reason == .dropped, ContinuousClock.now < deadline else {
                        throw self.error("connect by OpenSSH", failure.reason, failure.message)
                    }
                    // So that many do not return at once.
                    try await Task.sleep(for: .milliseconds(.random(in: 200...1_000)))
                }
            }
        }
    }

    private var closedMeanwhile: SSHError {
        error("connect by OpenSSH", .closed, "the connection was closed")
    }

    private func error(
        _ operation: String,
        _ reason: SSHError.Reason,
        code: Int32 = 0,
        _ message: String
    ) -> SSHError {
        SSHError(
            node: node.name,
            operation: operation,
            reason: reason,
            code: code,
            message: message
        )
    }
}
