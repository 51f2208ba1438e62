import Glibc
internal import Posix

/// Moves the bytes of one running program and ends it when its time is over.
struct PollLoop {
    private let id: pid_t
    private let process: LocalProcess
    private let input: Pipe?
    private let output: Pipe
    private let error: Pipe
    private let wake: Pipe
    private let start: ContinuousClock.Instant
    private let onLine: (@Sendable (LocalProcess.Stream, String) -> Void)?
    private let onOutput: (@Sendable ([UInt8]) -> Bool)?
    private let backpressure: Backpressure?

    private var unsent: ArraySlice<UInt8>
    private var outputBytes = LineBuffer()
    private var errorBytes = LineBuffer()
    private var hasExited = false
    private var cause = Outcome.Cause.itself
    private var steps: ArraySlice<LocalProcess.TeardownStep>
    private var nextStep: ContinuousClock.Instant?
    /// Whether to look for the exit every 20 ms, because no thread could be had that waits for it.
    var pollsForExit = false

    init(
        id: pid_t,
        process: LocalProcess,
        pipes: (input: Pipe?, output: Pipe, error: Pipe, wake: Pipe),
        start: ContinuousClock.Instant,
        onLine: (@Sendable (LocalProcess.Stream, String) -> Void)?,
        onOutput: (@Sendable ([UInt8]) -> Bool)?,
        backpressure: Backpressure?
    ) {
        self.id = id
        self.process = process
        (input, output, error, wake) = pipes
        self.start = start
        self.onLine = onLine
        self.onOutput = onOutput
        self.backpressure = backpressure
        unsent = process.input[...]
        steps = process.teardown[...]
        nextStep = process.timeLimit.map { start + $0 }
        for pipe in [output, error, wake] { pipe.makeReaderNonBlocking() }
        input?.makeWriterNonBlocking()
    }

    /// Runs until the program has exited and all that it had written by then is read.
    mutating func run(isCancelled: (UInt8) -> Bool, isExited: (UInt8) -> Bool) {
        while !hasExited {
            var waiting = [
                pollfd(fd: wake.reader, events: Int16(POLLIN), revents: 0),
                pollfd(fd: isHeld ? -1 : output.reader, events: Int16(POLLIN), revents: 0),
                pollfd(fd: error.reader, events: Int16(POLLIN), revents: 0),
                pollfd(fd: input?.writer ?? -1, events: Int16(POLLOUT), revents: 0),
            ]
            poll(&waiting, nfds_t(waiting.count), milliseconds)
            if waiting[1].revents != 0 { read(output, into: \.outputBytes, .output) }
            if waiting[2].revents != 0 { read(error, into: \.errorBytes, .error) }
            if waiting[3].revents != 0 { send() }
            if waiting[0].revents != 0 {
                let words = wake.readAvailable().bytes
                if words.contains(where: isExited) { hasExited = true }
                if words.contains(where: isCancelled), cause == .itself {
                    tearDown(because: .cancellation)
                }
            }
            if pollsForExit { lookForExit() }
            if let due = nextStep, ContinuousClock.now >= due, !hasExited {
                tearDown(because: cause == .itself ? .timeLimit : cause)
            }
        }
        read(output, into: \.outputBytes, .output)
        read(error, into: \.errorBytes, .error)
        if let rest = outputBytes.finish() { onLine?(.output, rest) }
        if let rest = errorBytes.finish() { onLine?(.error, rest) }
    }

    /// Whether standard output must wait; nobody gets what comes while the program is ended.
    private var isHeld: Bool { cause == .itself && backpressure?.isHeld ?? false }

    /// Takes the exit status, and ends what is left of the group if it was we who ended it.
    func reap() -> Outcome {
        var info = siginfo_t()
        _ = uninterrupted { waitid(P_PID, id_t(id), &info, WEXITED | WNOWAIT) }
        let wasKilled = info.si_code != Int32(CLD_EXITED)
        // The dead leader keeps its number until it is reaped, so that this group is still ours.
        if cause != .itself || (process.endsGroup && wasKilled) { kill(-id, SIGKILL) }
        var code: Int32 = 0
        _ = uninterrupted { waitpid(id, &code, 0) }
        let signal = code & 0x7f
        return Outcome(
            status: signal == 0 ? .exited((code >> 8) & 0xff) : .signaled(signal),
            cause: cause,
            output: outputBytes.all,
            error: errorBytes.all,
            duration: ContinuousClock.now - start
        )
    }

    private var milliseconds: Int32 {
        if pollsForExit { return 20 }
        guard let nextStep else { return -1 }
        let (seconds, attoseconds) = (nextStep - .now).components
        let wait = Double(seconds) * 1_000 + Double(attoseconds) / 1e15
        return Int32(min(max(wait.rounded(.up), 0), 3_600_000))
    }

    private mutating func tearDown(because reason: Outcome.Cause) {
        cause = reason
        let step = steps.popFirst()
        let signal = step?.signal ?? SIGKILL
        kill(step?.includesChildren ?? true ? -id : id, signal)
        nextStep = .now + (step?.wait ?? .seconds(1))
    }

    private mutating func read(
        _ pipe: Pipe,
        into buffer: WritableKeyPath<PollLoop, LineBuffer>,
        _ stream: LocalProcess.Stream
    ) {
        var (bytes, ended) = pipe.readAvailable()
        let isHandedOn = stream == .output && onOutput != nil
        let room = process.outputLimit - outputBytes.all.count - errorBytes.all.count
        if !isHandedOn, bytes.count > room {
            // What still comes until it has ended is read, so that it can end, and dropped.
            bytes.removeLast(bytes.count - room)
            if cause == .itself {
                tearDown(because: .outputLimit(bytes: process.outputLimit))
            }
        }
        if stream == .output, let onOutput {
            // After a refusal, as behind a limit, the rest is dropped.
            if !bytes.isEmpty, cause == .itself, !onOutput(bytes) { tearDown(because: .refusal) }
        } else {
            let lines = self[keyPath: buffer].add(bytes, splitting: onLine != nil)
            for line in lines { onLine?(stream, line) }
        }
        if ended { pipe.closeReader() }
    }

    private mutating func send() {
        guard let input else { return }
        let result = input.writeAvailable(unsent)
        unsent = unsent.dropFirst(result.count)
        if unsent.isEmpty || result.failed { input.closeWriter() }
    }

    private mutating func lookForExit() {
        var info = siginfo_t()
        let found = waitid(P_PID, id_t(id), &info, WEXITED | WNOWAIT | WNOHANG) == 0
        hasExited = hasExited || (found && info.si_signo != 0)
    }
}

/// All bytes of a stream, and those since the last line feed.
struct LineBuffer {
    private(set) var all: [UInt8] = []
    private var lineStart = 0

    /// Adds bytes and returns the lines that they complete; none if `splitting` is false.
    mutating func add(_ bytes: [UInt8], splitting: Bool) -> [String] {
        var searchStart = all.count
        all += bytes
        guard splitting else { return [] }
        var lines: [String] = []
        while let end = all[searchStart...].firstIndex(of: UInt8(ascii: "\n")) {
            lines.append(String(decoding: all[lineStart..<end], as: UTF8.self))
            lineStart = end + 1
            searchStart = lineStart
        }
        return lines
    }

    /// Returns a last line that has no line feed.
    mutating func finish() -> String? {
        guard lineStart < all.count, lineStart > 0 || !all.contains(UInt8(ascii: "\n")) else {
            return nil
        }
        defer { lineStart = all.count }
        return String(decoding: all[lineStart...], as: UTF8.self)
    }
}
