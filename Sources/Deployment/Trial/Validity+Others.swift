import Foundation
import LoadResult
import Usage

extension Validity {
    /// What others sent to the servers during a stress: what these counted, less what our load tools
    /// say that they sent.
    ///
    /// Servers are read just before the first request and just after the last, so stresses of the same
    /// trial that overlap count as ours as a whole.
    static func others(
        _ stress: StressEvidence,
        among stresses: [StressEvidence],
        _ limits: ValidityLimits
    ) -> [Finding] {
        guard let taken = requestsTaken(stress) else { return [] }
        let beside = stresses.filter { $0.overlaps(stress) }
        // A load tool that left no result may have sent anything; that it is missing is said elsewhere.
        guard beside.allSatisfy({ $0.results.count == $0.clients.count }) else { return [] }
        let sent = beside.flatMap(\.results.values).map { $0.sent + $0.redirected }.reduce(0, +)
        let others = max(0, taken - sent)
        let share = Double(others) / Double(max(sent, 1))
        let found = finding("others_share", share, limits.othersShare) { limit in
            "\(stress.name): the servers took \(others.of("request")) that this load did not send "
                + "(\(percent(share)) of it, limit \(percent(limit))): does anything else use the "
                + "database?"
        }
        return [found].compactMap { $0 }
    }

    /// How many requests all servers counted meanwhile; `nil` if none counts.
    private static func requestsTaken(_ stress: StressEvidence) -> Int? {
        guard let after = stress.after?.requests else { return nil }
        let taken = stress.before.requests.compactMap { server, old in
            // A counter that fell began anew, with the process or by hand.
            after[server].map { $0 >= old ? $0 - old : $0 }
        }
        return taken.isEmpty ? nil : taken.reduce(0, +)
    }
}

extension StressEvidence {
    /// Whether both ran at the same time, as far as that is known.
    fileprivate func overlaps(_ other: StressEvidence) -> Bool {
        let (end, otherEnd) = (after?.time ?? .distantFuture, other.after?.time ?? .distantFuture)
        return before.time <= otherEnd && other.before.time <= end
    }
}
