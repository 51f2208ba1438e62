internal import Engine
private import Glibc
internal import Histogram
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
            write(error.description, to: error.isHelp ? STDOUT_FILENO : STDERR_FILENO)
            return error.isHelp ? 0 : 2
        } catch let error as SettingsError {
            write(error.description, to: STDERR_FILENO)
            return 2
        } catch {
            write("\(scenario.name): \(error)", to: STDERR_FILENO)
            return 1
        }
    }

    private func play(_ options: ProgramOptions) throws -> Int32 {
        if options.isForSchema {
            write(Settings.schema(of: scenario.settings).text, to: STDOUT_FILENO)
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
                write("\(row.name)=\(row.value)  \(row.meaning)", to: STDOUT_FILENO)
            }
            return 0
        }
        if options.isRealTime, !ThreadPriority.makeRealTime() {
            throw RunError.noRealTime
        }
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

/// Prints lines at once and whole, without what a terminal would obey.
private func write(_ text: String, to file: Int32) {
    // Nothing is left to be done if nobody can be told.
    try? AtomicFile.append(Array((text.printable + "\n").utf8), to: file)
}

/// One call of a program, from the first user to the last line of its log.
private final class Session<State: Sendable> {
    /// How often the loop's lateness is looked at, in nanoseconds.
    private static var probeInterval: Int64 { 10_000_000 }
    /// How long one turn of the loop may take.
    private static var patience: Duration { .seconds(10) }

    private let scenario: Scenario<State>
    private let options: ProgramOptions
    private let agent: Agent
    private let run: ScenarioRun<State>
    private let folder: TrialDirectory
    private let measures: LineWriter
    private let events: LineWriter
    private let log: MeasureLog
    private let signals: Signals
    private let start: Int64
    private let began: Int64
    private var facts: ProgramReport.Facts
    private var interrupts = 0
    private var second = 0
    private var watch: WatchTicket?

    init(_ scenario: Scenario<State>, _ options: ProgramOptions, _ agent: Agent) throws {
        self.scenario = scenario
        self.options = options
        self.agent = agent
        began = SystemClock.wall
        start = agent.telemetry.start
        folder = try TrialDirectory(
            options.trial ?? TrialDirectory.standard(scenario.name, since1970: began)
        )
        measures = try LineWriter(path: folder.measures)
        events = try LineWriter(path: folder.events)
        log = MeasureLog(start: .nanoseconds(began))
        signals = try Signals()
        run = ScenarioRun(scenario) { agent }
        facts = ProgramReport.Facts(
            lateness: try Histogram(highestTrackable: 60_000_000_000, resizes: true)
        )
    }

    func play() throws -> Int32 {
        let loop = agent.loop
        measures.append(log.head)
        agent.telemetry.subscribe { [events] in events.append($0.line + "\n", mayBeLost: true) }
        let name = scenario.name
        let watchdog = try Watchdog(loop, limit: Self.patience) {
            write(
                "\(name): a user has not let others run for 10 s: it computes, or waits without "
                    + "\"await\", in a loop; nothing can be measured any more",
                to: STDERR_FILENO
            )
            _exit(1)
        }
        watch = try loop.watch(signals.bell) { [self] _ in interrupted() }
        tick()
        probe(at: loop.now + Self.probeInterval)
        try run.start(users: options.users, rate: options.rate)
        if let length = options.length {
            _ = loop.alarm(at: start + length.nanoseconds) { [run] in run.stop() }
        }
        _ = loop.run(until: { [run] in run.status.isOver }, before: .max)
        watchdog.end()
        if let watch { loop.forget(watch) }
        return try end()
    }

    private func interrupted() {
        var count: UInt64 = 0
        guard read(signals.bell, &count, 8) == 8, signals.caught != nil else { return }
        interrupts += 1
        // Who asks twice waits for nothing.
        if interrupts > 1 { _exit(130) }
        write("\(scenario.name): stopping; once more ends it at once", to: STDERR_FILENO)
        run.stop()
    }

    /// Once a second: what is settled goes to disk, and a line to whoever looks.
    private func tick() {
        let loop = agent.loop
        second += 1
        _ = loop.alarm(at: start + Int64(second) * 1_000_000_000) { [self] in
            agent.telemetry.measures.settle(now: loop.now) { number, series in
                measures.append(log.lines(number, series))
            }
            if let crowd = run.crowd {
                if !options.isQuiet {
                    let line = ProgramReport.line(second, crowd.counts, agent.telemetry.measures)
                    write(line, to: STDOUT_FILENO)
                }
                if options.length == nil, crowd.counts.waiting == 0, crowd.counts.running == 0 {
                    run.stop()
                }
            }
            agent.telemetry.measures.resetLive()
            if measures.failure != nil { run.stop() }
            tick()
        }
    }

    /// Sees how late the loop is.
    private func probe(at time: Int64) {
        let loop = agent.loop
        _ = loop.alarm(at: time) { [self] in
            // A resizing histogram takes any value above 0.
            try? facts.lateness.record(max(0, loop.now - time))
            probe(at: max(time, loop.now - Self.probeInterval) + Self.probeInterval)
        }
    }

    private func end() throws -> Int32 {
        let all = agent.telemetry.measures
        facts.length = agent.loop.now - start
        all.settle(now: agent.loop.now, isLast: true) { number, series in
            measures.append(log.lines(number, series, endedAt: facts.length))
        }
        measures.append(MeasureLog.lastLine(all, isComplete: interrupts == 0))
        if let crowd = run.crowd {
            facts.counts = crowd.counts
            facts.failures = crowd.failures
        }
        facts.coordinatorFailures = agent.coordinatorFailures
        facts.problems = run.problems
        if case .failed(let reason) = run.status {
            facts.problems.append("the scenario's preparation failed: \(reason)")
        }
        for writer in [measures, events] {
            do {
                try writer.close()
            } catch {
                facts.problems.append("\(error)")
            }
            if writer.lost > 0 {
                facts.problems.append(
                    "\(writer.path): \(writer.lost) lines were left out: the disk is too slow"
                )
            }
        }
        let reasons = ProgramReport.reasons(facts)
        let record = ProgramRecord.json(
            scenario.name,
            facts,
            agent,
            reasons: reasons,
            began: began,
            isInterrupted: interrupts > 0
        )
        do {
            try AtomicFile.write(
                Array((record.text + "\n").utf8),
                to: folder.record,
                mode: 0o600,
                durably: false
            )
        } catch {
            throw SystemError(folder.record, code: error.code)
        }
        write(ProgramReport.summary(facts, all), to: STDOUT_FILENO)
        for reason in reasons { write("INVALID: \(reason)", to: STDOUT_FILENO) }
        write(folder.path, to: STDOUT_FILENO)
        return reasons.isEmpty && !haveAllFailed ? 0 : 1
    }

    private var haveAllFailed: Bool {
        facts.counts.failed > 0 && facts.counts.ended + facts.counts.removed == 0
    }
}
