import Posix

/// What a caller asks for when it runs a command.
struct ExecutionRequest {
    let id: UInt64
    /// What its errors say was being done.
    let operation: String
    /// For the user's login shell.
    let text: String
    let deadline: ContinuousClock.Instant
    /// The whole time that the deadline leaves, for its error.
    let timeout: Duration
    /// Whether the link made it for itself: it goes ahead of the queue and does not count.
    let isService: Bool

    init(
        _ id: UInt64,
        _ operation: String,
        _ text: String,
        by deadline: ContinuousClock.Instant,
        timeout: Duration,
        isService: Bool = false
    ) {
        self.id = id
        self.operation = operation
        self.text = text
        self.deadline = deadline
        self.timeout = timeout
        self.isService = isService
    }

    /// A command of the link's own.
    static func service(_ text: String, by deadline: ContinuousClock.Instant) -> Self {
        Self(0, "execute", text, by: deadline, timeout: RemoteEnding.limit, isService: true)
    }
}

/// One remote command from the queue to its result: a state machine that never blocks.
///
/// Lives on the poll loop's thread; its ``Link`` calls ``step(in:buffer:)`` whenever the socket may
/// have changed something.
final class Execution {
    private enum Phase {
        case queued
        case opening
        case opened
        case starting
        case running
        case freeing
        case over
    }

    /// How it comes to its end early.
    struct Ending {
        /// What the caller gets when that is done.
        let error: SSHError
        /// Whether the command that ends it is waiting or under way.
        fileprivate(set) var isUnderWay = false
        /// When not to wait any longer; `nil` once that was noted.
        fileprivate(set) var deadline: ContinuousClock.Instant?
    }

    typealias Completion = (Result<ExecutionResult, SSHError>) -> Void

    let request: ExecutionRequest
    private let text: [UInt8]
    private var input: InputSource?
    private var output: Output
    private let backpressure: Backpressure?
    private var completion: Completion?
    private var phase = Phase.queued
    private var channel: Channel?
    private var wantsFreeing = false
    /// Set once it must end early.
    private(set) var ending: Ending?
    /// How often the server had no channel for it though it should have had one.
    private(set) var refusals = 0
    /// Whether the server has said something to it since ``takeWord()`` was last called.
    private var wasAnswered = false

    /// Makes one that keeps at most `outputLimit` bytes, or has a sink for what comes out.
    ///
    /// While `backpressure` is held, its standard output stays where it is: in libssh2, up to the window of
    /// its channel, and then with the server.
    init(
        _ request: ExecutionRequest,
        input: InputSource = InputSource([]),
        outputLimit: Int = 1 << 20,
        keepsOutput: Bool = true,
        sink: Output.Sink? = nil,
        backpressure: Backpressure? = nil,
        completion: Completion?
    ) {
        let marker = request.isService ? nil : ProcessMarker()
        self.request = request
        text = marker?.wrapping(request.text) ?? Array(request.text.utf8)
        self.input = input
        output = Output(limit: outputLimit, keepsOutput: keepsOutput, marker: marker, to: sink)
        self.backpressure = backpressure
        self.completion = completion
    }

    var isQueued: Bool { phase == .queued }
    var isOpening: Bool { phase == .opening }
    /// Whether it waits for its turn to start.
    var isOpened: Bool { phase == .opened }
    var isStarting: Bool { phase == .starting }
    /// Whether it gives its channel back as soon as it has one.
    var isAbandoned: Bool { wantsFreeing }
    var isOver: Bool { phase == .over }
    /// Whether the command may be running on the node.
    var mayRun: Bool { phase == .starting || phase == .running }
    /// Whether the caller still waits.
    var isAwaited: Bool { completion != nil }
    /// The command's session on the node, once it is known.
    var processID: Int? { output.processID }
    /// Why no more of its output is taken, which must end it.
    var outputProblem: Output.Problem? { output.problem }

    /// When the link must look at it again; `nil` if its caller has its answer.
    var nextDeadline: ContinuousClock.Instant? {
        if let ending { return ending.deadline }
        return isAwaited ? request.deadline : nil
    }

    /// Makes one that opens a channel and frees it: a question that any server answers.
    static func probe(by deadline: ContinuousClock.Instant) -> Execution {
        let probe = Execution(.service("", by: deadline), completion: nil)
        probe.wantsFreeing = true
        return probe
    }

    /// Returns whether the server has said something to it since the last call.
    func takeWord() -> Bool {
        defer { wasAnswered = false }
        return wasAnswered
    }

