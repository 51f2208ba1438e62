package import Posix
private import Synchronization

/// An open, authenticated connection to one node; many commands and transfers run on it at once.
///
/// At most eight run at a time, and others wait for their turn within their time limit. A
/// connection that was lost fails all its calls; make a new one.
package final class SSHConnection: Sendable {
    /// A call that can be cancelled from any thread.
    private final class Call: Sendable {
        let id = SSHConnection.newID()
        let isCancelled = Atomic(false)
    }

    /// 64 MiB: what a command may write unless its caller says otherwise.
    package static let outputLimit = 64 << 20

    private static let lastID = Atomic<UInt64>(0)

    /// The node it leads to.
    package let target: SSHTarget
    private let id: UInt64
    private let loop = PollLoop.shared

    private init(_ target: SSHTarget, id: UInt64) {
        self.target = target
        self.id = id
    }

    deinit {
        loop.submit { [id] reactor in reactor.links[id]?.abandon() }
    }

    private static func newID() -> UInt64 {
        lastID.add(1, ordering: .relaxed).newValue
    }

    /// Connects, checks the server's key against the known hosts, and authenticates by public key.
    ///
    /// - Parameters:
    ///   - target: Where to connect, as whom, with which keys.
    ///   - timeout: For all of it, waiting for other connects to the same server included.
    ///   - keepalive: When a silent connection counts as lost.
    /// - Returns: A connection that is ready for commands.
    /// - Throws: ``SSHError`` if any of it fails, on time-out, or if the task is cancelled.
    package static func connect(
        to target: SSHTarget,
        timeout: Duration,
        keepalive: Keepalive = Keepalive()
    ) async throws(SSHError) -> SSHConnection {
        let deadline = ContinuousClock.now + timeout
        if case .failure(let problem) = LocalFile.read(target.knownHostsFile, limit: 1 << 26) {
            throw target.error(
                "read known hosts \"\(target.knownHostsFile)\"",
                .knownHostsUnreadable,
                code: problem.code,
                problem.text
            )
        }
        let identity = try Identity.load(for: target)
        let call = Call()
        let cancelled = target.error("connect to \(target.address)", .cancelled, "was cancelled")
        let result: Result<Void, SSHError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                PollLoop.shared.submit { reactor in
                    guard !call.isCancelled.load(ordering: .acquiring) else {
                        return continuation.resume(returning: .failure(cancelled))
                    }
                    reactor.dial(target, identity, call.id, timeout, deadline, keepalive) {
                        continuation.resume(returning: $0)
                    }
                }
            }
        } onCancel: {
            call.isCancelled.store(true, ordering: .releasing)
            PollLoop.shared.submit { reactor in reactor.dials[call.id]?.fail(cancelled) }
        }
        try result.get()
        return SSHConnection(target, id: call.id)
    }

    /// Runs a command by the user's login shell, and waits for its end and that of its outputs.
    ///
    /// On time-out and cancellation it ends the remote process and all that this has started
    /// (TERM, and KILL two seconds later) before it throws; the error says if that failed.
    ///
    /// - Parameters:
    ///   - text: For a POSIX login shell. Processes it leaves behind must not hold its outputs.
    ///   - stdin: All of its standard input.
    ///   - timeout: For all of it, waiting for a channel included.
    ///   - outputLimit: The most that both outputs may have together, in bytes: a command that
    ///     writes more is ended, and that is an error.
    /// - Returns: What the command wrote, and how it ended: no status is an error.
    /// - Throws: ``SSHError`` if the connection is lost or closed, on time-out, or if cancelled.
    package func execute(
        _ text: String,
        stdin: [UInt8] = [],
        timeout: Duration,
        outputLimit: Int = SSHConnection.outputLimit
    ) async throws(SSHError) -> ExecutionResult {
        let deadline = ContinuousClock.now + timeout
        return try await run("execute") { id, completion in
            Execution(
                ExecutionRequest(id, "execute", text, by: deadline, timeout: timeout),
                input: InputSource(stdin),
                outputLimit: outputLimit,
                completion: completion
            )
        }
    }

    /// Runs a command as ``execute(_:stdin:timeout:outputLimit:)`` does, but hands its standard output on.
    ///
    /// However much that is, it is kept nowhere: while `backpressure` is held, at most 2 MiB of it wait here,
    /// which is the channel's window, and the command waits when it writes more.
    ///
    /// - Parameters:
    ///   - text: For a POSIX login shell. Processes it leaves behind must not hold its outputs.
    ///   - stdin: All of its standard input.
    ///   - timeout: For all of it, also for what it waits for.
    ///   - backpressure: Says when nothing may be handed on.
    ///   - onOutput: Gets standard output as it comes, on a thread that it must not hold.
    /// - Returns: How it ended, and its standard error, which may have 1 MiB.
    /// - Throws: ``SSHError`` if the connection is lost or closed, on time-out, or if cancelled.
    package func stream(
        _ text: String,
        stdin: [UInt8] = [],
        timeout: Duration,
        backpressure: Backpressure = Backpressure(),
        onOutput: @escaping @Sendable ([UInt8]) -> Void
    ) async throws(SSHError) -> ExecutionResult {
        let deadline = ContinuousClock.now + timeout
        backpressure.onRelease { [loop, id] in
            loop.submit { reactor in reactor.links[id]?.resume() }
        }
        return try await run("execute") { id, completion in
            Execution(
                ExecutionRequest(id, "execute", text, by: deadline, timeout: timeout),
                input: InputSource(stdin),
                outputLimit: .max,
                keepsOutput: false,
                sink: { stream, bytes in
                    if stream == .stdout { onOutput(Array(bytes)) }
                },
                backpressure: backpressure,
                completion: completion
            )
        }
    }

    /// Fails every call that waits, ends their remote processes, and disconnects.
    ///
    /// Harmless if the connection is closed or lost already.
    package func close() async {
        await withCheckedContinuation { continuation in
            loop.submit { [id] reactor in
                guard let link = reactor.links[id] else { return continuation.resume() }
                link.close { continuation.resume() }
            }
        }
    }

    /// Runs what `make` makes on the poll loop's thread, until it is over or the task is cancelled.
    func run(
        _ operation: String,
        _ make:
            @escaping @Sendable (
                UInt64, @escaping (Result<ExecutionResult, SSHError>) -> Void
            ) throws(SSHError) -> Execution
    ) async throws(SSHError) -> ExecutionResult {
        let call = Call()
        let (id, loop, target) = (id, loop, target)
        let result: Result<ExecutionResult, SSHError> = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                loop.submit { reactor in
                    do throws(SSHError) {
                        guard !call.isCancelled.load(ordering: .acquiring) else {
                            throw target.error(operation, .cancelled, "was cancelled")
                        }
                        guard let link = reactor.links[id] else {
                            throw target.error(operation, .closed, "the connection is closed")
                        }
                        link.add(try make(call.id) { continuation.resume(returning: $0) })
                    } catch {
                        continuation.resume(returning: .failure(error))
                    }
                }
            }
        } onCancel: {
            call.isCancelled.store(true, ordering: .releasing)
            loop.submit { reactor in reactor.links[id]?.cancel(call.id) }
        }
        return try result.get()
    }
}

extension Reactor {
    /// Starts to connect; the link is there, under the dial's id, once `completion` succeeds.
    fileprivate func dial(
        _ target: SSHTarget,
        _ identity: Identity,
        _ id: UInt64,
        _ timeout: Duration,
        _ deadline: ContinuousClock.Instant,
        _ keepalive: Keepalive,
        _ completion: @escaping (Result<Void, SSHError>) -> Void
    ) {
        let dial = Dial(
            id: id,
            target: target,
            identity: identity,
            timeout: timeout,
            deadline: deadline,
            reactor: self
        ) { [unowned self] result in
            completion(
                result.map { session in
                    let link = Link(
                        id: id,
                        target: target,
                        session: session,
                        keepalive: keepalive,
                        reactor: self
                    )
                    self.add(link, as: id)
                }
            )
        }
        add(dial, as: id)
        dial.start()
    }
}
