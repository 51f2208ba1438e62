import Synchronization

/// What one script has to say at its end: its invalid trials, and a load that it leaves running.
final class TrialLedger: Sendable {
    private struct State {
        var invalid: [TrialError] = []
        var followed = 0
        var isLeft = false
    }
    private let state = Mutex(State())
    /// The script; `nil` of what is no script.
    let script: RunningScript?

    init(script: RunningScript? = nil) { self.script = script }

    /// The invalid trials so far, so that none ends with exit status 0 by an oversight.
    var invalid: [TrialError] { state.withLock { $0.invalid } }
    /// Whether a load runs that another script could go on with.
    var canLeave: Bool { state.withLock { $0.followed > 0 } }
    /// Whether a person said that it shall run on.
    var isLeft: Bool { state.withLock { $0.isLeft } }

    func add(_ trial: TrialError) { state.withLock { $0.invalid.append(trial) } }

    /// Notes that the load runs on; what comes then ends nothing of it.
    func leave() { state.withLock { $0.isLeft = true } }

    /// Follows a load that is kept on disk as running.
    func following<Value>(_ work: () async throws -> Value) async throws -> Value {
        state.withLock { $0.followed += 1 }
        defer { state.withLock { $0.followed -= 1 } }
        return try await work()
    }
}

/// A load was left running, because a person said so.
struct LoadLeft: Error {}
