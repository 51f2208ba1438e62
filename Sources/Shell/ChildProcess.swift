private import CSpawn
import Glibc
internal import Posix
import Synchronization

/// One running program: a thread that starts it, moves its bytes, and reaps it.
///
/// The thread lives from the start to the reaping, because Linux counts the death of the starting
/// *thread* as the parent's for `PR_SET_PDEATHSIG`. A second thread only waits for the exit, so that
/// a grandchild that keeps a pipe open holds up nothing.
final class ChildProcess: Sendable {
    private enum Wake {
        static let cancelled = UInt8(ascii: "c")
        static let exited = UInt8(ascii: "x")
        static let released = UInt8(ascii: "r")
    }

    private let process: LocalProcess
    private let path: String
    private let arguments: [String]
    private let onStart: (@Sendable (Int32) -> Void)?
    private let onLine: (@Sendable (LocalProcess.Stream, String) -> Void)?
    private let onOutput: (@Sendable ([UInt8]) -> Bool)?
    private let backpressure: Backpressure?
    private let wake: Pipe

    init(
        _ process: LocalProcess,
        onStart: (@Sendable (Int32) -> Void)?,
        onLine: (@Sendable (LocalProcess.Stream, String) -> Void)?,
        onOutput: (@Sendable ([UInt8]) -> Bool)?,
        backpressure: Backpressure?
    ) throws(LocalProcessError) {
        guard let path = LocalProcess.find(process.program, path: process.environment?["PATH"])
        else { throw .notFound(program: process.program) }
        if process.endsWithUs, let setpriv = LocalProcess.find("setpriv") {
            self.path = setpriv
            arguments = ["setpriv", "--pdeathsig", "INT", "--", path] + process.arguments
        } else {
            self.path = path
            arguments = [process.program] + process.arguments
        }
        self.process = process
        self.onStart = onStart
        self.onLine = onLine
        self.onOutput = onOutput
        self.backpressure = backpressure
        do {
            wake = try Pipe()
        } catch {
            throw .notStarted(program: process.program, reason: error.text)
        }
        backpressure?.onRelease { [wake] in wake.write(Wake.released) }
    }

    /// Starts the thread; `completion` is called once, on that thread.
    func start(
        _ completion: @escaping @Sendable (Result<Outcome, LocalProcessError>) -> Void
    ) {
        let started = SystemThread.detach { completion(self.runToEnd()) }
        if !started {
            completion(
                .failure(.notStarted(program: process.program, reason: "no thread to be had"))
            )
        }
    }

    /// Asks the thread to end the program; any number of times, at any time.
    func cancel() { wake.write(Wake.cancelled) }

    private func runToEnd() -> Result<Outcome, LocalProcessError> {
        let start = ContinuousClock.now
        do {
            let input = process.input.isEmpty || process.inputFile != nil ? nil : try Pipe()
            let output = try Pipe()
            let error = try Pipe()
            let id = try spawn(input: input, output: output, error: error)
            input?.closeReader()
            output.closeWriter()
            error.closeWriter()
            onStart?(id)
            var loop = PollLoop(
                id: id,
                process: process,
                pipes: (input, output, error, wake),
                start: start,
                onLine: onLine,
                onOutput: onOutput,
                backpressure: backpressure
            )
            let wake = wake
            let watching = SystemThread.detach {
                var info = siginfo_t()
                _ = uninterrupted { waitid(P_PID, id_t(id), &info, WEXITED | WNOWAIT) }
                wake.write(Wake.exited)
            }
            if !watching { loop.pollsForExit = true }
            loop.run(
                isCancelled: { $0 == Wake.cancelled },
                isExited: { $0 == Wake.exited }
            )
            return .success(loop.reap())
        } catch {
            return .failure(.notStarted(program: process.program, reason: error.text))
        }
    }

    /// The program's environment, in whose `PATH` no folder depends on where it runs; `nil` for ours as it is.
    private static func variables(of process: LocalProcess) -> [String]? {
        if let given = process.environment {
            return given.map { name, value in
                "\(name)=\(name == "PATH" ? LocalProcess.absolute(value) : value)"
            }
        }
        guard let path = getenv("PATH").map({ String(cString: $0) }),
            path != LocalProcess.absolute(path)
        else { return nil }
        var lines: [String] = []
        var next = environ
        while let line = next.pointee {
            lines.append(String(cString: line))
            next += 1
        }
        return lines.filter { !$0.hasPrefix("PATH=") } + ["PATH=\(LocalProcess.absolute(path))"]
    }

    private func spawn(input: Pipe?, output: Pipe, error: Pipe) throws(SystemError) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        if let file = process.inputFile {
            posix_spawn_file_actions_addopen(&actions, 0, file, O_RDONLY, 0)
        } else if let input {
            posix_spawn_file_actions_adddup2(&actions, input.reader, 0)
        } else {
            posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        }
        posix_spawn_file_actions_adddup2(&actions, output.writer, 1)
        posix_spawn_file_actions_adddup2(&actions, error.writer, 2)
        // Ours are close-on-exec; this is for what libraries opened otherwise.
        posix_spawn_file_actions_addclosefrom_np(&actions, 3)
        if let directory = process.directory {
            posix_spawn_file_actions_addchdir_np(&actions, directory)
        }
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        defer { posix_spawnattr_destroy(&attributes) }
        var none = sigset_t()
        sigemptyset(&none)
        var all = sigset_t()
        sigfillset(&all)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setsigdefault(&attributes, &all)
        posix_spawnattr_setpgroup(&attributes, 0)
        let flags = POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF
        posix_spawnattr_setflags(&attributes, Int16(flags))
        let words = CStrings(arguments)
        let variables = Self.variables(of: process).map(CStrings.init)
        var id: pid_t = 0
        let code = posix_spawn(
            &id,
            path,
            &actions,
            &attributes,
            words.pointers,
            variables?.pointers ?? environ
        )
        guard code == 0 else { throw SystemError(code: code) }
        return id
    }
}
