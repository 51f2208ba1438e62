import DeploymentState
import Foundation

extension Deployment {
    /// Plans a fault for the next stress of this trial.
    ///
    /// The node begins it and takes it back by itself, by its own clock: nothing is sent to it during
    /// the load, and the script may be killed meanwhile. When it happened is kept in `trial.json`, and
    /// marked on the plots. A fault that did not happen, or was not taken back, makes the trial invalid.
    ///
    /// - Parameters:
    ///   - fault: What goes wrong, and where.
    ///   - start: When it begins, counted from the first request on; 0 s or later.
    ///   - length: How long it lasts, at least 0.1 s; it must end before the load does.
    /// - Throws: ``FaultError`` before anything runs.
    public func inject(
        _ fault: Fault,
        at start: Duration,
        for length: Duration
    ) throws(FaultError) {
        guard let notes else { throw .outsideOfTrial(fault.text) }
        precondition(remotes[fault.node.name] != nil, "a node of another deployment")
        try fault.check(database: system)
        guard start >= .zero, length >= .milliseconds(100) else {
            throw .times(fault.text, at: start, for: length)
        }
        notes.plan(FaultPlan(fault: fault, start: start, length: length))
    }

    /// The units of the faults that are planned for a stress, which no later one has.
    ///
    /// - Throws: ``FaultError/outlasts(_:stress:)``.
    func faultUnits(for stress: Stress) throws(FaultError) -> [FaultUnit] {
        let plans = notes?.takePlans() ?? []
        for plan in plans { try plan.check(stress) }
        let run = UUID().uuidString.prefix(8).lowercased()
        return plans.enumerated().map { FaultUnit(name: "\(run)-\($0)", plan: $1) }
    }

    /// Puts faults on their nodes, of which each waits for its time.
    ///
    /// - Throws: ``FanOutError`` with every node on which one cannot be.
    func arm(_ units: [FaultUnit], start: Double) async throws {
        try await onEach(nodes(of: units.map(\.armed))) { remote in
            for unit in units where unit.plan.fault.node == remote.node {
                try await remote.execute(unit.arm(start: start, database: system))
            }
        }
    }

    /// Ends faults, of which most have ended, and returns what became of each.
    ///
    /// - Throws: ``FanOutError`` with every node that does not answer.
    func end(_ faults: [ArmedFault]) async throws -> [InjectedFault] {
        let notes = try await onEach(nodes(of: faults)) { remote in
            var notes: [String: String] = [:]
            for armed in faults where armed.fault.node == remote.node.name {
                notes[armed.name] = try await remote.execute(FaultUnit.end(armed.name))
            }
            return notes
        }
        let byName = Dictionary(uniqueKeysWithValues: notes.map { ($0.key.name, $0.value) })
        return faults.map { armed in
            var fault = armed.fault
            fault.take(byName[fault.node]?[armed.name] ?? "")
            return fault
        }
    }

    private func nodes(of faults: [ArmedFault]) -> [Node] {
        nodes.filter { node in faults.contains { $0.fault.node == node.name } }
    }
}
