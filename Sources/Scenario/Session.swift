internal import Door
internal import Engine
private import Glibc
internal import Histogram
internal import JSON
internal import Posix
internal import Usage

/// One call of a scenario's program, from its first user to the last line of its log.
final class Session<State: Sendable> {
    /// How often the loop's lateness is looked at, in nanoseconds.
    private static var probeInterval: Int64 { 10_000_000 }
    /// So many commands of its door stand in its record.
    private static var mostCommands: Int { 1_000 }
    /// How long one turn of the loop may take.
    private static var patience: Duration { .seconds(10) }

    private let scenario: Scenario<State>
    private let options: ProgramOptions
    private let agent: Agent
    private let run: ScenarioRun<State>
    private let folder: TrialDirectory
    private let measures: LineWriter
    private let events: LineWriter
    private let signals: Signals
    private var log = MeasureLog(start: .zero)
    /// Since 1970.
    private var began: Int64 = 0
    private var facts: ProgramReport.Facts
    private var interrupts = 0
    /// Whether it was told to end before its time.
    private var isStopped = false
    private var second = 0
    private var watch: WatchTicket?
    private var door: (server: DoorServer, file: DoorFile)?

    init(_ scenario: Scenario<State>, _ options: ProgramOptions, _ agent: Agent) throws {
        self.scenario = scenario
        self.options = options
        self.agent = agent
        folder = try TrialDirectory(
            options.trial
                ?? TrialDirectory.standard(scenario.name, since1970: SystemClock.wall)
        )
        measures = try LineWriter(path: folder.measures)
        events = try LineWriter(path: folder.events)
        signals = try Signals()
        run = ScenarioRun(scenario) { agent }
        facts = ProgramReport.Facts(
            lateness: try Histogram(highestTrackable: 60_000_000_000, resizes: true)
        )
    }

    func play() throws -> Int32 {
        let loop = agent.loop
        let name = scenario.name
        let watchdog = try Watchdog(loop, limit: Self.patience) {
            writeLine(
                "\(name): a user has not let others run for 10 s: it computes, or waits without "
                    + "\"await\", in a loop; nothing can be measured any more",
                to: STDERR_FILENO
            )
            _exit(1)
        }
        watch = try loop.watch(signals.bell) { [self] _ in interrupted() }
        agent.telemetry.subscribe { [self] in
            events.append($0.line + "\n", mayBeLost: true)
            if $0.kind == "steered", facts.steered.count < Self.mostCommands {
                facts.steered.append($0)
            }
        }
        try openDoor()
        defer { closeDoor() }
        if !options.isWaiting { try begin(options.users, options.rate) }
        _ = loop.run(until: { [self] in run.status.isOver || hasGivenUp }, before: .max)
        watchdog.end()
        if let watch { loop.forget(watch) }
        closeDoor()
        return try end()
    }

    /// Whether it was told to end before it was started.
    private var hasGivenUp: Bool { isStopped && run.status == .idle }

    /// Starts the run; its time counts from now.
    private func begin(_ users: Int, _ rate: Throttle.Pace) throws {
        let loop = agent.loop
        if run.status == .idle { agent.telemetry.restart() }
        try run.start(users: users, rate: rate)
        facts.asked = .init(
            users: users,
            rate: rate,
            length: options.length,
            seed: options.seed
        )
        began = SystemClock.wall
        log = MeasureLog(start: .nanoseconds(began))
        measures.append(log.head)
        tick()
        probe(at: loop.now + Self.probeInterval)
        guard let length = options.length else { return }
        _ = loop.alarm(at: agent.telemetry.start + length.nanoseconds) { [run] in run.stop() }
    }

    /// Tells the run to end before its time.
    private func stop() {
        isStopped = true
        run.stop()
    }

    private func interrupted() {
        var count: UInt64 = 0
        guard read(signals.bell, &count, 8) == 8, signals.caught != nil else { return }
        interrupts += 1
        // Who asks twice waits for nothing.
        if interrupts > 1 { _exit(130) }
        writeLine("\(scenario.name): stopping; once more ends it at once", to: STDERR_FILENO)
        stop()
    }

