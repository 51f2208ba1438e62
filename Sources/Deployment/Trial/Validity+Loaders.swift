import Foundation
import LoadResult
import Usage

extension Validity {
    /// What speaks against a stress in what its load tools say of themselves.
    static func loaderFindings(_ stress: StressEvidence, _ limits: ValidityLimits) -> [Finding] {
        guard stress.load.isWitnessed else { return [unwitnessed(stress)] }
        let results = stress.results.sorted { $0.key < $1.key }
        var findings = stress.clients.filter { stress.results[$0] == nil }.map { client in
            broken("no_result", "\(stress.name): the load tool on \(client) left no result")
        }
        for (client, result) in results {
            let place = "\(stress.name): \(client)"
            findings += unsettled(result, at: place)
            findings += asked(result, of: stress, at: place)
            findings += lateness(result, at: place, limits)
        }
        return findings + failures(results.map(\.value), of: stress, limits)
    }

    /// Nobody can say how late the requests of such a load were, nor how many failed.
    private static func unwitnessed(_ stress: StressEvidence) -> Finding {
        Finding(
            kind: "unwitnessed",
            verdict: .questionable,
            text: "\(stress.name): \(stress.load.program) says nothing of its own lateness and "
                + "failures: nobody judged them"
                + (stress.load.keepsRate
                    ? "" : "; nor does it keep a rate: it sends as fast as replies come")
        )
    }

    /// Requests that were due, and whose fate nobody knows.
    private static func unsettled(_ result: LoadResult, at place: String) -> [Finding] {
        var findings: [Finding] = []
        if result.ending != .complete {
            findings.append(broken("stopped", "\(place): the load was stopped before its end"))
        }
        if result.settled < result.due {
            let missing = result.due - result.settled
            findings.append(
                broken(
                    "unsettled",
                    "\(place): the fate of \(missing.withCommas) of "
                        + "\(result.due.withCommas) due requests is not known",
                    Double(missing)
                )
            )
        }
        if result.overflowed > 0 || result.mostOutstanding >= result.maxOutstanding {
            findings.append(
                broken(
                    "overflow",
                    "\(place): \(result.mostOutstanding.withCommas) requests were under way at "
                        + "once, which is the most allowed; "
                        + "\(result.overflowed.withCommas) failed unsent",
                    Double(result.mostOutstanding),
                    limit: Double(result.maxOutstanding)
                )
            )
        }
        return findings
    }

    /// Whether the load tool played what was asked: an older one may not know a word of it.
    private static func asked(
        _ result: LoadResult,
        of stress: StressEvidence,
        at place: String
    ) -> [Finding] {
        var findings: [Finding] = []
        if result.parts != stress.load.parts {
            findings.append(
                broken(
                    "parts",
                    "\(place): played part \(result.part) of \(result.parts), "
                        + "and there are \(stress.load.parts) clients"
                )
            )
        }
        if let rate = stress.load.operationsPerSecond, abs((result.rate ?? 0) - rate) > 0.000_001 {
            let played = result.rate.map { "\($0)" } ?? "no rate"
            findings.append(
                broken("rate", "\(place): played \(played) of \(rate) requests per second")
            )
        }
        // Part I of N holds every N-th request, so none is off by more than one. Of random moments the
        // number varies with its root; six of these never happen.
        if let rate = stress.load.operationsPerSecond, let seconds = stress.load.seconds,
            result.ending == .complete, result.parts > 0
        {
            let share = rate * seconds / Double(result.parts)
            let slack = stress.load.isRandom ? 6 * share.squareRoot() + 1 : 1
            if abs(Double(result.due) - share) > slack {
                findings.append(
                    broken(
                        "due",
                        "\(place): \(result.due.withCommas) requests were due, "
                            + "and its share of the schedule holds \(Int(share).withCommas)",
                        Double(result.due),
                        limit: share
                    )
                )
            }
        }
        return findings
    }

    /// Whether the load tool kept to its own schedule.
    private static func lateness(
        _ result: LoadResult,
        at place: String,
        _ limits: ValidityLimits
    ) -> [Finding] {
        guard result.rate != nil, result.due > 0 else { return [] }
        let share = Double(result.late) / Double(result.due)
        let latest = Double(result.latest) / 1e6
        let overrun = result.duration.map { Double(result.length - $0) / 1e9 } ?? 0
        return [
            finding("overrun", overrun, limits.overrunSeconds) { limit in
                "\(place): the last request was settled \(seconds(overrun)) after the end of the "
                    + "schedule (limit \(seconds(limit))): "
                    // A request that the load tool takes up late is settled late, however fast the servers are.
                    + (latest / 1e3 > overrun / 2
                        ? "the load tool itself was up to \(milliseconds(latest)) late"
                        : "the servers fell behind, and then latencies depend on how long the load "
                            + "lasts")
            },
            finding("late_share", share, limits.lateShare) { limit in
                "\(place): sent \(percent(share)) of its requests more than 1 ms late "
                    + "(limit \(percent(limit)))"
            },
            finding("latest", latest, limits.latestMilliseconds) { limit in
                "\(place): sent a request \(milliseconds(latest)) late "
                    + "(limit \(milliseconds(limit)))"
            },
            finding("busiest_loop", result.busiestLoop, limits.busiestLoop) { limit in
                "\(place): an event loop of the load tool took \(percent(result.busiestLoop)) of "
                    + "a core (limit \(percent(limit)))"
            },
        ]
        .compactMap { $0 }
    }

    /// Requests of all clients that failed, and reads that found nothing.
    private static func failures(
        _ results: [LoadResult],
        of stress: StressEvidence,
        _ limits: ValidityLimits
    ) -> [Finding] {
        func sum(_ value: (LoadResult) -> Int) -> Int { results.map(value).reduce(0, +) }
        let (errors, due) = (sum(\.errors), sum(\.due))
        let (missing, reads) = (sum(\.missing), sum(\.reads))
        var findings: [Finding?] = []
        if due > 0 {
            let share = Double(errors) / Double(due)
            findings.append(
                finding("error_share", share, limits.errorShare) { limit in
                    "\(stress.name): \(errors.withCommas) of \(due.withCommas) requests failed "
                        + "(\(percent(share)), limit \(percent(limit)))"
                        + kinds(results)
                }
            )
        }
        if reads > 0, stress.isOnDataset {
            let share = Double(missing) / Double(reads)
            findings.append(
                finding("missing_share", share, limits.missingShare) { limit in
                    "\(stress.name): \(missing.withCommas) of \(reads.withCommas) reads found "
                        + "no key (\(percent(share)), limit \(percent(limit)))"
                }
            )
        }
        return findings.compactMap { $0 }
    }

    /// How requests failed, such as `: 46,578 timed out, 12 refused with CLUSTERDOWN`.
    private static func kinds(_ results: [LoadResult]) -> String {
        func sum(_ value: (LoadResult) -> Int) -> Int { results.map(value).reduce(0, +) }
        var refusals: [String: Int] = [:]
        for result in results { refusals.merge(result.refusals, uniquingKeysWith: +) }
        let counts =
            [
                (sum(\.timedOut), "timed out"), (sum(\.lost), "lost with their connection"),
                (sum(\.overflowed), "not sent"),
            ]
            + refusals.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { ($0.value, "refused with \($0.key)") }
        let said = counts.filter { $0.0 > 0 }.map { "\($0.0.withCommas) \($0.1)" }
        return said.isEmpty ? "" : ": " + said.joined(separator: ", ")
    }
}
