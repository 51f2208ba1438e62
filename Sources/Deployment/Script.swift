import DeploymentState
import Foundation
import Shell
public import Usage

/// The frame of every script: its words, its deployment, its errors, and Ctrl-C.
public enum Script {
    /// The option of a script that can go on with a load, for ``Deployment/measure(_:limits:in:attaching:_:)``.
    public static let attach = Usage.Option(
        "attach",
        "go on with the trial whose load runs though its script was killed or left it"
    )

    private static let retryFailed = Usage.Option(
        "retry-failed",
        "repeat a step on the nodes where it failed: once, or as you answer at a terminal"
    )
    private static let dryRun = Usage.Option(
        "dry-run",
        "print what would be done on which node, as far as that depends on no answer; do nothing"
    )

    /// Runs the body of a script and exits: 0 done, 1 failed, 2 wrong usage.
    ///
    /// The first operand of `usage` must be `NAME`, the deployment, which no other script or `prov`
    /// may work on meanwhile. The first Ctrl-C (or SIGTERM)
    /// cancels the body, which then ends what it started on the nodes; the second exits at once. A script
    /// that takes ``attach`` asks at a terminal, under load, whether the load shall run on.
    ///
    /// - Parameters:
    ///   - usage: What the script takes; `--system NAME` comes on top unless `system` is given.
    ///   - system: What runs on the servers; by default what the deployment's record names.
    ///   - body: The protocol.
    public static func run(
        _ usage: Usage,
        system: (any System)? = nil,
        _ body: @escaping @Sendable (Deployment, Arguments) async throws -> Void
    ) async -> Never {
        await run(usage, system: system, reading: { $0 }, body)
    }

    /// Runs the body of a script whose words are read before anything is connected to.
    ///
    /// - Parameters:
    ///   - usage: What the script takes; `--system NAME` comes on top unless `system` is given.
    ///   - system: What runs on the servers; by default what the deployment's record names.
    ///   - read: Makes of the words what the body needs; what it throws is wrong usage.
    ///   - body: The protocol.
    public static func run<Words: Sendable>(
        _ usage: Usage,
        system: (any System)? = nil,
        reading read: (Arguments) throws -> Words,
        _ body: @escaping @Sendable (Deployment, Words) async throws -> Void
    ) async -> Never {
        // Whoever pipes the output sees each line when it is written.
        StandardOutput.bufferByLine()
        // What a script keeps names addresses and settings: only its owner may read it.
        umask(0o077)
        do {
            let usage = (system == nil ? usage.adding(Systems.option) : usage)
                .adding(retryFailed).adding(dryRun)
            let (arguments, words) = try self.words(usage, CommandLine.arguments) { arguments in
                (try read(arguments), try Systems.named(by: arguments))
            }
            if arguments.flag(dryRun.name) {
                try await rehearse(arguments.operand("NAME"), system ?? words.1) {
                    try await body($0, words.0)
                }
                leave(0)
            }
            let attaches = usage.options.contains(attach)
            let script = RunningScript(usage.command, CommandLine.arguments, attaches: attaches)
            let (progress, ledger) = (Progress(), TrialLedger(script: script))
            let name = arguments.operand("NAME")
            let goesOn = GoingOn(usage, arguments)
            let task = Task {
                let chosen = system ?? words.1
                let retry = arguments.flag(retryFailed.name) ? retry(usage.command, progress) : nil
                try await FanOutRetry.$current.withValue(retry) {
                    try await work(on: name, chosen, usage.command, progress, ledger) {
                        try await $0.spareLoads(goingOn: goesOn)
                        try await body($0, words.0)
                    }
                }
            }
            let interrupt = ScriptInterrupt(
                command: usage.command,
                task: task,
                ledger: ledger,
                progress: progress,
                attaches: attaches,
                say: { report($0, to: .standardError) }
            )
            let signals = interrupt.obey()
            do { try await task.value } catch is LoadLeft {
                let words = CommandLine.arguments
                let text = ScriptInterrupt.remedy(usage.command, words, deployment: name)
                report(text, to: .standardError)
                leave(1)
            }
            withExtendedLifetime(signals) {}
            leave(0)
        } catch let error as UsageError {
            report("\(error)", to: error.isHelp ? .standardOutput : .standardError)
            leave(error.isHelp ? 0 : 2)
        } catch let status as ScriptStatus {
            leave(status.code)
        } catch is CancellationError {
            report("\(usage.command): interrupted", to: .standardError)
            leave(1)
        } catch {
            report("\(usage.command): \(error)", to: .standardError)
            leave(1)
        }
    }

