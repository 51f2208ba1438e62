import Glibc
package import Posix

/// A program to run on this machine, as a value; nothing starts before ``run(onStart:onLine:)``.
///
/// The program gets its own process group, none of our open files, and default signal handling, so
/// that a Ctrl-C at the terminal reaches it only through us, once.
public struct LocalProcess: Sendable, Hashable {
    /// Where a line came from.
    public enum Stream: Sendable, Hashable {
        /// Standard output.
        case output
        /// Standard error.
        case error
    }

    /// One step of ending a program that does not end by itself.
    public struct TeardownStep: Sendable, Hashable {
        /// The signal's number.
        public let signal: Int32
        /// How long to wait for the end before the next step.
        public let wait: Duration
        /// Whether its children get the signal too.
        public let includesChildren: Bool

        /// Makes a step.
        public init(signal: Int32, wait: Duration, includesChildren: Bool = true) {
            self.signal = signal
            self.wait = wait
            self.includesChildren = includesChildren
        }
    }

    /// A path, or a name that is looked for in `PATH`.
    public var program: String
    /// The words behind the program.
    public var arguments: [String]
    /// The whole environment; `nil` for ours.
    public var environment: [String: String]?
    /// Where it runs; `nil` for our current directory.
    public var directory: String?
    /// What it reads from standard input, which then ends; empty means `/dev/null`.
    public var input: [UInt8]
    /// The file that it reads from standard input instead; `nil` for ``input``.
    public var inputFile: String?
    /// When to end it; `nil` for never.
    public var timeLimit: Duration?
    /// The most bytes that it may write, standard error included; 64 MiB by default.
    ///
    /// A program that writes more is ended, and the rest is not kept. What is handed on instead of kept does
    /// not count: who gets it can refuse more.
    public var outputLimit = 64 << 20
    /// How to end it at a limit or on cancellation; SIGKILL follows the last step.
    public var teardown: [TeardownStep]
    /// Whether the kernel sends it SIGINT when we die, kill -9 included (Linux with `setpriv` only).
    public var endsWithUs: Bool
    /// Whether what is left of its process group when a signal ended it gets SIGKILL.
    ///
    /// It always does when we ended it, and never after an exit.
    public var endsGroup = false

    /// SIGINT and 10 s, SIGTERM and 5 s.
    public static let gentleTeardown = [
        TeardownStep(signal: SIGINT, wait: .seconds(10)),
        TeardownStep(signal: SIGTERM, wait: .seconds(5)),
    ]

    /// Describes a run of a program.
    public init(
        _ program: String,
        _ arguments: [String] = [],
        environment: [String: String]? = nil,
        directory: String? = nil,
        input: [UInt8] = [],
        timeLimit: Duration? = nil,
        teardown: [TeardownStep] = Self.gentleTeardown,
        endsWithUs: Bool = false
    ) {
        self.program = program
        self.arguments = arguments
        self.environment = environment
        self.directory = directory
        self.input = input
        self.timeLimit = timeLimit
        self.teardown = teardown
        self.endsWithUs = endsWithUs
    }

    /// The command for logs and errors.
    public var command: Command { Command([program] + arguments) }

    /// Runs the program to its end; a non-zero exit status is a result, not an error.
    ///
    /// Cancelling the task ends the program by ``teardown``, and the result says so. No cooperative
    /// thread is held meanwhile.
    ///
    /// - Parameters:
    ///   - onStart: Gets the process id as soon as there is one; runs on a thread of its own.
    ///   - onLine: Gets each line as it comes, without its line feed; runs on the same thread.
    ///   - onOutput: Gets standard output as it comes, which is then neither kept nor split into
    ///     lines, and says whether it takes more: after `false` the program is ended. Runs on the same
    ///     thread, and the program waits meanwhile.
    /// - Returns: How it ended and all that it wrote.
    /// - Throws: ``LocalProcessError`` if it could not be started.
    public func run(
        onStart: (@Sendable (Int32) -> Void)? = nil,
        onLine: (@Sendable (Stream, String) -> Void)? = nil,
        onOutput: (@Sendable ([UInt8]) -> Bool)? = nil
    ) async throws(LocalProcessError) -> Outcome {
        try await run(onStart: onStart, onLine: onLine, onOutput: onOutput, backpressure: nil)
    }