    /// Leaves the queue: the session may open its channel now.
    func begin() { phase = .opening }

    /// Goes back to the queue, because the server has no channel for it now.
    func requeue(countingRefusal counts: Bool) {
        phase = .queued
        if counts { refusals += 1 }
    }

    /// Leaves the wait for its turn: the server may start the command now.
    func start() { phase = .starting }

    /// Gives the caller its answer; only the first counts.
    func complete(_ result: Result<ExecutionResult, SSHError>) {
        completion?(result.mapError { $0.during(request.operation) })
        completion = nil
    }

    /// Notes that it must end early with `error`; the link ends the remote process.
    func endEarly(_ error: SSHError, by limit: ContinuousClock.Instant) {
        if ending == nil { ending = Ending(error: error, deadline: limit) }
    }

    /// Notes that the command that ends it was made.
    func endingIsUnderWay() { ending?.isUnderWay = true }

    /// Notes that its caller has heard of the ending's failure.
    func endingIsOverdue() { ending?.deadline = nil }

    /// Gives up its channel as soon as it has one.
    func abandon() {
        wantsFreeing = true
        if phase == .queued { phase = .over }
    }

    /// Forgets its channel, which the session's end has freed.
    func drop(_ error: SSHError) {
        channel = nil
        phase = .over
        complete(.failure(error))
    }

    /// Notes that the server refused the call; the channel, if any, is given up.
    func refuse(_ error: SSHError) {
        complete(.failure(error))
        phase = channel == nil ? .over : .freeing
    }

    /// Does what can be done now.
    ///
    /// - Returns: Whether something changed, so that another try may change more.
    func step(
        in session: Session,
        buffer: UnsafeMutableRawBufferPointer
    ) throws(SessionFailure) -> Bool {
        if wantsFreeing, [.opened, .starting, .running].contains(phase) {
            phase = channel == nil ? .over : .freeing
        }
        switch phase {
        case .queued, .opened, .over: return false
        case .opening:
            guard let opened = try session.openChannel() else { return false }
            channel = opened
            wasAnswered = true
            phase = wantsFreeing ? .freeing : .opened
        case .starting:
            guard let channel, try channel.start(text) == .done else { return false }
            phase = .running
            wasAnswered = true
        case .running:
            guard let channel else { return false }
            var moved = false
            if !isHeld { moved = try receive(.stdout, from: channel, buffer) }
            // This reads from the socket for all of the session's channels, also while the first is held.
            moved = try receive(.stderr, from: channel, buffer) || moved
            moved = try feed(channel, in: session) || moved
            return try finish(channel) || moved
        case .freeing:
            guard let channel, try channel.free() == .done else { return false }
            self.channel = nil
            phase = .over
        }
        return true
    }

    /// Whether its standard output must wait; what comes while it ends is dropped, so that waits for nobody.
    private var isHeld: Bool { ending == nil && backpressure?.isHeld ?? false }

    private func receive(
        _ stream: ExecutionResult.Stream,
        from channel: Channel,
        _ buffer: UnsafeMutableRawBufferPointer
    ) throws(SessionFailure) -> Bool {
        let count = try channel.read(stream, into: buffer)
        guard count > 0 else { return false }
        wasAnswered = true
        // Nobody waits for what comes while it ends, but its session's id may be in it.
        if ending == nil || processID == nil {
            output.take(stream, UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
        return true
    }

    private func feed(_ channel: Channel, in session: Session) throws(SessionFailure) -> Bool {
        guard var input, ending == nil, output.problem == nil, !session.isCongested else {
            return false
        }
        self.input = nil
        do throws(LocalFile.Failure) {
            try input.refill()
        } catch {
            output.fail(error)
            return true
        }
        let taken = try input.offer { (bytes) throws(SessionFailure) in try channel.write(bytes) }
        if taken == nil, try channel.sendEOF() == .done { return true }
        self.input = input
        return taken ?? 0 > 0
    }

    private func finish(_ channel: Channel) throws(SessionFailure) -> Bool {
        guard channel.isAtEOF, try channel.waitClosed() == .done else { return false }
        phase = .freeing
        output.finish()
        // While something ends it, that says when nothing is left of it.
        if let ending {
            if !ending.isUnderWay { complete(.failure(ending.error)) }
        } else if output.problem == nil {
            complete(.success(output.result(channel.status)))
        }
        return true
    }
}
