import DeploymentState
import Dispatch
import Foundation
import Shell
public import Usage

/// The frame of every script: its words, its deployment, its errors, and Ctrl-C.
public enum Script {
    /// Runs the body of a script and exits: 0 done, 1 failed, 2 wrong usage.
    ///
    /// The first operand of `usage` must be `NAME`, the deployment, which no other script or `prov`
    /// may work on meanwhile. The first Ctrl-C (or SIGTERM)
    /// cancels the body, which then ends what it started on the nodes; the second exits at once.
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
            let usage = system == nil ? usage.adding(Systems.option) : usage
            let (arguments, words) = try self.words(usage, CommandLine.arguments) { arguments in
                (try read(arguments), try Systems.named(by: arguments))
            }
            let task = Task {
                let chosen = system ?? words.1
                try await work(on: arguments.operand("NAME"), chosen, usage.command) {
                    try await body($0, words.0)
                }
            }
            let signals = [SIGINT, SIGTERM].map { interrupt($0, cancels: task, of: usage.command) }
            try await task.value
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

    /// Does the body with the deployment's lock: two at work on it at once would measure nothing.
    private static func work(
        on name: String,
        _ system: (any System)?,
        _ command: String,
        _ body: (Deployment) async throws -> Void
    ) async throws {
        // As bin/prov has it: a deployment beside the checkout is found from any directory.
        let home = Files.environment("PROV_HOME") ?? Checkout.ofThisProgram
        let state = try StateDirectory.open(name, home: home)
        let lock = try DeploymentLock(state.files, command: "\(command) \(state.name)") { line in
            report("\(command): \(line)", to: .standardError)
        }
        defer { withExtendedLifetime(lock) {} }
        let deployment = try await Deployment.connect(to: state, system: system)
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

    private static func interrupt(
        _ signal: Int32,
        cancels task: Task<Void, any Error>,
        of command: String
    ) -> any DispatchSourceSignal {
        // The source sees the signal only if it is not fatal by itself.
        Foundation.signal(signal, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: signal, queue: .global())
        source.setEventHandler {
            guard !task.isCancelled else { _exit(1) }
            report("\(command): stopping; once more to leave at once", to: .standardError)
            task.cancel()
        }
        source.resume()
        return source
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
