/// How a connection notices that its peer is gone while nothing else tells.
package struct Keepalive: Sendable, Hashable {
    /// After how long without a word from the server it is asked for one.
    package let interval: Duration
    /// After how long without a word from the server the connection counts as lost.
    package let limit: Duration

    package init(interval: Duration = .seconds(15), limit: Duration = .seconds(45)) {
        self.interval = interval
        self.limit = limit
    }
}

/// A session that is ready, with its commands; lives on the poll loop's thread.
final class Link: Pollable {
    /// Commands at once on one connection: below sshd's default `MaxSessions` of 10, with one
    /// channel kept for ``RemoteEnding`` and one for a probe.
    static let channelLimit = 8
    /// Rounds before the other connections get their turn.
    private static let roundLimit = 16

    /// How long what comes in on an idle connection may lie: most likely a command comes first.
    private static let probeDelay: Duration = .milliseconds(100)

    /// How often a server may refuse a channel though none is open, and the pause after each.
    private static let refusalLimit = 20
    private static let refusalPause: Duration = .milliseconds(20)

    let target: SSHTarget
    private let id: UInt64
    private let keepalive: Keepalive
    private unowned let reactor: Reactor
    private var session: Session?
    private var executions: [Execution] = []
    private var nextInLine = 0
    private var openingPause: ContinuousClock.Instant?
    private var probeDue: ContinuousClock.Instant?
    private var ender: Execution?
    private var limit = Link.channelLimit
    private var lastHeard = ContinuousClock.now
    private var lastAsked = ContinuousClock.now
    private var goodbye: (deadline: ContinuousClock.Instant, isSaid: Bool, done: () -> Void)?
    private(set) var hasMore = false
    /// Why no call can be made any more; `nil` while it is up.
    private(set) var end: SSHError?

    init(
        id: UInt64,
        target: SSHTarget,
        session: Session,
        keepalive: Keepalive,
        reactor: Reactor
    ) {
        self.id = id
        self.target = target
        self.session = session
        self.keepalive = keepalive
        self.reactor = reactor
    }

    var socket: Int32? { session?.socket }

    var awaits: Readiness {
        let reading: Readiness = probeDue == nil ? .reading : []
        return session?.hasUnsentPackets ?? false ? reading.union(.writing) : reading
    }

    var nextDeadline: ContinuousClock.Instant? {
        guard session != nil else { return nil }
        var next = min(
            max(lastHeard, lastAsked) + keepalive.interval,
            lastHeard + keepalive.limit
        )
        if let goodbye { next = min(next, goodbye.deadline) }
        if let probeDue { next = min(next, probeDue) }
        if let openingPause { next = min(next, openingPause) }
        for execution in executions {
            if let deadline = execution.nextDeadline { next = min(next, deadline) }
        }
        return next
    }

    // MARK: Calls

    /// Queues a command; it starts when a channel is free.
    func add(_ execution: Execution) {
        if let end { return execution.complete(.failure(end)) }
        executions.append(execution)
        advance([])
    }

    /// Goes on with a command whose output may be read again.
    func resume() { advance([]) }

    /// Ends a command that its caller no longer waits for.
    func cancel(_ id: UInt64) {
        guard let execution = executions.first(where: { $0.request.id == id }), execution.isAwaited
        else {
            return
        }
        endEarly(execution, target.error("execute", .cancelled, "was cancelled"))
        advance([])
    }

    /// Fails every call, ends their remote processes, and disconnects.
    func close(_ done: @escaping () -> Void) {
        guard session != nil, goodbye == nil else { return done() }
        let error = target.error("execute", .closed, "the connection was closed")
        end = error
        goodbye = (ContinuousClock.now + RemoteEnding.limit, false, done)
        for execution in executions where execution.isAwaited && !execution.request.isService {
            endEarly(execution, error)
            execution.complete(.failure(error))
        }
        advance([])
    }

    /// Disconnects at once; for a connection that nobody holds any more.
    func abandon() {
        fail(target.error("execute", .closed, "the connection was given up"))
        reactor.remove(link: id)
    }

    // MARK: Progress

    func advance(_ ready: Readiness) {
        if ready.contains(.reading) {
            lastHeard = .now
            // libssh2 reads only for a channel, and an idle connection has none.
            if executions.isEmpty, probeDue == nil { probeDue = .now + Self.probeDelay }
        }
        hasMore = false
        if !executions.isEmpty { probeDue = nil }
        do throws(SessionFailure) {
            try session?.beginTurn()
            try goOn()
        } catch {
            lose(error)
        }
    }

    /// Steps all commands until none moves, or the other connections should have their turn.
    private func goOn() throws(SessionFailure) {
        for _ in 0..<Self.roundLimit {
            guard let session else { return }
            // Behind the goodbye nothing may be said.
            if goodbye?.isSaid ?? false { return leaveIfSent() }
            startOpened()
            beginQueued()
            let moved = try round(session)
            executions.removeAll { $0.isOver }
            endMarked()
            if !moved { return sayGoodbyeIfDone() }
        }
        hasMore = true
    }

    /// Lets one start at a time: while libssh2 waits for the answer of one channel, it takes that
    /// of another one for a failure (`_libssh2_packet_requirev`).
    private func startOpened() {
        guard !executions.contains(where: \.isStarting) else { return }
        executions.first { $0.isOpened && !$0.isAbandoned }?.start()
    }

