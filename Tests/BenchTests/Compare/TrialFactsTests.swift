import JSON
import TestSupport
import Testing

@testable import Bench

@Suite("What a trial says of itself")
struct TrialFactsTests {
    /// A loader's result, with one member changed.
    private static func result(_ name: String = "", _ value: JSON = .null) -> JSON {
        let members: [(String, JSON)] = [
            ("rate", .number(20_000)), ("duration", .integer(30_000_000_000)),
            ("firstKey", .integer(0)), ("keys", .integer(500)),
            ("distribution", .string("uniform")),
            ("writeFraction", .number(0.1)), ("valueSize", .integer(100)), ("parts", .integer(2)),
            ("connections", .integer(24)), ("threads", .integer(1)),
            ("timeout", .integer(10_000_000_000)), ("due", .integer(300_000)),
        ]
        return .object(
            members.map { JSON.Member(name: $0.0, value: $0.0 == name ? value : $0.1) }
        )
    }

    @Test(
        "tells each thing by which a load differs from another",
        arguments: [
            ("rate", .number(30_000), "rate: 20000.0 → 30000.0"),
            ("duration", .integer(1), "duration in ns: 30000000000 → 1"),
            ("firstKey", .integer(7), "first key: 0 → 7"),
            ("keys", .integer(501), "keys: 500 → 501"),
            ("distribution", .string("gauss"), "distribution: uniform → gauss"),
            ("writeFraction", .number(0.5), "write fraction: 0.1 → 0.5"),
            ("valueSize", .integer(4_096), "value size: 100 → 4096"),
            ("parts", .integer(3), "parts: 2 → 3"),
            ("connections", .integer(64), "connections of each client: 24 → 64"),
            ("threads", .integer(2), "threads of each client: 1 → 2"),
            ("timeout", .integer(2), "time limit in ns: 10000000000 → 2"),
        ] as [(String, JSON, String)]
    )
    func load(name: String, value: JSON, difference: String) {
        let a = TrialFacts.load([Self.result(), Self.result()])
        let b = TrialFacts.load([Self.result(name, value), Self.result(name, value)])
        #expect(Difference.between(a, b).map(\.text) == [difference])
        // It is seen too if one of both clients alone was asked for something else.
        let mixed = TrialFacts.load([Self.result(), Self.result(name, value)])
        #expect(Difference.between(a, mixed).count == 1)
    }

    @Test("tells the number of clients, and that of requests where no duration was asked for")
    func counts() {
        let one = TrialFacts.load([Self.result()])
        let two = TrialFacts.load([Self.result(), Self.result()])
        #expect(Difference.between(one, two).map(\.text) == ["clients: 1 → 2"])
        #expect(two["requests"] == nil)
        let counted = TrialFacts.load([Self.result("duration"), Self.result("duration")])
        #expect(counted["requests"] == "600000")
    }

    @Test("tells settings, versions and limits of the nodes, and nothing that differs by itself")
    func system() throws {
        let record = try JSON(
            parsing: """
                {"valid": true, "label": "x", "started": "2026-11-30T04:00:00Z",
                 "settings": {"all": {"hz": "10"}, "server-0": {"maxmemory": "0"}},
                 "limits": {"error_share": {"invalid": 0.001}},
                 "nodes": {"server-0": {
                    "database": "redis 7.0.15", "executable": "sha256:ab12", "kernel": "6.1",
                    "memory_limit": "268435456", "processor_limit": "1.5"}}}
                """
        )
        #expect(
            TrialFacts.system(record) == [
                "settings.all.hz": "10", "settings.server-0.maxmemory": "0",
                "limits.error_share.invalid": "0.001", "nodes.server-0.database": "redis 7.0.15",
                "nodes.server-0.executable": "sha256:ab12",
                "nodes.server-0.memory_limit": "268435456",
                "nodes.server-0.processor_limit": "1.5",
            ]
        )
    }

    /// A scenario's record, with a text in it replaced.
    private static func scenario(_ old: String = "", _ new: String = "") throws -> JSON {
        let text = """
            {"scenario": "greet", "valid": true, "ending": "complete", "length_ns": 60028323988,
             "asked": {"users": 20, "user_rate": "5/s", "for_ns": 60000000000, "seed": 1},
             "steered": [], "users": {"highest": 20}, "settings": {"greetingRate": "600"},
             "throttles": {"greetings": {"pace": "600/min", "permits": 600}},
             "events": {"throttle": 2, "users-added": 1}}
            """
        return try JSON(parsing: old.isEmpty ? text : text.replacing(old, with: new))
    }

    @Test(
        "tells each thing by which a scenario's load differs from another's",
        arguments: [
            ("\"greet\"", "\"chat\"", "scenario: greet → chat"),
            ("\"users\": 20,", "\"users\": 30,", "users: 20 → 30"),
            ("5/s", "10/s", "user rate: 5/s → 10/s"),
            ("60000000000", "30000000000", "duration in ns: 60000000000 → 30000000000"),
            ("600/min", "50/s", "throttle greetings: 600/min → 50/s"),
            ("complete", "stopped", "stopped after: – → 60 s"),
            (
                "\"steered\": []",
                """
                "steered": [{"time_ns": 12100000000, "command": "users/remove", "with": {"users": 5}},
                    {"time_ns": 20000000000, "command": "throttles/pause", "with": {}}]
                """,
                "steered: no → 12 s users/remove users 5, 20 s throttles/pause"
            ),
        ]
    )
    func scenarioLoad(old: String, new: String, difference: String) throws {
        let a = TrialFacts.load(ofScenario: try Self.scenario())
        let b = TrialFacts.load(ofScenario: try Self.scenario(old, new))
        #expect(Difference.between(a, b).map(\.text) == [difference])
        #expect(TrialFacts.load(ofScenario: ["valid": .bool(true)]).isEmpty)
    }

    @Test("a scenario's trial of an earlier version says by its events whether it was steered")
    func earlierScenario() throws {
        func load(_ events: String) throws -> [String: String] {
            TrialFacts.load(
                ofScenario: try JSON(
                    parsing: """
                        {"scenario": "greet", "users": {"highest": 20},
                         "throttles": {"greetings": {"permits": 600}}, "events": {\(events)}}
                        """
                )
            )
        }
        let plain = try load("\"throttle\": 2, \"users-added\": 1, \"user-started\": 20")
        #expect(plain == ["scenario": "greet", "users": "20", "steered": "no"])
        let steered = try load("\"throttle\": 106, \"users-added\": 2, \"users-removed\": 2")
        #expect(steered["steered"] == "users-added, users-removed, throttle")
    }

    @Test("two trials of a scenario under different loads are not compared unasked")
    func refused() async throws {
        let folder = try TemporaryFolder()
        for (name, record) in [
            ("a", try Self.scenario()), ("b", try Self.scenario("5/s", "10/s")),
        ] {
            try folder.write(record.text, to: "\(name)/trial.json")
            try folder.write(
                LogText(values: [("greet-rt", 1_000_000, 100)]).text,
                to: "\(name)/measures.hdr"
            )
        }
        let (a, b) = (folder.path + "/a", folder.path + "/b")
        let runs = (
            try await Comparison.Run(a, in: Window()), try await Comparison.Run(b, in: Window())
        )
        #expect(
            throws: SummaryError.differentLoads(
                a: a,
                b: b,
                differences: ["user rate: 5/s → 10/s"]
            )
        ) { try Comparison(runs.0, runs.1) }
        #expect(try Comparison(runs.0, runs.1, allowsDifferentLoads: true).loads.count == 1)
    }
}
