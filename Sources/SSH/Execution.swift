/// What a command reads: bytes, or a local file piece by piece.
struct InputSource {
    private var bytes: [UInt8]
    private var offset = 0
    private let file: LocalFile?
    private var left: Int

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
        file = nil
        left = 0
    }

    /// Exactly `size` bytes of a file.
    init(_ file: LocalFile, size: Int) {
        bytes = []
        self.file = file
        left = size
    }

    /// Offers the next bytes to `body`, which says how many it took; `nil` at the end.
    mutating func offer<Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Int
    ) throws(Failure) -> Int? {
        let rest = offset..<bytes.count
        guard !rest.isEmpty else { return nil }
        let result = bytes.withUnsafeBytes { all in
            Result { () throws(Failure) in
                try body(UnsafeRawBufferPointer(rebasing: all[rest]))
            }
        }
        let taken = try result.get()
        offset += taken
        return taken
    }

    /// Reads on in the file once all its bytes so far were taken.
    mutating func refill() throws(LocalFile.Failure) {
        guard let file, offset == bytes.count, left > 0 else { return }
        bytes = try file.read(min(left, 1 << 18))
        guard !bytes.isEmpty else { throw LocalFile.Failure("shrank while it was read") }
        left -= bytes.count
        offset = 0
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

    /// Where standard output goes as it comes; throws if a local file takes no more.
    typealias Sink = (ExecutionResult.Stream, UnsafeRawBufferPointer) throws(LocalFile.Failure) ->
        Void

    let id: UInt64
    let deadline: ContinuousClock.Instant
    let timeout: Duration
    /// Whether the link made it for itself: it goes ahead of the queue and does not count.
    let isService: Bool
    /// What its errors say was being done.
    let operation: String
    private let text: [UInt8]
    private var input: InputSource?
    private let sink: Sink?
    private let collectsOutput: Bool
    private var completion: ((Result<ExecutionResult, SSHError>) -> Void)?
    private var phase = Phase.queued
    private var channel: Channel?
    /// Which of the calls on a running channel is next: the one that left a packet half sent.
    private var turn = 0
    private var isStuck = false
    private var wantsFreeing = false
    private var marker: ProcessMarker?
    private var stdout: [UInt8] = []
    private var stderr: [UInt8] = []
    /// Set once it must end early: what the caller gets when that is done.
    private(set) var ending: SSHError?
    /// How often the server had no channel for it though it should have had one.
    private(set) var refusals = 0
    /// Whether the command that ends it is waiting or under way.
    var isBeingEnded = false
    /// Set while ending: when not to wait any longer.
    var endingDeadline: ContinuousClock.Instant?
    /// Whether the server has said something to it since ``takeWord()`` was last called.
    private var wasAnswered = false
    /// A local file's failure, which ends it.
    private(set) var localFailure: LocalFile.Failure?

    init(
        id: UInt64,
        operation: String = "execute",
        text: String,
        input: InputSource,
        deadline: ContinuousClock.Instant,
        timeout: Duration,
        isService: Bool = false,
        collectsOutput: Bool = true,
        sink: Sink? = nil,
        completion: @escaping (Result<ExecutionResult, SSHError>) -> Void
    ) {
        let marker = isService ? nil : ProcessMarker()
        self.isService = isService
        self.id = id
        self.operation = operation
        self.text = marker?.wrapping(text) ?? Array(text.utf8)
        self.marker = marker
        self.input = input
        self.deadline = deadline
        self.timeout = timeout
        self.collectsOutput = collectsOutput
        self.sink = sink
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
    var processID: Int? { marker?.processID }

    /// When the link must look at it again; `nil` if its caller has its answer.
    var nextDeadline: ContinuousClock.Instant? {
        ending != nil ? endingDeadline : isAwaited ? deadline : nil
    }

    /// Makes one that opens a channel and frees it: a question that any server answers.
    static func probe(by deadline: ContinuousClock.Instant) -> Execution {
        let probe = Execution(
            id: 0,
            text: "",
            input: InputSource([]),
            deadline: deadline,
            timeout: .zero,
            isService: true
        ) { _ in }
        probe.completion = nil
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
        completion?(result.mapError { $0.during(operation) })
        completion = nil
    }

    /// Notes that it must end early with `error`; the link ends the remote process.
    func endEarly(_ error: SSHError, by limit: ContinuousClock.Instant) {
        guard ending == nil else { return }
        ending = error
        endingDeadline = limit
    }

    /// Gives up its channel as soon as libssh2 allows.
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

    /// Does what can be done now.
    ///
    /// - Returns: Whether something changed, so that another try may change more.
    func step(
        in session: Session,
        buffer: UnsafeMutableRawBufferPointer
    ) throws(SessionFailure) -> Bool {
        defer { isStuck = session.hasUnsentPacket }
        if wantsFreeing, !isStuck, [.opened, .starting, .running].contains(phase) {
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
            return try run(channel, in: session, buffer)
        case .freeing:
            guard let channel, try channel.free() == .done else { return false }
            self.channel = nil
            phase = .over
        }
        return true
    }

    /// Notes that the server refused the call; the channel, if any, is given up.
    func refuse(_ error: SSHError) {
        complete(.failure(error))
        phase = channel == nil ? .over : .freeing
    }

    private func run(
        _ channel: Channel,
        in session: Session,
        _ buffer: UnsafeMutableRawBufferPointer
    ) throws(SessionFailure) -> Bool {
        var progress = false
        while turn < 4, phase == .running {
            let moved =
                switch turn {
                case 0: try receive(.stdout, from: channel, buffer)
                case 1: try receive(.stderr, from: channel, buffer)
                case 2: try feed(channel)
                default: try finish(channel)
                }
            progress = progress || moved
            if session.hasUnsentPacket { return progress }
            turn += 1
        }
        turn = 0
        return progress
    }

    private func receive(
        _ stream: ExecutionResult.Stream,
        from channel: Channel,
        _ buffer: UnsafeMutableRawBufferPointer
    ) throws(SessionFailure) -> Bool {
        let count = try channel.read(stream, into: buffer)
        guard count > 0 else { return false }
        wasAnswered = true
        let bytes = UnsafeRawBufferPointer(rebasing: buffer[..<count])
        if stream == .stderr, marker != nil, let rest = marker?.filter(bytes) {
            rest.withUnsafeBytes { take(.stderr, $0) }
        } else {
            take(stream, bytes)
        }
        return true
    }

    private func take(_ stream: ExecutionResult.Stream, _ bytes: UnsafeRawBufferPointer) {
        guard ending == nil, localFailure == nil, !bytes.isEmpty else { return }
        if stream == .stderr {
            stderr += bytes
        } else if collectsOutput {
            stdout += bytes
        }
        do throws(LocalFile.Failure) {
            try sink?(stream, bytes)
        } catch {
            localFailure = error
        }
    }

    private func feed(_ channel: Channel) throws(SessionFailure) -> Bool {
        // What is half sent is finished even while it ends.
        guard var input, ending == nil || isStuck, localFailure == nil else { return false }
        self.input = nil
        do throws(LocalFile.Failure) {
            try input.refill()
        } catch {
            localFailure = error
            return true
        }
        let taken = try input.offer { (bytes) throws(SessionFailure) in try channel.write(bytes) }
        if let taken {
            self.input = input
            return taken > 0
        }
        guard try channel.sendEOF() == .done else {
            self.input = input
            return false
        }
        return true
    }

    private func finish(_ channel: Channel) throws(SessionFailure) -> Bool {
        guard channel.isAtEOF, try channel.waitClosed() == .done else { return false }
        phase = .freeing
        if let rest = marker?.rest() { rest.withUnsafeBytes { take(.stderr, $0) } }
        // While something ends it, that says when nothing is left of it.
        if let ending {
            if !isBeingEnded { complete(.failure(ending)) }
        } else if localFailure == nil {
            let result = ExecutionResult(stdout: stdout, stderr: stderr, status: channel.status)
            complete(.success(result))
        }
        return true
    }
}
