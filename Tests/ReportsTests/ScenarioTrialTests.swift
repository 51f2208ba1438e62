import Bench
import Foundation
import JSON
import TestSupport
import Testing

@testable import Reports

@Suite("The trial of a scenario", .timeLimit(.minutes(5)))
struct ScenarioTrialTests {
    private let folder: TemporaryFolder
    private var path: String { folder.path + "/trials/greet-1" }

    init() throws {
        folder = try TemporaryFolder()
        try write()
    }

    /// Three users for ten seconds, with 100 measurements each second; the throttle is paused and ramped.
    private func write(
        record changes: [(String, String)] = [],
        lastLine: String = "#[Complete: requests=1000 errors=0 missing=0]"
    ) throws {
        var log = try LogText(
            values: [("greet-rt", 43_000_000, 100), ("greet-st", 2_000_000, 100)]
        ).text
        log =
            "#[Intervals hold the requests that were due in them, whatever became of them]\n" + log
        try folder.write(log + lastLine + "\n", to: "trials/greet-1/measures.hdr")

        var lines = [
            #"{"time_ns": 2000, "kind": "prepare", "scenario": "greet"}"#,
            Self.throttle(0.001, "started", 600),
            #"{"time_ns": 5000000, "kind": "users-added", "users": 4}"#,
            #"{"time_ns": 1500000000, "kind": "user-rate", "rate": "5/s"}"#,
            #"{"time_ns": 2000000000, "kind": "users-removed", "users": 1}"#,
            Self.throttle(3, "rate", 1_200), Self.throttle(4, "paused", 1_200),
            Self.throttle(5, "resumed", 1_200),
        ]
        lines += (0..<20).map { Self.throttle(6 + Double($0) / 10, "rate", 1_200 + 30 * $0) }
        for user in 1...4 {
            lines.append(
                #"{"time_ns": \#(user)00000000, "kind": "user-started", "user": \#(user)}"#
            )
            let error = user == 4 ? #""connection lost""# : "null"
            lines.append(
                #"{"time_ns": 9900000000, "kind": "user-ended", "user": \#(user), "error": \#(error)}"#
            )
        }
        lines.append(#"{"time_ns": 9000000000, "kind": "setting", "name": "size", "value": "7"}"#)
        lines.append(#"{"time_ns": 9800000000, "kind": "stop"}"#)
        try folder.write(
            lines.joined(separator: "\n") + "\n",
            to: "trials/greet-1/events.jsonl"
        )

        var record = """
            {"scenario": "greet", "valid": true, "reasons": [], "ending": "complete",
             "start_ns": 1795224086000000000, "length_ns": 10000000000,
             "settings": {"size": "7"},
             "users": {"highest": 4, "ended": 0, "failed": 1, "removed": 3, "abandoned": 0},
             "events": {"prepare": 1, "throttle": 24, "users-added": 1, "user-rate": 1,
                "users-removed": 1, "user-started": 4, "user-ended": 4, "setting": 1, "stop": 1},
             "lateness_ns": {"p50": 183295, "p99": 8204287, "max": 62717951}}
            """
        for (old, new) in changes {
            try #require(record.contains(old))
            record = record.replacing(old, with: new)
        }
        try folder.write(record, to: "trials/greet-1/trial.json")
    }

    private static func throttle(_ second: Double, _ event: String, _ permits: Int) -> String {
        #"{"time_ns": \#(Int(second * 1e9)), "kind": "throttle", "name": "greetings", "#
            + #""event": "\#(event)", "pace": "permits(\#(permits), in: 60000000000)"}"#
    }

    private func view() async throws -> TrialView {
        await TrialView(of: try await TrialFolder(at: path), at: "/tmp/report.html")
    }

    @Test("is valid everywhere: in its report, its check, its bundle and the list")
    func valid() async throws {
        let view = try await view()
        #expect(view.verdict.contains("<p class=\"word\">VALID</p>"), "\(view.verdict)")
        #expect(view.title == "greet")
        #expect(
            view.subtitle
                == "scenario greet · began 2026-11-21T01:21:26Z · 10.0 s · 4 users"
        )
        #expect(view.figures.contains("greet-rt"))
        #expect(view.environment.contains("users: highest"))
        #expect(!view.notes.contains { $0.contains("metrics") })

        let verification = try await Verification(of: path)
        #expect(verification.faults == [])
        #expect(
            verification.lines == [
                "greet-1: 15 numbers from its log of measures and of events, all agree"
            ]
        )
        #expect(await Subcommand.run(["verify", path], among: [.verify]) == 0)

        let bundle = folder.path + "/greet.tar"
        #expect(await Subcommand.run(["bundle", path, "-o", bundle], among: [.bundle]) == 0)
        #expect(await Subcommand.run(["verify", bundle], among: [.verify]) == 0)

        var listing = Listing(of: [folder.path + "/trials"])
        await listing.check()
        #expect(listing.notes == [])
        let item = try #require(listing.items.first)
        #expect(
            item.cells
                == ["greet", "", "100.0", "greet 43.02 ms", "valid", "whole", path]
        )
        #expect(item.began == "2026-11-21T01:21:26Z")
    }

    @Test("one that says that it is invalid is invalid everywhere, and its evidence is whole")
    func invalid() async throws {
        try write(record: [
            ("\"valid\": true, \"reasons\": []", "\"valid\": false, \"reasons\": [\"late\"]"),
            ("8204287", "15204287"),
        ])
        let verdict = try await view().verdict
        #expect(verdict.contains("<p class=\"word\">INVALID</p>") && verdict.contains("late"))
        #expect(!verdict.contains("damaged"))
        #expect(try await Verification(of: path).faults == [])
        #expect(Listing(of: [folder.path]).items.map(\.validity) == ["invalid"])
    }

    @Test(
        "a record that its logs or itself do not bear out is a fault, and the page says INVALID",
        arguments: [
            (
                "\"user-ended\": 4", "\"user-ended\": 5",
                "events \"user-ended\": 4, and trial.json says 5"
            ),
            ("\"failed\": 1", "\"failed\": 0", "users that failed: 1, and trial.json says 0"),
            ("\"ending\": \"complete\"", "\"ending\": \"stopped\"", "the run was complete"),
            ("8204287", "15204287", "late by p99 15.20 ms"),
            ("\"abandoned\": 0", "\"abandoned\": 1", "1 user did not end when told to"),
        ]
    )
    func contradictions(old: String, new: String, fault: String) async throws {
        try write(record: [(old, new)])
        let faults = try await Verification(of: path).faults
        #expect(faults.contains { $0.contains(fault) }, "\(faults)")
        #expect(try await view().verdict.contains("<p class=\"word\">INVALID</p>"))
    }

    @Test("a log with another count than its last line, or without one, is a fault")
    func lastLine() async throws {
        try write(lastLine: "#[Complete: requests=1001 errors=2 missing=0]")
        let faults = try await Verification(of: path).faults
        #expect(faults.count == 2)
        #expect(faults[0].contains("measurements: 1,000, and its last line says 1,001"))
        #expect(faults[1].contains("failed measurements: 0, and its last line says 2"))
        try write(lastLine: "# none")
        #expect(try await Verification(of: path).faults.contains { $0.contains("was killed") })
    }

    @Test("a log of events that is damaged or gone is a fault")
    func events() async throws {
        let file = path + "/events.jsonl"
        let text = try String(contentsOfFile: file, encoding: .utf8)
        try folder.write(String(text.dropLast(20)), to: "trials/greet-1/events.jsonl")
        #expect(
            try await Verification(of: path).faults.contains {
                $0.hasSuffix("events.jsonl: 1 damaged line")
            }
        )
        try FileManager.default.removeItem(atPath: file)
        #expect(try await Verification(of: path).faults.count == 1)
    }

    @Test(
        "its users, rates, pauses and settings are events; a ramp is one, and users one by one are none"
    )
    func drawn() async throws {
        #expect(
            try await view().axis.events == [
                Event(time: 0.005, text: "4 users added"),
                Event(time: 1.5, text: "users start at 5/s"),
                Event(time: 2, text: "1 user told to end"),
                Event(time: 3, text: "throttle greetings: 20.0/s"),
                Event(time: 4, text: "throttle greetings paused"),
                Event(time: 5, text: "throttle greetings resumed"),
                Event(
                    time: 6,
                    text: "throttle greetings: 20.0/s, then in steps to 29.5/s at 7.9 s"
                ),
                Event(time: 9, text: "setting size is now 7"),
                Event(time: 9.8, text: "all users told to end"),
            ]
        )
    }
}
