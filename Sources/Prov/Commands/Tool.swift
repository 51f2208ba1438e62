import Dispatch
import Glibc
import Synchronization
import Usage

/// The program `prov`: finds the command, runs it, and turns errors into an exit status.
public enum Tool {
    /// The version that `prov --version` prints.
    public static let version = "0.1.0"

    static let commands: [(name: String, type: any Subcommand.Type)] = [
        ("plan", PlanCommand.self), ("provision", Provision.self), ("extend", Extend.self),
        ("deprovision", Deprovision.self), ("status", Status.self), ("list", List.self),
        ("adopt", Adopt.self), ("reap", Reap.self),
        ("output", Output.self), ("ssh", SSH.self), ("open", OpenCommand.self),
        ("jobs", JobsCommand.self),
        ("config", ConfigCommand.self), ("doctor", Doctor.self),
        ("completion", CompletionCommand.self),
    ]

    /// Runs one call.
    ///
    /// - Parameter words: The words behind `prov`.
    /// - Returns: The exit status: 0 done, 1 failed, 2 usage, 130 for a second Ctrl-C.
    public static func run(_ words: [String]) async -> Int32 {
        // What terraform and the scripts of a template write is nobody else's to read, either.
        umask(0o077)
        let console = Console()
        do {
            try await call(words, console: console)
            return 0
        } catch {
            console.end()
            return report(error, to: console)
        }
    }

    private static func call(_ words: [String], console: Console) async throws {
        var words = words[...]
        let name = words.popFirst() ?? "--help"
        switch name {
        case "--version", "version": return console.print("prov \(version)")
        case "--help", "-h", "help":
            guard let topic = words.first else { return console.print(help) }
            return console.print(try command(topic).usage.help)
        case "complete":
            // Only the shells' scripts call it; see Shells.
            let words = words.first == "--" ? words.dropFirst() : words
            let completion = Completion(commands: commands.map { $0.type.usage })
            for candidate in completion.candidates(for: Array(words)) {
                console.print("\(candidate.text)\t\(candidate.help)")
            }
            return
        default: break
        }
        let command = try command(name)
        let arguments = try command.usage.parse(Array(words))
        try await untilInterrupted(console) {
            try await command.run(arguments, console: console)
        }
    }

    private static func command(_ name: String) throws -> any Subcommand.Type {
        if let found = commands.first(where: { $0.name == name }) { return found.type }
        let hint = Suggestion.hint(for: name, among: commands.map(\.name))
        throw UsageError("unknown command \"\(name)\"\(hint)", usage: general)
    }

    /// Runs `body` in a task that the first SIGINT, SIGTERM or SIGHUP cancels; the second exits, and so does
    /// the first while configs are read.
    private static func untilInterrupted(
        _ console: Console,
        _ body: @escaping @Sendable () async throws -> Void
    ) async throws {
        let numbers = [SIGINT, SIGTERM, SIGHUP]
        let registered = DispatchGroup()
        for _ in numbers { registered.enter() }
        let task = Task {
            // A signal before that is lost.
            await withCheckedContinuation { continuation in
                registered.notify(queue: .global()) { continuation.resume() }
            }
            try await body()
        }
        let count = Mutex(0)
        let sources = numbers.map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
            source.setRegistrationHandler { registered.leave() }
            source.setEventHandler {
                let isFirst = count.withLock { count in
                    count += 1
                    return count == 1
                }
                guard isFirst else { _exit(130) }
                Interruption.endIfHarmless { console.say(interrupted) }
                console.say("stopping; once more to drop everything")
                task.cancel()
            }
            source.activate()
            return source
        }
        defer { for source in sources { source.cancel() } }
        try await task.value
    }

    private static let interrupted = "prov: interrupted before anything was changed"

    private static func report(_ error: any Error, to console: Console) -> Int32 {
        switch error {
        case let error as UsageError where error.isHelp:
            console.print(error.description)
            return 0
        case let error as UsageError:
            console.say(error.description)
            return 2
        case let error as ConfigErrors:
            // Each line begins with its place, as editors want it.
            console.say(error.description)
            return 1
        case is CancellationError:
            console.say(interrupted)
            return 1
        default:
            console.say("prov: \(error)")
            return 1
        }
    }

    private static let general = Usage(
        "prov",
        summary: "Makes clusters of machines with Terraform, and ends them.",
        example: "prov provision demo prov/local configs/local/local.yml",
        operands: [Usage.Operand("COMMAND", "see prov --help")],
        takesRest: true
    )

    private static var help: String {
        let width = commands.map(\.name.count).max() ?? 0
        let lines = commands.map { name, type in
            "  \(name)\(String(repeating: " ", count: width - name.count))  \(type.usage.summary)"
        }
        return """
            \(general.summary)

            usage: prov COMMAND …

            \(lines.joined(separator: "\n"))

            prov help COMMAND says more; prov --version prints the version.

            example: \(general.example)
            """
    }
}
