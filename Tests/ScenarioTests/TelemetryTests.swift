import Engine
import JSON
import Testing

@testable import Scenario

@Suite("Telemetry")
struct TelemetryTests {
    private struct Unlucky: Error, CustomStringConvertible { var description: String { "unlucky" } }

    private let loop: EventLoop
    private let telemetry: Telemetry
    private let notes = Notes()

    init() throws {
        loop = try EventLoop(.virtual)
        telemetry = Telemetry(on: loop)
        telemetry.subscribe { [notes] in notes.words.append($0.line) }
    }

    @Test(
        "tells a run from its preparation to its finish, an event a line with its time and fields"
    )
    func course() throws {
        let rate = Setting("rate", default: 1, in: 1...9, update: .free, "a rate")
        let settings = try Settings([rate], telemetry: telemetry)
        let scenario = Scenario("test", summary: "A test.", settings: [rate]) { _ in
        } user: { user, _ in
            try await user.sleep(for: .seconds(user.id))
            if user.id == 2 { throw Unlucky() }
        }
        let scenarioRun = ScenarioRun(scenario) { [loop, telemetry] in
            Agent(on: loop, settings: settings, telemetry: telemetry)
        }
        try scenarioRun.start(users: 2, rate: .perSecond(1))
        run(loop, seconds: 2)
        try scenarioRun.update(["rate": "7"])
        try scenarioRun.change(userRate: .perSecond(5))
        run(loop, seconds: 2)
        try scenarioRun.add(1)
        run(loop, seconds: 1)
        #expect(try scenarioRun.remove(5) == (told: 1, waiting: 0))
        run(loop, seconds: 1)
        scenarioRun.stop()
        run(loop)
        #expect(
            notes.words == [
                #"{"time_ns": 0, "kind": "prepare", "scenario": "test"}"#,
                #"{"time_ns": 0, "kind": "users-added", "users": 2}"#,
                #"{"time_ns": 0, "kind": "user-started", "user": 1}"#,
                #"{"time_ns": 1000000000, "kind": "user-started", "user": 2}"#,
                #"{"time_ns": 1000000000, "kind": "user-ended", "user": 1, "duration_ns": 1000000000, "error": null}"#,
                #"{"time_ns": 2000000000, "kind": "setting", "name": "rate", "value": "7"}"#,
                #"{"time_ns": 2000000000, "kind": "user-rate", "rate": "5/s"}"#,
                #"{"time_ns": 3000000000, "kind": "user-ended", "user": 2, "duration_ns": 2000000000, "error": "unlucky"}"#,
                #"{"time_ns": 3000000000, "kind": "users-added", "users": 1}"#,
                #"{"time_ns": 3000000000, "kind": "user-started", "user": 3}"#,
                #"{"time_ns": 4000000000, "kind": "users-removed", "users": 1}"#,
                #"{"time_ns": 4000000000, "kind": "user-ended", "user": 3, "duration_ns": 1000000000, "error": null}"#,
                #"{"time_ns": 4000000000, "kind": "stop"}"#,
                #"{"time_ns": 4000000000, "kind": "finish", "problems": 0}"#,
            ]
        )
        #expect(telemetry.counts["user-ended"] == 3 && telemetry.counts["setting"] == 1)
    }

    @Test("tells what becomes of a throttle and of a coordinator")
    func parts() throws {
        let agent = Agent(on: loop, settings: try Settings([]), telemetry: telemetry)
        let throttle = try agent.throttle("messages", .perSecond(1))
        start(on: loop) { while true { try await throttle.wait() } }
        run(loop, seconds: 2)
        throttle.pause()
        try throttle.change(to: .perSecond(5))
        throttle.resume()
        let coordinator: Coordinator<Int> = try agent.coordinator(
            "pairs",
            .each(2, .event { _, _ in throw Unlucky() })
        )
        let crowd = Crowd(on: loop, rate: .unlimited) { try coordinator.add($0, 0) }
        try crowd.add(3)
        run(loop, seconds: 0)
        throttle.stop()
        coordinator.stop()
        let expected = [
            #""kind": "throttle", "name": "messages", "event": "started", "pace": "permits(1, in: 1000000000)"}"#,
            #""kind": "throttle", "name": "messages", "event": "paused", "pace": "permits(1, in: 1000000000)", "waiting": 1, "permits": 2}"#,
            #""kind": "throttle", "name": "messages", "event": "rate", "pace": "permits(5, in: 1000000000)", "waiting": 1, "permits": 2}"#,
            #""kind": "throttle", "name": "messages", "event": "resumed", "pace": "permits(5, in: 1000000000)", "waiting": 1, "permits": 2}"#,
            #""kind": "coordinator", "name": "pairs", "event": "coordinate", "users": 2}"#,
            #""kind": "coordinator-failed", "name": "pairs", "error": "unlucky"}"#,
            #""kind": "throttle", "name": "messages", "event": "stopped", "pace": "permits(5, in: 1000000000)", "waiting": 0, "permits": 2}"#,
            #""kind": "coordinator", "name": "pairs", "event": "stop", "users": 1}"#,
            #""kind": "coordinator-failed", "name": "pairs", "error": "unlucky"}"#,
        ]
        #expect(notes.words.map { String($0.drop { $0 != "," }.dropFirst(2)) } == expected)
    }
}
