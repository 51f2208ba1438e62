internal import Engine
internal import JSON

/// One run of a scenario on one loop, from its preparation to its finish.
package final class ScenarioRun<State: Sendable>: @unchecked Sendable {
    // Unchecked: it belongs to its loop's thread.

    /// How long users have to end after they were told to, in nanoseconds.
    private static var grace: Int64 { 10_000_000_000 }
    /// How long the finish may take, in nanoseconds.
    private static var finishLimit: Int64 { 60_000_000_000 }

    /// How far it is.
    package enum Status: Sendable, Hashable {
        case idle
        case preparing
        case running(users: Int, highest: Int)
        case stopping
        case finished
        case failed(String)

        /// The word for it.
        package var word: String {
            switch self {
            case .idle: "idle"
            case .preparing: "preparing"
            case .running: "running"
            case .stopping: "stopping"
            case .finished: "finished"
            case .failed: "failed"
            }
        }

        /// Whether nothing more happens.
        package var isOver: Bool {
            switch self {
            case .finished, .failed: true
            default: false
            }
        }
    }

    private enum Phase {
        case idle, preparing, running, stopping, finishing, finished, failed(String)
    }

    /// Where its users live; of the last start.
    package private(set) var agent: Agent
    /// Its users; `nil` before it is prepared.
    package private(set) var crowd: Crowd?
    /// What went wrong without ending the run.
    package private(set) var problems: [String] = []
    private let scenario: Scenario<State>
    private let makeAgent: () -> Agent
    private var phase = Phase.idle
    /// A stop that came while the run was prepared.
    private var mustStop = false

    /// Makes a run that is idle; `makeAgent` is called now, and at each reset.
    package init(_ scenario: Scenario<State>, agent makeAgent: @escaping () -> Agent) {
        self.scenario = scenario
        self.makeAgent = makeAgent
        agent = makeAgent()
    }

    /// How far it is.
    package var status: Status {
        switch phase {
        case .idle: .idle
        case .preparing: .preparing
        case .running:
            .running(users: crowd?.counts.running ?? 0, highest: crowd?.counts.highest ?? 0)
        case .stopping, .finishing: .stopping
        case .finished: .finished
        case .failed(let reason): .failed(reason)
        }
    }

    /// Prepares the scenario, and then adds the first users.
    ///
    /// - Throws: ``RunError/state(_:_:)`` unless it is idle.
    package func start(users: Int, rate: Throttle.Pace) throws {
        guard case .idle = phase else { throw RunError.state("started", status.word) }
        phase = .preparing
        agent.telemetry.emit("prepare") { ["scenario": .string(scenario.name)] }
        Task(executorPreference: agent.loop) { [self] in
            do {
                let state = try await scenario.prepare(agent)
                try begin(state, users: users, rate: rate)
            } catch {
                phase = .failed("\(error)")
                agent.telemetry.emit("prepare-failed") { ["error": .string("\(error)")] }
                agent.stopThrottles()
            }
        }
    }

    private func begin(_ state: State, users: Int, rate: Throttle.Pace) throws {
        let user = scenario.user
        let crowd = Crowd(on: agent.loop, rate: rate, telemetry: agent.telemetry) {
            try await user($0, state)
        }
        self.crowd = crowd
        phase = .running
        crowd.onFinished = { [self] in finish(state) }
        if mustStop { return stop() }
        try crowd.add(users)
    }

    /// Adds users.
    ///
    /// - Throws: ``RunError/state(_:_:)`` unless it is running.
    package func add(_ users: Int) throws {
        guard case .running = phase, let crowd else {
            throw RunError.state("given users", status.word)
        }
        try crowd.add(users)
    }

    /// Adds users with these numbers; see ``Crowd/add(ids:)``.
    ///
    /// - Throws: ``RunError/state(_:_:)`` unless it is running; ``CrowdError``.
    package func add(ids: ClosedRange<Int>) throws {
        guard case .running = phase, let crowd else {
            throw RunError.state("given users", status.word)
        }
        try crowd.add(ids: ids)
    }

    /// Starts users at another rate from now on, also those who wait already.
    ///
    /// - Throws: ``RunError/state(_:_:)`` unless it is running.
    package func change(userRate: Throttle.Pace) throws {
        guard case .running = phase, let crowd else {
            throw RunError.state("given a user rate", status.word)
        }
        crowd.change(to: userRate)
    }

    /// Changes settings; see ``Settings/update(_:)``.
    ///
    /// - Throws: ``RunError/state(_:_:)`` unless it is running; ``SettingsError``.
    package func update(_ settings: [String: String]) throws {
        guard case .running = phase else {
            throw RunError.state("given settings", status.word)
        }
        try agent.settings.update(settings)
    }

    /// Removes users; see ``Crowd/remove(_:byForce:)``.
    ///
    /// - Throws: ``RunError/state(_:_:)`` unless it is running.
    @discardableResult
    package func remove(
        _ users: Int,
        byForce isForced: Bool = false
    ) throws -> (told: Int, waiting: Int) {
        guard case .running = phase, let crowd else {
            throw RunError.state("rid of users", status.word)
        }
        return crowd.remove(users, byForce: isForced)
    }

    /// Tells all users to end, and then finishes; does nothing the second time.
    package func stop() {
        switch phase {
        case .preparing: mustStop = true
        case .running:
            phase = .stopping
            agent.telemetry.emit("stop")
            agent.stopCoordinators()
            _ = agent.loop.alarm(at: agent.loop.now + Self.grace) { [self] in giveUp() }
            crowd?.stop()
        default: break
        }
    }

    /// Waits no longer for users that go on after they were told to end.
    private func giveUp() {
        guard case .stopping = phase, let crowd else { return }
        let number = crowd.counts.running
        let names = crowd.abandonAll().map(String.init).joined(separator: ", ")
        problems.append(
            "users that did not end within 10 s of being told to: \(number), such as \(names); "
                + "a user must let CancellationError through"
        )
    }

    private func finish(_ state: State) {
        phase = .finishing
        agent.stopThrottles()
        let limit = agent.loop.alarm(at: agent.loop.now + Self.finishLimit) { [self] in
            guard case .finishing = phase else { return }
            problems.append("the scenario's finish did not end within 60 s")
            end()
        }
        Task(executorPreference: agent.loop) { [self] in
            do {
                try await scenario.finish(state)
            } catch {
                problems.append("the scenario's finish failed: \(error)")
            }
            agent.loop.cancel(limit)
            if case .finishing = phase { end() }
        }
    }

    private func end() {
        phase = .finished
        crowd?.onFinished = nil
        agent.telemetry.emit("finish") { ["problems": .integer(Int64(problems.count))] }
    }

    /// Makes a run that is over ready for another start, whose users count from 1 again.
    ///
    /// - Throws: ``RunError/state(_:_:)`` if it is not over.
    package func reset() throws {
        guard status.isOver else { throw RunError.state("reset", status.word) }
        agent = makeAgent()
        crowd = nil
        problems = []
        mustStop = false
        phase = .idle
    }
}

/// What a run cannot do now.
package enum RunError: Error, Hashable, CustomStringConvertible {
    /// It is in a state in which this makes no sense.
    case state(String, String)
    /// The system does not permit real-time priority.
    case noRealTime

    /// What was asked for, and how far the run is.
    package var description: String {
        switch self {
        case .state(let wish, let status): "the run cannot be \(wish): it is \(status)"
        case .noRealTime: "--real-time needs root or CAP_SYS_NICE"
        }
    }
}
