internal import Engine
private import Glibc
internal import JSON
internal import Posix
internal import Usage

extension Scenario {
    /// Runs the scenario as a program of its own, as its words say, and ends the process.
    ///
    /// Prints a line each second, and leaves a trial directory. The first Ctrl-C tells all users to end, the
    /// second one ends the process. Exit status: 0 if the run came to its end and is valid, 1 if not, 2 if a word is wrong.
    public func run(_ words: [String] = Array(CommandLine.arguments.dropFirst())) -> Never {
        exit(Program(self).run(words))
    }
}

/// A scenario as a program.
package struct Program<State: Sendable> {
    private let scenario: Scenario<State>

    /// Makes the program of a scenario.
    package init(_ scenario: Scenario<State>) { self.scenario = scenario }

    /// Does what the words say; returns the exit status.
    package func run(_ words: [String]) -> Int32 {
        let usage = ProgramOptions.usage(scenario.name, scenario.summary)
        do {
            return try play(ProgramOptions(words, usage))
        } catch let error as UsageError {
            writeLine(error.description, to: error.isHelp ? STDOUT_FILENO : STDERR_FILENO)
            return error.isHelp ? 0 : 2
        } catch let error as SettingsError {
            writeLine(error.description, to: STDERR_FILENO)
            return 2
        } catch {
            writeLine("\(scenario.name): \(error)", to: STDERR_FILENO)
            return 1
        }
    }

    private func play(_ options: ProgramOptions) throws -> Int32 {
        if options.isForSchema {
            writeLine(Settings.schema(of: scenario.settings).text, to: STDOUT_FILENO)
            return 0
        }
        FileLimit.raise()
        ThreadPriority.sharpenTimers()
        let loop = try EventLoop()
        let telemetry = Telemetry(on: loop)
        let settings = try Settings(
            scenario.settings,
            given: options.settings,
            environment: Self.environment,
            telemetry: telemetry
        )
        if options.isForTable {
            for row in settings.table {
                writeLine("\(row.name)=\(row.value)  \(row.meaning)", to: STDOUT_FILENO)
            }
            return 0
        }
        if options.isRealTime, !ThreadPriority.makeRealTime() {
            throw RunError.noRealTime
        }
        let awake = options.isRealTime ? try? AwakeProcessors() : nil
        defer { withExtendedLifetime(awake) {} }
        let agent = Agent(on: loop, settings: settings, telemetry: telemetry, seed: options.seed)
        let session = try Session(scenario, options, agent)
        return try session.play()
    }

    private static var environment: [String: String] {
        var variables: [String: String] = [:]
        var next = environ
        while let text = next.pointee {
            let words = String(cString: text).split(
                separator: "=",
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            if words.count == 2, words[0].hasPrefix("SCENARIO_") {
                variables[String(words[0])] = String(words[1])
            }
            next += 1
        }
        return variables
    }
}