    // MARK: The door

    private func openDoor() throws {
        guard options.hasDoor else { return }
        let place = options.door ?? .own
        let given = try options.doorToken.map { try DoorToken(file: $0) }
        let token = given ?? (place.needsToken(isAsked: options.door != nil) ? DoorToken() : nil)
        let answers = RunDoor(
            run,
            facts: { [self] in
                let time = run.status == .idle ? 0 : agent.loop.now - agent.telemetry.start
                return RunFacts(scenario.name, run, time: time, lateness: facts.lateness)
            },
            start: { [self] users, rate in
                try begin(users ?? options.users, rate ?? options.rate)
            },
            stop: { [self] in stop() }
        )
        let server = try DoorServer(at: place, token: token, on: agent.loop) {
            try answers.answer($0)
        }
        let open = DoorPlace(place, port: server.port)
        let file = try DoorFile(
            in: folder.path,
            .init(scenario: scenario.name, place: open, token: token)
        )
        door = (server, file)
        guard options.door != nil || options.isWaiting, !options.isQuiet else { return }
        writeLine("door http://\(open), for \"bench control \(folder.path)\"", to: STDOUT_FILENO)
    }

    private func closeDoor() {
        guard let door = door.take() else { return }
        door.file.remove()
        door.server.close()
        // Those who are let go of end now.
        _ = agent.loop.run(until: { true }, before: .max)
    }

    // MARK: Time

    /// Once a second: what is settled goes to disk, and a line to whoever looks.
    private func tick() {
        let loop = agent.loop
        second += 1
        _ = loop.alarm(at: agent.telemetry.start + Int64(second) * 1_000_000_000) { [self] in
            agent.telemetry.measures.settle(now: loop.now) { number, series in
                measures.append(log.lines(number, series))
            }
            if let crowd = run.crowd {
                if !options.isQuiet {
                    let line = ProgramReport.line(second, crowd.counts, agent.telemetry.measures)
                    writeLine(line, to: STDOUT_FILENO)
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

    // MARK: The end

    private func end() throws -> Int32 {
        if run.status == .idle { measures.append(log.head) }
        let all = agent.telemetry.measures
        facts.length = run.status == .idle ? 0 : agent.loop.now - agent.telemetry.start
        all.settle(now: agent.telemetry.start + facts.length, isLast: true) { number, series in
            measures.append(log.lines(number, series, endedAt: facts.length))
        }
        measures.append(MeasureLog.lastLine(all, isComplete: !isStopped))
        if let crowd = run.crowd {
            facts.counts = crowd.counts
            facts.failures = crowd.failures
        }
        facts.coordinatorFailures = agent.coordinatorFailures
        facts.problems = run.problems
        switch run.status {
        case .failed(let reason):
            facts.problems.append("the scenario's preparation failed: \(reason)")
        case .idle: facts.problems.append("it was told to end before it was started")
        default: break
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
        try keep(reasons)
        writeLine(ProgramReport.summary(facts, all), to: STDOUT_FILENO)
        for reason in reasons { writeLine("INVALID: \(reason)", to: STDOUT_FILENO) }
        writeLine(folder.path, to: STDOUT_FILENO)
        return reasons.isEmpty && !haveAllFailed ? 0 : 1
    }

    /// Leaves the record.
    private func keep(_ reasons: [String]) throws {
        let record = ProgramRecord.json(
            scenario.name,
            facts,
            agent,
            reasons: reasons,
            began: began,
            isInterrupted: isStopped
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
    }

    private var haveAllFailed: Bool {
        facts.counts.failed > 0 && facts.counts.ended + facts.counts.removed == 0
    }
}

/// Prints lines at once and whole, without what a terminal would obey.
func writeLine(_ text: String, to file: Int32) {
    // Nothing is left to be done if nobody can be told.
    try? AtomicFile.append(Array((text.printable + "\n").utf8), to: file)
}
