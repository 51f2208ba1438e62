/// So many at a time, and the others in the order in which they came.
actor Turns {
    private var limit: Int
    private var taken = 0
    private var lastID: UInt64 = 0
    private var waiting: [(id: UInt64, continuation: CheckedContinuation<Bool, Never>)] = []

    init(_ limit: Int) { self.limit = limit }

    /// How many wait.
    var waitingCount: Int { waiting.count }

    /// Waits for a turn; pair it with ``leave()`` if there was one.
    ///
    /// - Returns: `false` if there was none by `deadline`, or the task was cancelled before.
    func enter(by deadline: ContinuousClock.Instant) async -> Bool {
        if Task.isCancelled { return false }
        if taken < limit {
            taken += 1
            return true
        }
        lastID += 1
        let id = lastID
        let timer = Task {
            try await Task.sleep(until: deadline, clock: .continuous)
            giveUp(id)
        }
        defer { timer.cancel() }
        return await withTaskCancellationHandler {
            await withCheckedContinuation { waiting.append((id, $0)) }
        } onCancel: {
            // It comes to this actor after the line above.
            Task { await giveUp(id) }
        }
    }

    /// Gives the turn to the next.
    func leave() {
        taken -= 1
        guard taken < limit, !waiting.isEmpty else { return }
        taken += 1
        waiting.removeFirst().continuation.resume(returning: true)
    }

    /// Gives no more than `count` turns at a time from now on; never more than before.
    func restrict(to count: Int) { limit = min(limit, count) }

    /// Sends everybody away who waits.
    func sendAway() {
        for (_, continuation) in waiting { continuation.resume(returning: false) }
        waiting = []
    }

    private func giveUp(_ id: UInt64) {
        guard let place = waiting.firstIndex(where: { $0.id == id }) else { return }
        waiting.remove(at: place).continuation.resume(returning: false)
    }
}
