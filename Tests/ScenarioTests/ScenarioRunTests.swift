import Engine
import Scenario
import Testing

@Suite("A run of a scenario")
struct ScenarioRunTests {
    private struct Unlucky: Error, CustomStringConvertible { var description: String { "unlucky" } }

    private let loop: EventLoop
    private let notes = Notes()

    init() throws { loop = try EventLoop(.virtual) }

    private func make<State>(_ scenario: Scenario<State>) throws -> ScenarioRun<State> {
        let telemetry = Telemetry(on: loop)
        telemetry.subscribe { [notes] in notes.words.append($0.kind) }
        let settings = try Settings([])
        return ScenarioRun(scenario) { [loop] in
            Agent(on: loop, settings: settings, telemetry: telemetry)
        }
    }

    @Test("is prepared once, done by each user with the state, and finished once")
    func course() throws {
        let notes = notes
        let scenario = Scenario("test", summary: "A test.") { agent in
            notes.times.append(-1)
            return "state"
        } user: { user, state in
            #expect(state == "state")
            notes.times.append(Int64(user.id))
            try await user.sleep(for: .seconds(1))
        } finish: { state in
            notes.times.append(-2)
        }
        let scenarioRun = try make(scenario)
        #expect(scenarioRun.status == .idle)
        try scenarioRun.start(users: 3, rate: .unlimited)
        #expect(scenarioRun.status == .preparing)
        run(loop, seconds: 0)
        #expect(scenarioRun.status == .running(users: 3, highest: 3))
        run(loop, seconds: 5)
        #expect(scenarioRun.status == .running(users: 0, highest: 3))
        try scenarioRun.add(2)
        run(loop, seconds: 5)
        scenarioRun.stop()
        run(loop)
        #expect(scenarioRun.status == .finished)
        #expect(notes.times == [-1, 1, 2, 3, 4, 5, -2])
        #expect(scenarioRun.problems.isEmpty)
        #expect(notes.words.filter { $0 == "user-ended" }.count == 5)
        #expect(notes.words.first == "prepare" && notes.words.last == "finish")
    }

    @Test("a preparation that throws ends the run with its error")
    func prepare() throws {
        let scenario = Scenario("test", summary: "A test.") { _ in
            throw Unlucky()
        } user: { _, _ in
        }
        let scenarioRun = try make(scenario)
        try scenarioRun.start(users: 3, rate: .unlimited)
        run(loop)
        #expect(scenarioRun.status == .failed("unlucky"))
        #expect(scenarioRun.status.isOver)
    }

    @Test("a finish that throws is reported, and one that never ends is given up")
    func finish() throws {
        let throwing = Scenario("test", summary: "A test.") { _ in
        } user: { _, _ in
        } finish: { _ in
            throw Unlucky()
        }
        let first = try make(throwing)
        try first.start(users: 1, rate: .unlimited)
        run(loop, seconds: 1)
        first.stop()
        run(loop)
        #expect(first.status == .finished)
        #expect(first.problems == ["the scenario's finish failed: unlucky"])

        let loop = loop
        let endless = Scenario("test", summary: "A test.") { _ in
        } user: { _, _ in
        } finish: { _ in
            try await loop.sleep(until: .max)
        }
        let other = try make(endless)
        try other.start(users: 1, rate: .unlimited)
        run(loop, seconds: 1)
        other.stop()
        run(loop, seconds: 61)
        #expect(other.status == .finished)
        #expect(other.problems == ["the scenario's finish did not end within 60 s"])
    }

