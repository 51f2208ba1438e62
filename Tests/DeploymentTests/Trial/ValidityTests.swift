import LoadResult
import Testing

@testable import Deployment

@Suite("Validity")
struct ValidityTests {
    /// What is found of a stress, as `kind verdict: text`.
    private func found(
        _ evidence: StressEvidence,
        _ limits: ValidityLimits = ValidityLimits()
    ) -> [String] {
        Validity(of: [evidence], limits: limits).findings
            .map { "\($0.kind) \($0.verdict.rawValue): \($0.text)" }
    }

    @Test("is given where nothing speaks against the numbers")
    func quiet() throws {
        let validity = Validity(of: [try Evidence.whole()], limits: ValidityLimits())
        #expect(validity.findings == [])
        #expect(validity.verdict == .valid)
        #expect(validity.headline.hasPrefix("VALID: "))
    }

    @Test("needs a stress")
    func none() {
        let validity = Validity(of: [], limits: ValidityLimits())
        #expect(validity.verdict == .invalid)
        #expect(validity.reasons == ["no stress was run"])
    }

    /// One fault of a load tool, and what is found of it.
    struct Fault: Sendable, CustomTestStringConvertible {
        let found: String
        let spoil: @Sendable (inout LoadResult) -> Void
        var testDescription: String { found }

        init(_ found: String, _ spoil: @escaping @Sendable (inout LoadResult) -> Void) {
            self.found = found
            self.spoil = spoil
        }
    }

    private static let faults = [
        Fault("stopped invalid: mixed: client-1: the load was stopped before its end") {
            $0.ending = .stopped
        },
        Fault(
            "unsettled invalid: mixed: client-1: the fate of 7 of 300,000 due requests is not known"
        ) { $0.settled -= 7 },
        Fault(
            "overflow invalid: mixed: client-1: 1,000 requests were under way at once, "
                + "which is the most allowed; 0 failed unsent"
        ) { ($0.mostOutstanding, $0.maxOutstanding) = (1_000, 1_000) },
        Fault("parts invalid: mixed: client-1: played part 2 of 1, and there are 2 clients") {
            ($0.parts, $0.due, $0.settled) = (1, 600_000, 600_000)
        },
        Fault("rate invalid: mixed: client-1: played 10000.0 of 20000.0 requests per second") {
            $0.rate = 10_000
        },
        Fault(
            "due invalid: mixed: client-1: 299,998 requests were due, "
                + "and its share of the schedule holds 300,000"
        ) { ($0.due, $0.settled) = (299_998, 299_998) },
        Fault(
            "overrun questionable: mixed: client-1: the last request was settled 7.3 s after the end "
                + "of the schedule (limit 1 s): the servers fell behind, and then latencies depend "
                + "on how long the load lasts"
        ) { $0.length = 37_300_000_000 },
        Fault(
            "late_share questionable: mixed: client-1: sent 2 % of its requests more than 1 ms late "
                + "(limit 1 %)"
        ) { $0.late = 6_000 },
        Fault(
            "late_share invalid: mixed: client-1: sent 20 % of its requests more than 1 ms late "
                + "(limit 10 %)"
        ) { $0.late = 60_000 },
        Fault("latest questionable: mixed: client-1: sent a request 150 ms late (limit 100 ms)") {
            $0.latest = 150_000_000
        },
        Fault("latest invalid: mixed: client-1: sent a request 28,000 ms late (limit 1,000 ms)") {
            $0.latest = 28_000_000_000
        },
        Fault(
            "busiest_loop questionable: mixed: client-1: an event loop of the load tool took 97 % "
                + "of a core (limit 90 %)"
        ) { $0.busiestLoop = 0.97 },
        Fault(
            "error_share invalid: mixed: 46,578 of 600,000 requests failed (7.76 %, limit 0.1 %): "
                + "46,000 timed out, 500 lost with their connection, 78 refused with CLUSTERDOWN"
        ) {
            ($0.timedOut, $0.lost, $0.refused) = (46_000, 500, 78)
            $0.refusals = ["CLUSTERDOWN": 78]
        },
        Fault(
            "missing_share invalid: mixed: 1 of 540,000 reads found no key (0.000185 %, limit 0 %)"
        ) { $0.missing = 1 },
    ]