    /// Runs the program as ``run(onStart:onLine:onOutput:)`` does, and reads no standard output while
    /// `backpressure` is held, until the program is to be ended.
    package func run(
        onStart: (@Sendable (Int32) -> Void)? = nil,
        onLine: (@Sendable (Stream, String) -> Void)? = nil,
        onOutput: (@Sendable ([UInt8]) -> Bool)?,
        backpressure: Backpressure?
    ) async throws(LocalProcessError) -> Outcome {
        let child = try ChildProcess(
            self,
            onStart: onStart,
            onLine: onLine,
            onOutput: onOutput,
            backpressure: backpressure
        )
        let result = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                child.start { continuation.resume(returning: $0) }
            }
        } onCancel: {
            child.cancel()
        }
        return try result.get()
    }

    /// Runs the program and requires that it exits with 0.
    ///
    /// - Throws: ``LocalProcessError`` otherwise, with the last lines of standard error.
    @discardableResult
    public func execute() async throws(LocalProcessError) -> Outcome {
        let outcome = try await run()
        guard outcome.isSuccess else { throw .failed(command: "\(command)", outcome) }
        return outcome
    }

    /// Returns the path of a program: itself if it has a slash, else the first match in `path`.
    ///
    /// Nothing is looked for in the current directory, nor below it, whatever `path` says.
    ///
    /// - Parameters:
    ///   - program: A path or a name.
    ///   - path: Directories with colons between them; `$PATH` by default.
    /// - Returns: `nil` if there is no file that we may execute.
    public static func find(_ program: String, path: String? = nil) -> String? {
        let candidates: [String]
        if program.contains("/") {
            candidates = [program]
        } else {
            let path = path ?? getenv("PATH").map { String(cString: $0) } ?? ""
            candidates = absolute(path).split(separator: ":").map { "\($0)/\(program)" }
        }
        return candidates.first { candidate in
            var info = stat()
            return stat(candidate, &info) == 0 && info.st_mode & S_IFMT == S_IFREG
                && access(candidate, X_OK) == 0
        }
    }

    /// The folders of a `PATH` that are the same wherever a program runs.
    ///
    /// An empty or relative one means the directory of whoever looks, and nodes fill some of those.
    static func absolute(_ path: String) -> String {
        let folders = path.split(separator: ":").filter { $0.hasPrefix("/") }
        return folders.isEmpty ? "/usr/bin:/bin" : folders.joined(separator: ":")
    }

    /// Replaces this process by the program, as the shell's `exec` does.
    ///
    /// - Throws: ``LocalProcessError`` if it cannot; otherwise it does not return.
    public func replaceCurrent() throws(LocalProcessError) -> Never {
        guard let path = Self.find(program) else { throw .notFound(program: program) }
        if let directory, chdir(directory) != 0 {
            throw .notStarted(program: program, reason: SystemError().text)
        }
        for signal in [SIGINT, SIGTERM, SIGHUP, SIGPIPE] { Self.setDefault(signal) }
        var all = sigset_t()
        sigemptyset(&all)
        pthread_sigmask(SIG_SETMASK, &all, nil)
        let words = CStrings([program] + arguments)
        let variables = environment.map { CStrings($0.map { "\($0)=\($1)" }) }
        execve(path, words.pointers, variables?.pointers ?? environ)
        throw .notStarted(program: program, reason: SystemError().text)
    }

    private static func setDefault(_ signal: Int32) {
        var action = sigaction()
        sigaction(signal, &action, nil)
        action.__sigaction_handler.sa_handler = SIG_DFL
        sigaction(signal, &action, nil)
    }
}
