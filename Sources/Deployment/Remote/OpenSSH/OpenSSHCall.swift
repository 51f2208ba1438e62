import Posix
import SSH
import Shell
import Synchronization

/// One command over OpenSSH: what it is, what it may take, and what its errors say.
struct OpenSSHCall: Sendable {
    /// What the reports of a command may add to its standard error, in bytes.
    private static let reportLimit = 256
    /// Of an output that goes elsewhere nobody expects more words beside it than these.
    private static let wordLimit = 1 << 20

    /// The node's name.
    let node: String
    /// What its errors say was being done.
    let operation: String
    /// For the user's login shell.
    let text: String
    let timeLimit: Duration
    var input: [UInt8] = []
    /// The local file that it reads instead.
    var inputFile: String?
    /// The most that it may write, in bytes.
    var outputLimit = 1 << 20
    /// Where its standard output goes; `nil` to keep it.
    var sink: OutputSink?
    /// Who takes its standard output line by line instead, as slowly as it likes.
    var lines: RemoteOutput?

    init(_ node: String, _ operation: String, _ text: String, within timeLimit: Duration) {
        self.node = node
        self.operation = operation
        self.text = text
        self.timeLimit = timeLimit
    }

    /// The process that runs it over a connection.
    func process(
        _ command: ReportedCommand,
        over line: OpenSSHCommandLine,
        by deadline: ContinuousClock.Instant
    ) -> LocalProcess {
        var process = line.client(command.wrapping(text), timeLimit: deadline - .now)
        process.input = input
        process.inputFile = inputFile
        // A sink counts by itself, and of lines there may be any number.
        process.outputLimit = Self.reportLimit + (isKept ? outputLimit : Self.wordLimit)
        return process
    }

    /// Whether its standard output is kept.
    var isKept: Bool { sink == nil && lines == nil }

    /// What takes its standard output; `nil` to keep it.
    var onOutput: (@Sendable ([UInt8]) -> Bool)? {
        if let lines {
            return { bytes in
                lines.take(bytes)
                return true
            }
        }
        guard let sink else { return nil }
        return { bytes in sink.take(bytes) }
    }

    /// Makes an error of this call.
    func error(_ reason: SSHError.Reason, code: Int32 = 0, _ message: String) -> SSHError {
        SSHError(node: node, operation: operation, reason: reason, code: code, message: message)
    }

    var cancelled: SSHError { error(.cancelled, "was cancelled") }
    var closed: SSHError { error(.closed, "the connection was closed") }
    var timedOut: SSHError { error(.timedOut, "timed out after \(timeLimit)") }
    var tooLarge: SSHError {
        error(.outputTooLarge, "wrote more than \(outputLimit) bytes and was ended")
    }

    private var tooManyErrors: SSHError {
        error(
            .outputTooLarge,
            "wrote more than \(Self.wordLimit) bytes to standard error and was ended"
        )
    }

    /// Why it was ended before its own end.
    func error(endedBy cause: Outcome.Cause) -> SSHError {
        switch cause {
        case .itself, .cancellation: cancelled
        case .timeLimit: timedOut
        case .outputLimit: isKept ? tooLarge : tooManyErrors
        case .refusal:
            sink?.failure.map { error($0) } ?? tooLarge
        }
    }

    /// What comes from a local file that cannot be written.
    func error(_ failure: SystemError) -> SSHError {
        let message = "cannot write the local file: \(failure.text)"
        return error(.localFile, code: failure.code, message)
    }
}

/// What a command over OpenSSH wrote, and how it ended.
struct OpenSSHAnswer: Sendable {
    let output: [UInt8]
    let errors: [UInt8]
    let status: RemoteStatus

    var errorText: String { String(decoding: errors, as: UTF8.self) }
}

/// A local file that takes what a command writes, up to a limit.
final class OutputSink: Sendable {
    private let file: PendingFile
    private let limit: Int
    private let state = Mutex<(count: Int, failure: SystemError?)>((0, nil))

    init(_ file: PendingFile, limit: Int) {
        self.file = file
        self.limit = limit
    }

    /// Why it took no more; `nil` also where that was for the limit.
    var failure: SystemError? { state.withLock { $0.failure } }

    /// Takes the next bytes and returns whether it takes more.
    func take(_ bytes: [UInt8]) -> Bool {
        state.withLock { state in
            state.count += bytes.count
            guard state.count <= limit else { return false }
            bytes.withUnsafeBytes { bytes in
                do throws(SystemError) { try file.append(bytes) } catch { state.failure = error }
            }
            return state.failure == nil
        }
    }
}
