private import Glibc

/// How a program on this machine ended, and what it wrote.
public struct Outcome: Sendable, Hashable {
    /// What the kernel says about the end.
    public enum Status: Sendable, Hashable {
        /// It exited, with this status in 0...255.
        case exited(Int32)
        /// A signal of this number ended it.
        case signaled(Int32)
    }

    /// Who brought the end about.
    public enum Cause: Sendable, Hashable {
        /// The program, or somebody else's signal.
        case itself
        /// We, at the time limit.
        case timeLimit
        /// We, because it wrote more than so many bytes.
        case outputLimit(bytes: Int)
        /// We, because whoever got its output took no more.
        case refusal
        /// We, because the task was cancelled.
        case cancellation
    }

    /// How it ended.
    public let status: Status
    /// Why it ended.
    public let cause: Cause
    /// All of standard output, up to ``LocalProcess/outputLimit``.
    public let output: [UInt8]
    /// All of standard error, up to the same.
    public let error: [UInt8]
    /// From the start to the end.
    public let duration: Duration

    /// Whether it exited with 0, by itself.
    public var isSuccess: Bool { status == .exited(0) && cause == .itself }
    /// Standard output as text; bytes that are no UTF-8 are replaced.
    public var outputText: String { String(decoding: output, as: UTF8.self) }
    /// Standard error as text; bytes that are no UTF-8 are replaced.
    public var errorText: String { String(decoding: error, as: UTF8.self) }

    /// The signal that ended it and that we did not send; `nil` if it ended otherwise.
    public var killer: Int32? {
        guard cause == .itself, case .signaled(let signal) = status else { return nil }
        return signal
    }

    /// A signal in words, such as `SIGKILL (signal 9)`.
    public static func name(of signal: Int32) -> String {
        let names = [
            SIGHUP: "SIGHUP", SIGINT: "SIGINT", SIGQUIT: "SIGQUIT", SIGILL: "SIGILL",
            SIGABRT: "SIGABRT", SIGBUS: "SIGBUS", SIGKILL: "SIGKILL", SIGSEGV: "SIGSEGV",
            SIGPIPE: "SIGPIPE", SIGTERM: "SIGTERM",
        ]
        return names[signal].map { "\($0) (signal \(signal))" } ?? "signal \(signal)"
    }

    /// The end in words, such as `exit status 1` or `ended by signal 9`.
    public var ending: String {
        let end =
            switch status {
            case .exited(let code): "exit status \(code)"
            case .signaled(let signal): "ended by signal \(signal)"
            }
        return switch cause {
        case .itself: end
        case .timeLimit: "time limit reached, \(end)"
        case .outputLimit(let bytes): "wrote more than \(bytes) bytes, \(end)"
        case .refusal: "its output was not taken, \(end)"
        case .cancellation: "cancelled, \(end)"
        }
    }
}

/// A program on this machine that could not be run, or failed.
public enum LocalProcessError: Error, Hashable, CustomStringConvertible {
    /// There is no such program.
    case notFound(program: String)
    /// The system refused to start it; `reason` is its own text.
    case notStarted(program: String, reason: String)
    /// It did not exit with 0.
    case failed(command: String, Outcome)

    /// The program, what happened, and the last 20 lines of its standard error.
    public var description: String {
        switch self {
        case .notFound(let program):
            return "\(program): no such program; install it, or put its directory into PATH"
        case .notStarted(let program, let reason):
            return "\(program): cannot be started: \(reason.lowercased())"
        case .failed(let command, let outcome):
            let lines = outcome.errorText.split(separator: "\n").suffix(20)
            return (["\(command): \(outcome.ending)"] + lines.map(String.init))
                .joined(separator: "\n")
        }
    }
}