    @Test("says of each fault of a load tool how large it was, and the limit", arguments: faults)
    func loader(fault: Fault) throws {
        let evidence = try Evidence.spoiled { evidence in
            guard var result = evidence.results["client-1"] else { return }
            fault.spoil(&result)
            evidence.results["client-1"] = result
        }
        #expect(found(evidence) == [fault.found])
    }

    @Test("an overrun of a load tool that was held up is not the servers' fault")
    func heldUp() throws {
        let evidence = try Evidence.spoiled { evidence in
            evidence.results["client-1"]?.length = 32_000_000_000
            evidence.results["client-1"]?.latest = 2_200_000_000
        }
        #expect(
            found(evidence).contains(
                "overrun questionable: mixed: client-1: the last request was settled 2 s after the "
                    + "end of the schedule (limit 1 s): the load tool itself was up to 2,200 ms late"
            )
        )
    }

    @Test("is lost with a loader that left no result")
    func noResult() throws {
        let evidence = try Evidence.spoiled { $0.results["client-1"] = nil }
        #expect(
            found(evidence)
                == ["no_result invalid: mixed: the load tool on client-1 left no result"]
        )
    }

    @Test("bears few errors, and reads of missing keys where no dataset was restored")
    func within() throws {
        let evidence = try Evidence.spoiled(isOnDataset: false) { evidence in
            evidence.results["client-1"]?.timedOut = 600
            evidence.results["client-1"]?.missing = 270_000
        }
        #expect(found(evidence) == [])
    }

    @Test("follows the limits that a script sets")
    func limits() throws {
        var limits = ValidityLimits()
        limits.errorShare = Bound(questionable: 0, invalid: 0.5)
        let evidence = try Evidence.spoiled { $0.results["client-0"]?.timedOut = 60_000 }
        let validity = Validity(of: [evidence], limits: limits)
        #expect(validity.verdict == .questionable)
        #expect(
            validity.warnings == [
                "mixed: 60,000 of 600,000 requests failed (10 %, limit 0 %): 60,000 timed out"
            ]
        )
        #expect(validity.headline.hasPrefix("QUESTIONABLE: these numbers stand, but\n  mixed: 60"))
        #expect(validity.findings.first?.figure == 0.1)
        #expect(validity.findings.first?.limit == 0)
    }

    @Test("shows nothing that a terminal would obey, whatever a server called its refusals")
    func hostile() throws {
        let evidence = try Evidence.spoiled { evidence in
            evidence.results["client-1"]?.refused = 60_000
            evidence.results["client-1"]?.refusals = ["\u{1B}[2J": 60_000]
        }
        let headline = Validity(of: [evidence], limits: ValidityLimits()).headline
        #expect(headline.hasPrefix("INVALID: "))
        #expect(headline.contains("60,000 refused with \u{FFFD}[2J"))
        #expect(!headline.contains("\u{1B}"))
    }

    @Test("is not given by a figure that is no number")
    func noNumber() {
        #expect(Bound(invalid: 0.1).verdict(of: .nan)?.0 == .invalid)
        #expect(Bound(invalid: 0.1).verdict(of: 0.1) == nil)
    }

    @Test("has every line of a reason indented below its verdict")
    func lines() {
        let said = "client-0: the load tool died\n    no server\nclient-1: the load tool died"
        #expect(
            Validity([Validity.broken("failed", said)]).headline == """
                INVALID: these numbers may not be used
                  client-0: the load tool died
                      no server
                  client-1: the load tool died
                """
        )
    }

    @Test(
        "a share is told in percent, a half rounded up",
        arguments: [
            (0.01265, "1.27 %"), (0.01475, "1.48 %"), (0.01264, "1.26 %"), (0.000004, "0.0004 %"),
            (0.116, "11.6 %"), (1.2345, "123 %"),
        ]
    )
    func percent(share: Double, text: String) {
        #expect(Validity.percent(share) == text)
    }
}