    /// Reads the words of a call.
    ///
    /// - Throws: `UsageError` whatever is wrong with them.
    static func words<Words>(
        _ usage: Usage,
        _ words: [String],
        _ read: (Arguments) throws -> Words
    ) throws(UsageError) -> (Arguments, Words) {
        let arguments = try usage.parse(Array(words.dropFirst()))
        do {
            return (arguments, try read(arguments))
        } catch let error as UsageError {
            throw error
        } catch {
            throw arguments.error("\(error)")
        }
    }

    /// How steps are repeated: as a person says, where there is one.
    private static func retry(_ command: String, _ progress: Progress) -> FanOutRetry {
        let say: @Sendable (String) -> Void = { report("\(command): \($0)", to: .standardError) }
        guard isatty(0) == 1, isatty(2) == 1 else { return .once(say) }
        return .asking(say) { question in
            progress.holdLiveLines(true)
            defer { progress.holdLiveLines(false) }
            FileHandle.standardError.write(Data(question.utf8))
            return readLine()
        }
    }

    /// Shows what the body would do; it takes no lock, and connects to nothing.
    ///
    /// - Throws: What is wrong with the call whatever the nodes say.
    private static func rehearse(
        _ name: String,
        _ chosen: (any System)?,
        _ body: (Deployment) async throws -> Void
    ) async throws {
        let home = Files.environment("PROV_HOME") ?? Checkout.ofThisProgram
        let state = try StateDirectory.open(name, home: home)
        let system = try Systems.of(state, chosen: chosen)
        let servers = state.inventory.group("server").count
        let run = DryRun(servers: servers, system: system.name) { print($0) }
        try await DryRun.$current.withValue(run) {
            do {
                try await body(.dry(state, nodes: state.inventory.nodes, system: system, run))
            } catch {
                run.flush()
                print(try DryRun.end(error))
            }
        }
        run.flush()
    }

    /// Does the body with the deployment's lock: two at work on it at once would measure nothing.
    private static func work(
        on name: String,
        _ system: (any System)?,
        _ command: String,
        _ progress: Progress,
        _ ledger: TrialLedger,
        _ body: (Deployment) async throws -> Void
    ) async throws {
        // As bin/prov has it: a deployment beside the checkout is found from any directory.
        let home = Files.environment("PROV_HOME") ?? Checkout.ofThisProgram
        let state = try StateDirectory.open(name, home: home)
        let lock = try DeploymentLock(state.files, command: "\(command) \(state.name)") { line in
            report("\(command): \(line)", to: .standardError)
        }
        defer { withExtendedLifetime(lock) {} }
        let deployment = try await Deployment.connect(
            to: state,
            system: system,
            progress: progress,
            ledger: ledger
        )
        do { try await body(deployment) } catch {
            await deployment.close()
            throw error
        }
        await deployment.close()
        let invalid = deployment.ledger.invalid
        guard invalid.isEmpty else { throw InvalidTrials(trials: invalid) }
    }

    /// Trials that a script made, and whose numbers may not be used.
    ///
    /// The reasons stand in the headline of each trial, which the script has printed, and on disk.
    struct InvalidTrials: Error, CustomStringConvertible {
        let trials: [TrialError]
        var description: String {
            trials.map { trial in
                "\(trial.directory): the trial is invalid; "
                    + "\(trial.reasons.count.of("reason")) in its trial.json"
            }
            .joined(separator: "\n")
        }
    }

    /// Exits without the libraries' own cleaning up, which the connections' thread may still need.
    private static func leave(_ status: Int32) -> Never {
        fflush(nil)
        _exit(status)
    }

    private static func report(_ text: String, to file: FileHandle) {
        file.write(Data((text.printable + "\n").utf8))
    }
}

/// Ends a script that has done its work with an exit status of its own, without a message.
public struct ScriptStatus: Error, Hashable {
    /// What the shell sees, 0 to 255.
    public let code: Int32

    /// Makes it of what the shell shall see.
    public init(_ code: Int32) { self.code = code }
}
