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
}
