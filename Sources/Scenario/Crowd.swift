package import Engine

/// The users of one loop: added at any time, started at a rate, removed oldest first.
///
/// Those who have not started yet are a number, and cost nothing.
package final class Crowd: @unchecked Sendable {
    // Unchecked: it belongs to its loop's thread.

    /// What a user does from its start to its end.
    package typealias Life = @Sendable (User) async throws -> Void

    /// How far it is.
    package enum Phase: Sendable, Hashable {
        /// Users may be added.
        case running
        /// All users are told to end, and no other starts.
        case stopping
        /// All have ended.
        case finished
    }

    /// How many of what.
    package struct Counts: Sendable, Hashable {
        /// Those who were added and have not started.
        package var waiting = 0
        /// Those who have started and not ended.
        package var running = 0
        /// Those who came to the end of their life by themselves.
        package var ended = 0
        /// Those whose life threw an error.
        package var failed = 0
        /// Those who were removed and have ended.
        package var removed = 0
        /// The highest number that a user has.
        package var highest = 0
    }

    /// How many of what.
    package private(set) var counts = Counts()
    /// How often users ended with an error, by its text; the first thousand texts.
    package private(set) var failures: [String: Int] = [:]
    /// How far it is.
    package private(set) var phase = Phase.running

    private let loop: EventLoop
    private let life: Life
    private let gate: Throttle
    /// The users that run, in the order of their numbers, from ``first`` on; `nil` for those who have ended.
    private var tasks: [Task<Void, Never>?] = []
    private var first = 1
    /// The place in ``tasks`` below which nobody is left to be removed.
    private var oldest = 0
    /// The numbers of those who were told to end.
    private var leaving: Set<Int> = []
    /// For the start of the next user.
    private var alarm: AlarmTicket?
    /// Whether the next user has waited for its turn since it was due.
    private var hasWaited = false

    /// Makes a crowd of nobody.
    ///
    /// - Parameters:
    ///   - loop: Where they run.
    ///   - rate: How fast users start.
    ///   - life: What each of them does.
    package init(on loop: EventLoop, rate: Throttle.Pace, _ life: @escaping Life) {
        self.loop = loop
        self.life = life
        gate = Throttle("users", rate, on: loop)
    }

    /// Adds users, who start at the rate; their numbers go on from the highest.
    ///
    /// - Throws: ``CrowdError/notRunning(_:)`` if it is stopping or finished.
    package func add(_ number: Int) throws {
        precondition(number >= 0)
        guard phase == .running else { throw CrowdError.notRunning(phase) }
        counts.waiting += number
        startDue()
    }

    /// Starts users at another rate from now on, also those who wait already.
    package func change(to rate: Throttle.Pace) {
        gate.change(to: rate)
        alarm.map(loop.cancel)
        alarm = nil
        hasWaited = false
        startDue()
    }

    /// Starts those whose time has come, and sets the alarm for the next.
    private func startDue() {
        guard phase == .running else { return }
        while counts.waiting > 0, gate.take(hasWaited: hasWaited) {
            hasWaited = true
            start()
        }
        guard counts.waiting > 0 else {
            hasWaited = false
            return
        }
        guard alarm == nil, let time = gate.earliest else { return }
        hasWaited = true
        alarm = loop.alarm(at: time) { [self] in
            alarm = nil
            startDue()
        }
    }

    private func start() {
        counts.waiting -= 1
        counts.running += 1
        counts.highest += 1
        let user = User(id: counts.highest, loop: loop)
        tasks.append(
            Task(executorPreference: loop) { [self] in
                do {
                    try await life(user)
                    end(user.id, nil)
                } catch {
                    end(user.id, error)
                }
            }
        )
    }

    private func end(_ id: Int, _ error: (any Error)?) {
        tasks[id - first] = nil
        counts.running -= 1
        let wasTold = leaving.remove(id) != nil
        switch error {
        case _ where wasTold || phase == .stopping: counts.removed += 1
        case nil: counts.ended += 1
        case let error?:
            counts.failed += 1
            let text = "\(error)"
            if failures.count < 1_000 || failures[text] != nil { failures[text, default: 0] += 1 }
        }
        shrink()
        if phase == .stopping, counts.running == 0 { phase = .finished }
    }

    /// Forgets the places of the oldest, when most of them have ended.
    private func shrink() {
        guard oldest < tasks.count, tasks.count > 1_024 else { return }
        while oldest < tasks.count, tasks[oldest] == nil { oldest += 1 }
        guard oldest * 2 > tasks.count else { return }
        tasks.removeFirst(oldest)
        first += oldest
        oldest = 0
    }

    /// Tells the oldest users to end: their next wait throws `CancellationError`.
    ///
    /// Those who were told before are not chosen again.
    ///
    /// - Returns: How many were told; fewer than `number` if there are not so many.
    @discardableResult
    package func remove(_ number: Int) -> Int {
        var told = 0
        for index in oldest..<tasks.count where told < number {
            guard let task = tasks[index], leaving.insert(first + index).inserted else { continue }
            told += 1
            task.cancel()
        }
        return told
    }

    /// Tells all users to end, and starts no other.
    package func stop() {
        guard phase == .running else { return }
        alarm.map(loop.cancel)
        alarm = nil
        counts.waiting = 0
        phase = counts.running == 0 ? .finished : .stopping
        for task in tasks { task?.cancel() }
    }
}

/// What a crowd cannot do.
package enum CrowdError: Error, Hashable, CustomStringConvertible {
    /// It takes no more users.
    case notRunning(Crowd.Phase)

    /// What happened.
    package var description: String {
        switch self {
        case .notRunning(let phase): "no user can be added: the run is \(phase)"
        }
    }
}
