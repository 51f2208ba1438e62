import Synchronization

/// What a trial's steps note for its record while they run.
final class TrialNotes: Sendable {
    /// The dataset that the servers were restored from.
    struct Restored: Sendable, Hashable {
        var name: String
        var content: DatasetContent
        /// Whether the servers were seen to hold it afterwards.
        var isCounted = false
    }

    private struct State {
        var stresses: [StressEvidence] = []
        var restored: Restored?
        var plans: [FaultPlan] = []
        var probes: [Probe] = []
    }
    private let state = Mutex(State())

    /// The evidence of each stress, in order.
    var stresses: [StressEvidence] { state.withLock { $0.stresses } }
    /// The last restore; `nil` if there was none.
    var restored: Restored? { state.withLock { $0.restored } }

    /// What was found of the machines, in order.
    var probes: [Probe] { state.withLock { $0.probes } }

    func add(_ probe: Probe) { state.withLock { $0.probes.append(probe) } }

    /// The faults that wait for a stress.
    var plans: [FaultPlan] { state.withLock { $0.plans } }

    func plan(_ fault: FaultPlan) { state.withLock { $0.plans.append(fault) } }

    /// Returns the faults that wait, and forgets them.
    func takePlans() -> [FaultPlan] {
        state.withLock { state in
            defer { state.plans = [] }
            return state.plans
        }
    }

    func add(_ stress: StressEvidence) { state.withLock { $0.stresses.append(stress) } }

    func restore(_ name: String, _ content: DatasetContent) {
        state.withLock { $0.restored = Restored(name: name, content: content) }
    }

    func count(_ name: String) {
        state.withLock { if $0.restored?.name == name { $0.restored?.isCounted = true } }
    }
}

/// The invalid trials of one script, so that none ends with exit status 0 by an oversight.
final class TrialLedger: Sendable {
    private let trials = Mutex<[TrialError]>([])

    var invalid: [TrialError] { trials.withLock { $0 } }

    func add(_ trial: TrialError) { trials.withLock { $0.append(trial) } }
}
