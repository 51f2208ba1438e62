import JSON
import TestSupport
import Testing

@testable import Bench

@Suite("Comparison of trials", .timeLimit(.minutes(3)))
struct CompareTrialsTests {
    private func trial(
        _ name: String,
        in folder: TemporaryFolder,
        rate: String = "20000.0",
        window: String? = #"{"from_ns": 2000000000, "to_ns": 8000000000}"#,
        record: String = #"{"valid": true}"#,
        result: Bool = true
    ) throws -> String {
        try folder.write(record, to: "\(name)/trial.json")
        for client in 0..<2 {
            let place = "\(name)/stress/mixed/client-\(client)"
            try folder.write(LogText().text, to: "\(place)/log.hdr")
            guard result else { continue }
            try folder.write(
                #"{"rate": \#(rate), "duration": 10000000000, "keys": 500, "parts": 2, "due": 7}"#,
                to: "\(place)/result.json"
            )
        }
        if let window {
            try folder.write(#"{"window": \#(window), "tags": {}}"#, to: "\(name)/summary.json")
        }
        return "\(folder.path)/\(name)"
    }

    private func compare(
        _ a: String,
        _ b: String,
        in window: Window? = nil,
        allowed: Bool = false
    ) async throws -> Comparison {
        try Comparison(
            await Comparison.Run(a, in: window),
            await Comparison.Run(b, in: window),
            allowsDifferentLoads: allowed
        )
    }

    @Test("takes each trial's own window, or one for both")
    func windows() async throws {
        let folder = try TemporaryFolder()
        let a = try trial("a", in: folder)
        let b = try trial("b", in: folder, window: #"{"from_ns": 5000000000, "to_ns": null}"#)
        let own = try await compare(a, b)
        #expect(own.a.span == Span(start: .seconds(2), end: .seconds(8)))
        #expect(own.b.span == Span(start: .seconds(5), end: .seconds(10)))
        let given = try await compare(a, b, in: Window(from: .seconds(3), to: .seconds(4)))
        #expect(given.a.span == given.b.span)
        let c = try trial("c", in: folder, window: nil)
        let without = try await Comparison.Run(c, in: nil)
        #expect(without.summary.span.length == .seconds(10))
        #expect(
            without.notes == ["\(c): keeps no window; all of it is taken, with its warm-up"]
        )
    }

    @Test("refuses other loads, unless told otherwise, and then says how they differ")
    func loads() async throws {
        let folder = try TemporaryFolder()
        let a = try trial("a", in: folder)
        let b = try trial("b", in: folder, rate: "30000.0")
        await #expect(
            throws: SummaryError.differentLoads(
                a: a,
                b: b,
                differences: ["rate: 20000.0 → 30000.0"]
            )
        ) {
            try await compare(a, b)
        }
        let allowed = try await compare(a, b, allowed: true)
        let lines = allowed.description.split(separator: "\n")
        let table = try #require(lines.firstIndex { $0.hasPrefix("latencies in ") })
        let load = try #require(lines.firstIndex(of: "load: rate: 20000.0 → 30000.0"))
        let warning = try #require(lines.firstIndex { $0.contains("no measure of the system") })
        #expect(load < table && warning < table)
        let difference: JSON = [
            "name": .string("rate"), "a": .string("20000.0"), "b": .string("30000.0"),
        ]
        let json = try JSON(parsing: allowed.json)
        #expect(json["load_differences"] == .array([difference]))
        let c = try trial("c", in: folder, result: false)
        #expect(try await compare(a, c).notes.count == 1)
        #expect(try await compare(c, c).notes.isEmpty)
    }

    @Test("shows what differs in settings, versions and limits, and is tolerant of what is absent")
    func systems() async throws {
        let folder = try TemporaryFolder()
        let a = try trial(
            "a",
            in: folder,
            record: """
                {"valid": true, "label": "x", "settings": {"server-0": {"maxmemory": "0", "hz": 10}},
                 "nodes": {"server-0": {"database": "7.0.15", "kernel": "6.1"}},
                 "limits": {"server-0": {"memory": 1}}}
                """
        )
        let b = try trial(
            "b",
            in: folder,
            record: """
                {"valid": true, "label": "y", "settings": {"server-0": {"maxmemory": "\\u001b[1m"}},
                 "nodes": [{"name": "server-0", "database": "7.2"}]}
                """
        )
        let found = try await compare(a, b)
        #expect(
            found.systems.map(\.text) == [
                "limits.server-0.memory: 1 → –", "nodes.server-0.database: 7.0.15 → 7.2",
                "settings.server-0.hz: 10 → –",
                #"settings.server-0.maxmemory: 0 → \u{1b}[1m"#,
            ]
        )
        // Above the table: who reads the figures has read this.
        let lines = found.description.split(separator: "\n")
        let table = try #require(lines.firstIndex { $0.hasPrefix("latencies in ") })
        let above = lines.firstIndex(of: "nodes.server-0.database: 7.0.15 → 7.2")
        #expect(try #require(above) < table)
        #expect(try await compare(a, a).systems.isEmpty)
    }
}
