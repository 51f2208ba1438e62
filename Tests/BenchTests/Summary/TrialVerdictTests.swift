import JSON
import TestSupport
import Testing

@testable import Bench

@Suite("What a trial says of itself", .timeLimit(.minutes(3)))
struct TrialVerdictTests {
    private static let overrun =
        "mixed: client-1: the last request was settled 1.17 s after the end of the schedule"
    private static let late = "mixed: client-0: sent 2 % of its requests more than 1 ms late"

    /// A trial with two warnings, or without any.
    private func trial(
        _ name: String,
        in folder: TemporaryFolder,
        isQuestionable: Bool
    ) throws -> String {
        let warnings = isQuestionable ? "\"\(Self.overrun)\", \"\(Self.late)\"" : ""
        try folder.write(
            """
            {"valid": true, "validity": "\(isQuestionable ? "questionable" : "valid")",
             "reasons": [], "warnings": [\(warnings)]}
            """,
            to: "\(name)/trial.json"
        )
        try folder.write(LogText().text, to: "\(name)/stress/mixed/client-0/log.hdr")
        return "\(folder.path)/\(name)"
    }

    @Test("stands above the table of bench summary with each warning, and in its JSON")
    func summary() async throws {
        let folder = try TemporaryFolder()
        let path = try trial("a", in: folder, isQuestionable: true)
        let summary = try await Summary(of: [path])
        let verdict = try #require(TrialVerdict(of: [path]))
        #expect(
            summary.description(under: verdict) == """
                QUESTIONABLE: these numbers stand, but
                  \(Self.overrun)
                  \(Self.late)
                \(summary)
                """
        )
        let json = try JSON(parsing: summary.json(under: verdict))["validity"]
        #expect(json?["verdict"] == .string("questionable"))
        #expect(json?["warnings"] == .array([.string(Self.overrun), .string(Self.late)]))
        // of a log that belongs to no trial nobody knows
        let log = try folder.write(LogText().text, to: "log.hdr")
        #expect(TrialVerdict(of: [log]) == nil)
        #expect(summary.description(under: nil) == summary.description)
        #expect(try JSON(parsing: summary.json(under: nil))["validity"] == .null)
    }

    @Test("stands below each side's name in bench compare, and in its Markdown and JSON")
    func compare() async throws {
        let folder = try TemporaryFolder()
        let a = try trial("a", in: folder, isQuestionable: true)
        let b = try trial("b", in: folder, isQuestionable: false)
        let found = try Comparison(
            await Comparison.Run(a, in: nil),
            await Comparison.Run(b, in: nil)
        )
        #expect(
            found.description.hasPrefix(
                """
                A  \(a)  10 s (0 s to 10 s) of 1 log
                   QUESTIONABLE: these numbers stand, but
                     \(Self.overrun)
                     \(Self.late)
                B  \(b)  10 s (0 s to 10 s) of 1 log
                   VALID: every due request was sent and settled, and every check was passed

                """
            )
        )
        let json = try JSON(parsing: found.json)["validity"]
        #expect(json?["a"]?["verdict"] == .string("questionable"))
        #expect(json?["b"]?["verdict"] == .string("valid"))
        #expect(found.markdown.contains("\n- A: QUESTIONABLE: these numbers stand, but"))
        #expect(found.markdown.contains("1.17 s after the end"))
    }

    @Test("stands beside the figures of a set for each trial that is not valid")
    func sets() async throws {
        let folder = try TemporaryFolder()
        var runs: [Comparison.Run] = []
        for name in ["a", "b", "c", "d"] {
            let path = try trial(name, in: folder, isQuestionable: name == "b")
            runs.append(try await Comparison.Run(path, in: nil))
        }
        let found = try SetComparison(
            Array(runs[..<2]),
            Array(runs[2...]),
            effect: 0.05,
            allowsDifferentLoads: false
        )
        let head =
            "A, \(folder.path)/b: QUESTIONABLE: these numbers stand, but\n  \(Self.overrun)\n"
        #expect(found.description.contains(head))
        #expect(!found.description.contains("VALID:"))
        guard case .array(let a) = try JSON(parsing: found.json)["a"] else {
            Issue.record("the JSON has no trials of A")
            return
        }
        #expect(
            a.map { $0["validity"]?["verdict"] } == [.string("valid"), .string("questionable")]
        )
    }

    @Test(
        "a reason of several lines stays one of several lines, each without what a terminal obeys"
    )
    func lines() throws {
        let record = try JSON(
            parsing:
                #"{"valid": false, "reasons": ["client-0: died\n    1 s\n    \u001b[2J", "b"]}"#
        )
        let expected = ["  client-0: died", "      1 s", #"      \u{1b}[2J"#, "  b"]
        #expect(TrialVerdict(record)?.lines.dropFirst() == expected[...])
        let refused = SummaryError.invalidTrial(
            path: "t/trial.json",
            reasons: TrialVerdict.reasons(of: record)
        )
        #expect(refused.description.split(separator: "\n").dropFirst().map(String.init) == expected)
    }
}