    @Test("users that do not end when they are told to are given up after 10 s, and named")
    func stubborn() throws {
        let loop = loop
        let scenario = Scenario("test", summary: "A test.") { _ in
        } user: { user, _ in
            while user.id == 2 || !Task.isCancelled {
                // One that takes its cancellation for nothing.
                await withUnsafeContinuation { continuation in
                    _ = loop.alarm(at: loop.now + second) { continuation.resume() }
                }
            }
        }
        let scenarioRun = try make(scenario)
        try scenarioRun.start(users: 3, rate: .unlimited)
        run(loop, seconds: 5)
        scenarioRun.stop()
        #expect(scenarioRun.status == .stopping)
        run(loop, seconds: 9)
        #expect(scenarioRun.status == .stopping)
        run(loop, seconds: 2)
        #expect(scenarioRun.status == .finished)
        #expect(
            scenarioRun.problems == [
                "users that did not end within 10 s of being told to: 1, such as 2; "
                    + "a user must let CancellationError through"
            ]
        )
        #expect(scenarioRun.crowd?.counts.running == 0)
    }

    @Test("what makes no sense in a state is an error that says so")
    func states() throws {
        let scenario = Scenario("test", summary: "A test.") { _ in
        } user: { user, _ in
            try await user.sleep(for: .seconds(1_000))
        }
        let scenarioRun = try make(scenario)
        #expect(throws: RunError.self) { try scenarioRun.add(1) }
        #expect(throws: RunError.self) { try scenarioRun.remove(1) }
        #expect(throws: RunError.self) { try scenarioRun.reset() }
        try scenarioRun.start(users: 1, rate: .unlimited)
        #expect(throws: RunError.self) { try scenarioRun.start(users: 1, rate: .unlimited) }
        run(loop, seconds: 1)
        #expect(throws: RunError.self) { try scenarioRun.reset() }
        #expect(try scenarioRun.remove(1).told == 1)
        scenarioRun.stop()
        scenarioRun.stop()
        run(loop)
        #expect(throws: RunError.self) { try scenarioRun.start(users: 1, rate: .unlimited) }
        #expect(throws: RunError.self) { try scenarioRun.add(1) }
        try scenarioRun.reset()
        #expect(scenarioRun.status == .idle)
        try scenarioRun.start(users: 2, rate: .unlimited)
        run(loop, seconds: 1)
        #expect(scenarioRun.status == .running(users: 2, highest: 2))
        scenarioRun.stop()
        run(loop)
    }

    @Test("a stop while it is prepared lets no user start")
    func early() throws {
        let loop = loop
        let scenario = Scenario("test", summary: "A test.") { _ in
            try await loop.sleep(until: 5 * second)
        } user: { user, _ in
            try await user.sleep(for: .seconds(1_000))
        }
        let scenarioRun = try make(scenario)
        try scenarioRun.start(users: 5, rate: .perSecond(1))
        run(loop, seconds: 1)
        scenarioRun.stop()
        run(loop)
        #expect(scenarioRun.status == .finished)
        #expect(scenarioRun.crowd?.counts.highest == 0)
    }

    @Test("of one name there is one throttle, and one coordinator; unknown names get a suggestion")
    func names() throws {
        let agent = Agent(on: loop, settings: try Settings([]), telemetry: Telemetry(on: loop))
        let throttle = try agent.throttle("messages", .perSecond(1))
        #expect(try agent.throttle("messages", .perSecond(1)) === throttle)
        #expect(try agent.throttle(named: "messages") === throttle)
        #expect(throws: ThrottleError.exists("messages")) {
            try agent.throttle("messages", .perSecond(2))
        }
        let unknown = #expect(throws: ThrottleError.self) { try agent.throttle(named: "mesages") }
        #expect(
            unknown?.description == "no throttle is named \"mesages\" (did you mean \"messages\"?)"
        )

        let pairs: Coordinator<Int> = try agent.coordinator("pairs", .each(2, .event { _, _ in }))
        #expect(try agent.coordinator(named: "pairs", of: Int.self) === pairs)
        #expect(throws: CoordinatorError.exists("pairs")) {
            try agent.coordinator("pairs", of: Int.self, .each(3, .event { _, _ in }))
        }
        let absent = #expect(throws: CoordinatorError.self) {
            try agent.coordinator(named: "pair", of: Int.self)
        }
        #expect(
            absent?.description == "no coordinator is named \"pair\" (did you mean \"pairs\"?)"
        )
        let other = #expect(throws: CoordinatorError.self) {
            try agent.coordinator(named: "pairs", of: String.self)
        }
        #expect(other?.description == "coordinator \"pairs\" takes users with Int, not with String")
    }
}