    private func beginQueued() {
        if let openingPause, openingPause > .now { return }
        openingPause = nil
        // libssh2 opens one channel of a session at a time.
        guard !executions.contains(where: \.isOpening) else { return }
        let queued = executions.filter(\.isQueued)
        if let service = queued.first(where: \.request.isService) { return service.begin() }
        let open = executions.count { !$0.isQueued && !$0.request.isService }
        guard open < limit else { return }
        queued.first?.begin()
    }

    /// Steps every command once, and says whether any of them moved.
    private func round(_ session: Session) throws(SessionFailure) -> Bool {
        var moved = false
        // The first one moves on, so that none is served last for ever.
        let order = executions.indices.map { executions[($0 + nextInLine) % executions.count] }
        nextInLine = executions.isEmpty ? 0 : (nextInLine + 1) % executions.count
        for execution in order {
            do throws(SessionFailure) {
                moved = try execution.step(in: session, buffer: reactor.buffer) || moved
                // A near server answers before the socket is polled again.
                if execution.takeWord() { lastHeard = .now }
            } catch {
                if error.endsSession { throw error }
                refuse(execution, error)
                moved = true
            }
            if let problem = execution.outputProblem, execution.ending == nil {
                endEarly(execution, target.error("execute", problem))
                moved = true
            }
        }
        return moved
    }

    private func refuse(_ execution: Execution, _ failure: SessionFailure) {
        if execution.isOpening, !execution.isAbandoned, execution.refusals < Self.refusalLimit {
            // A server with a smaller MaxSessions, or one that has not yet freed what ended: take
            // what it gives, and leave one channel for the command that ends others.
            let open = executions.count {
                !$0.isQueued && !$0.request.isService && $0 !== execution
            }
            if open > 0 { limit = max(1, open - 1) }
            execution.requeue(countingRefusal: open == 0 || execution.request.isService)
            openingPause = ContinuousClock.now + Self.refusalPause
            return
        }
        let message = "the server refused it (\(failure.text)); see its MaxSessions and its log"
        execution.refuse(
            target.error("execute", .channelRefused, code: failure.code, message)
        )
    }

    private func lose(_ failure: SessionFailure) {
        fail(
            target.error(
                "execute",
                .disconnected,
                code: failure.code,
                "the connection was lost (\(failure.text))"
            )
        )
    }

    private func fail(_ error: SSHError) {
        guard session != nil else { return }
        end = end ?? error
        ender = nil
        let lost = executions
        executions = []
        // Callers first: their answers do not depend on how long the freeing takes.
        for execution in lost { execution.drop(execution.ending?.error.unended ?? error) }
        session = nil
        goodbye?.done()
        goodbye = nil
    }

    private func sayGoodbyeIfDone() {
        guard goodbye != nil, !executions.contains(where: { $0.ending != nil && $0.mayRun }),
            ender == nil
        else { return }
        session?.sayGoodbye()
        goodbye?.isSaid = true
        leaveIfSent()
    }

    /// Ends the session once the server has room for all that was said to it.
    private func leaveIfSent() {
        guard let end, let session, !session.hasUnsentPackets else { return }
        fail(end)
    }

    // MARK: Ending

    private func endEarly(_ execution: Execution, _ error: SSHError) {
        guard execution.ending == nil else { return }
        execution.endEarly(error, by: ContinuousClock.now + RemoteEnding.limit)
        guard execution.mayRun, execution !== ender else {
            execution.complete(.failure(error))
            execution.abandon()
            return
        }
    }

    /// Starts the command that ends those whose session is known by now.
    private func endMarked() {
        guard ender == nil else { return }
        let marked = executions.filter { $0.ending != nil && $0.mayRun && $0.processID != nil }
            .filter { $0.ending?.isUnderWay == false }
        guard !marked.isEmpty else { return }
        for execution in marked { execution.endingIsUnderWay() }
        let ender = Execution(
            .service(
                RemoteEnding.text(marked.compactMap(\.processID)),
                by: ContinuousClock.now + RemoteEnding.limit
            )
        ) { [unowned self] result in
            self.ender = nil
            for execution in marked { self.ended(execution, result) }
        }
        self.ender = ender
        executions.append(ender)
        hasMore = true
    }

    private func ended(_ execution: Execution, _ result: Result<ExecutionResult, SSHError>) {
        guard let error = execution.ending?.error else { return }
        if case .success(let result) = result, result.status == .exited(0) {
            execution.complete(.failure(error))
        } else {
            execution.complete(.failure(error.unended))
        }
        // A daemon that it left behind may hold its outputs open: do not wait for their end.
        execution.abandon()
    }

    func expire(now: ContinuousClock.Instant) {
        if now >= lastHeard + keepalive.limit {
            let message = "the server said nothing for \(keepalive.limit): the connection is lost"
            return fail(target.error("execute", .disconnected, message))
        }
        if let goodbye, now >= goodbye.deadline, let end { return fail(end) }
        for execution in executions {
            guard let deadline = execution.nextDeadline, deadline <= now else { continue }
            if let error = execution.ending?.error {
                execution.endingIsOverdue()
                execution.complete(.failure(error.unended))
                execution.abandon()
            } else {
                let message = "timed out after \(execution.request.timeout)"
                endEarly(execution, target.error("execute", .timedOut, message))
            }
        }
        if probeDue.map({ $0 <= now }) ?? false { probe() }
        if now >= max(lastHeard, lastAsked) + keepalive.interval {
            lastAsked = now
            probe()
        }
        advance([])
    }

    /// Has the server say something, and reads what it says.
    private func probe() {
        guard !executions.contains(where: { $0.request.isService && $0.isAbandoned }) else {
            return
        }
        executions.append(.probe(by: ContinuousClock.now + keepalive.limit))
    }
}
