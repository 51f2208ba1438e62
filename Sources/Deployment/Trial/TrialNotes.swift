import Foundation
import Synchronization

/// What a trial's steps note for its record while they run.
///
/// What matters to a script that goes on with it is on disk before a stress begins, and after it ends.
final class TrialNotes: Sendable {
    /// The dataset that the servers were restored from.
    struct Restored: Sendable, Hashable, Codable {
        var name: String
        var content: DatasetContent
        /// Whether the servers were seen to hold it afterwards.
        var isCounted = false
    }

    private struct State {
        var stresses: [StressEvidence] = []
        /// Those that have begun and not ended, by name.
        var begun: [String: StressEvidence] = [:]
        var running: RunningTrial
        var plans: [FaultPlan] = []
        var probes: [Probe] = []
        /// Those that had ended before a script attached, of which it has not asked yet.
        var ended: [StressEvidence] = []
        /// How many of what was kept a script that attaches has got again.
        var taken = 0
        /// How much was kept when it attached.
        var kept = 0
    }
    private let state: Mutex<State>
    /// Writes what is noted to the trial's directory.
    private let keep: @Sendable (TrialNotes) throws -> Void

    /// Makes the notes of a trial that begins.
    ///
    /// - Parameters:
    ///   - nodes: Every node's private address, by name.
    ///   - script: The script that begins it.
    ///   - keep: Writes what is noted to disk.
    init(
        nodes: [String: String] = [:],
        script: RunningScript? = nil,
        keep: @escaping @Sendable (TrialNotes) throws -> Void = { _ in }
    ) {
        state = Mutex(State(running: RunningTrial(nodes: nodes, script: script)))
        self.keep = keep
    }

    /// Takes over the notes of a trial whose script is gone.
    init(
        of attachment: LeftTrial,
        redaction: Redaction,
        keep: @escaping @Sendable (TrialNotes) throws -> Void
    ) {
        var state = State(running: attachment.running)
        let open = Set(attachment.running.stresses.map(\.stress.name))
        for var evidence in attachment.record.stresses {
            if open.contains(evidence.name) {
                evidence.goOn(with: redaction)
                state.begun[evidence.name] = evidence
            } else {
                state.stresses.append(evidence)
            }
        }
        state.probes = attachment.record.probes ?? []
        state.ended = state.stresses
        state.kept = state.running.prepared.count
        self.state = Mutex(state)
        self.keep = keep
    }

    /// The evidence of each stress that has ended, in order, and of those that have begun.
    var stresses: [StressEvidence] {
        state.withLock { state in
            let begun = state.running.stresses.compactMap { state.begun[$0.stress.name] }
            return state.stresses + begun
        }
    }
    /// What another script must know to go on.
    var running: RunningTrial { state.withLock { $0.running } }
    /// The last restore; `nil` if there was none.
    var restored: Restored? { running.restored }

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

    /// Notes on disk that a stress is about to begin.
    func begin(_ stress: RunningStress, _ evidence: StressEvidence) throws {
        state.withLock { state in
            state.running.stresses.append(stress)
            state.begun[evidence.name] = evidence
        }
        try keep(self)
    }

    /// Notes that a stress has come to an end, good or bad.
    func end(_ evidence: StressEvidence) {
        state.withLock { state in
            state.running.stresses.removeAll { $0.stress.name == evidence.name }
            state.begun[evidence.name] = nil
            state.stresses.append(evidence)
        }
        // The trial's end writes it all again, and says if that cannot be.
        try? keep(self)
    }

    /// The stress of that name that is under way, with its evidence so far; `nil` if it is not.
    func underWay(_ name: String) -> (stress: RunningStress, evidence: StressEvidence)? {
        state.withLock { state in
            guard let stress = state.running.stresses.first(where: { $0.stress.name == name }),
                let evidence = state.begun[name]
            else { return nil }
            return (stress, evidence)
        }
    }

    /// A stress of that name that had ended before this script attached; each is returned once.
    func takeEnded(_ name: String) -> StressEvidence? {
        state.withLock { state in
            guard let index = state.ended.firstIndex(where: { $0.name == name }) else { return nil }
            state.plans = []
            return state.ended.remove(at: index)
        }
    }

    func restore(_ name: String, _ content: DatasetContent) {
        state.withLock { $0.running.restored = Restored(name: name, content: content) }
    }

    func count(_ name: String) {
        state.withLock { state in
            if state.running.restored?.name == name { state.running.restored?.isCounted = true }
        }
    }

    /// What the next `prepare` returned before its script was gone; `nil` if it did not come to that.
    func nextPrepared() -> Data? {
        state.withLock { state in
            guard state.taken < state.kept else { return nil }
            defer { state.taken += 1 }
            return state.running.prepared[state.taken]
        }
    }

    func add(prepared: Data) { state.withLock { $0.running.prepared.append(prepared) } }
}
