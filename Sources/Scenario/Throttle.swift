package import Engine

/// Permits at a rate, for all users of one loop together: first come, first served, evenly paced.
///
/// The rate is never exceeded, and permits that nobody waits for are not saved up.
package final class Throttle: @unchecked Sendable {
    // Unchecked: it belongs to its loop's thread.

    /// How fast permits are given.
    package enum Pace: Sendable, Hashable {
        /// So many in each interval, of nanoseconds; evenly. None if the number is 0.
        case permits(Int, in: Int64)
        /// As many as are asked for.
        case unlimited

        /// So many in each second.
        package static func perSecond(_ permits: Int) -> Pace {
            .permits(permits, in: 1_000_000_000)
        }
        /// So many in each minute.
        package static func perMinute(_ permits: Int) -> Pace {
            .permits(permits, in: 60_000_000_000)
        }
    }

    /// What became of the permits so far.
    package struct Counts: Sendable, Hashable {
        /// How often one was asked for.
        package var requests = 0
        /// How many were given.
        package var permits = 0
        /// The longest time between when a permit was due and when it was given, in nanoseconds.
        package var latest: Int64 = 0
    }

    /// The name in messages.
    package let name: String
    /// The pace that was asked for last; it holds while the throttle is not paused.
    package private(set) var pace: Pace
    /// Whether no permit is given until ``resume()``.
    package private(set) var isPaused = false
    /// Whether ``stop()`` was called.
    package private(set) var isStopped = false
    /// What became of the permits so far.
    package private(set) var counts = Counts()

    private let loop: EventLoop
    private var queue = WaitingLine()
    private var pacer: Pacer?
    private var alarm: AlarmTicket?
    /// When the last permit was given.
    private var lastPermit: Int64?

    /// Makes a throttle of `loop` that gives permits from now on.
    package init(_ name: String, _ pace: Pace, on loop: EventLoop) {
        self.name = name
        self.pace = pace
        self.loop = loop
        makePacer()
    }

    /// How many wait now.
    package var waiting: Int { queue.count }

    /// Suspends until a permit is given.
    ///
    /// - Returns: When it was due, on the loop's clock; now, where nothing limits.
    /// - Throws: `CancellationError` as soon as the task is cancelled, whose place is then free;
    ///   ``ThrottleError``.
    package func wait() async throws -> Int64 {
        let place = Place()
        return try await withTaskCancellationHandler {
            try await withUnsafeThrowingContinuation { continuation in
                counts.requests += 1
                if isStopped {
                    continuation.resume(throwing: ThrottleError.stopped(name))
                } else if Task.isCancelled {
                    continuation.resume(throwing: CancellationError())
                } else {
                    // Never at once: a user that asks for ever would leave nothing to others.
                    place.number = queue.append(continuation)
                    arm()
                }
            }
        } onCancel: {
            loop.perform { _ in
                guard let number = place.number, let task = self.queue.remove(number) else {
                    return
                }
                task.resume(throwing: CancellationError())
            }
        }
    }

    /// Takes a permit if one can be had at once.
    ///
    /// - Returns: When it was due; `nil` if others wait or it is too early.
    package func tryNow() -> Int64? {
        counts.requests += 1
        guard !isPaused, !isStopped, queue.count == 0 else { return nil }
        guard pacer != nil || pace == .unlimited else { return nil }
        let now = loop.now
        if pace != .unlimited, pacer?.take(at: now, hasWaited: false) == nil { return nil }
        counts.permits += 1
        lastPermit = now
        return now
    }

    /// Takes a permit for a caller who waits by himself; false if it is too early.
    func take(hasWaited: Bool) -> Bool {
        counts.requests += 1
        let now = loop.now
        if pace != .unlimited, pacer?.take(at: now, hasWaited: hasWaited) == nil { return false }
        counts.permits += 1
        lastPermit = now
        return true
    }

    /// When ``take(hasWaited:)`` is worth another try; `nil` if never at this pace.
    var earliest: Int64? { pacer?.earliest }

    // MARK: Changes

    /// Gives permits at another pace from now on; one that is paused stays so.
    package func change(to pace: Pace) {
        self.pace = pace
        makePacer()
        arm()
    }

    /// Gives no permit until ``resume()``; those who wait keep their places.
    package func pause() {
        isPaused = true
        disarm()
    }

    /// Goes on at the pace that was asked for last.
    package func resume() {
        guard isPaused else { return }
        isPaused = false
        makePacer()
        arm()
    }

    /// Ends it: whoever waits, or asks from now on, gets ``ThrottleError/stopped(_:)``.
    package func stop() {
        isStopped = true
        disarm()
        while let task = queue.popFirst() { task.resume(throwing: ThrottleError.stopped(name)) }
    }

    // MARK: Permits

    private func makePacer() {
        disarm()
        guard case .permits(let permits, let interval) = pace, permits > 0 else {
            pacer = nil
            return
        }
        var pacer = Pacer(permits, in: interval, from: loop.now)
        // However often the pace is changed, the next permit keeps its distance from the last.
        if let lastPermit, lastPermit + pacer.spacing > loop.now {
            pacer = Pacer(permits, in: interval, from: lastPermit + pacer.spacing)
        }
        self.pacer = pacer
    }

    /// Sets the alarm for the next permit, if somebody waits for it.
    private func arm() {
        guard alarm == nil, queue.count > 0, !isPaused, !isStopped else { return }
        let now = loop.now
        guard let time = pace == .unlimited ? now : pacer?.earliest else { return }
        alarm = loop.alarm(at: time) { [self] in
            alarm = nil
            dispense(hasWaited: time > now)
        }
    }

    /// Gives all permits that are due to those who wait longest.
    private func dispense(hasWaited: Bool) {
        let now = loop.now
        var hasWaited = hasWaited
        // Those only who wait now: who asks again waits for the next turn.
        for _ in 0..<queue.count {
            let due = pace == .unlimited ? now : pacer?.take(at: now, hasWaited: hasWaited)
            guard let due, let task = queue.popFirst() else { break }
            hasWaited = true
            counts.permits += 1
            counts.latest = max(counts.latest, now - due)
            lastPermit = now
            task.resume(returning: due)
        }
        arm()
    }

    private func disarm() {
        if let alarm { loop.cancel(alarm) }
        alarm = nil
    }

    /// What the handler of a cancellation needs to know of the wait.
    private final class Place: @unchecked Sendable {
        // Unchecked: set and read on the loop's thread alone, where `perform` takes the handler.
        var number: Int?
    }
}

/// Why a throttle gives no permit.
package enum ThrottleError: Error, Hashable, CustomStringConvertible {
    /// It was stopped.
    case stopped(String)

    /// The throttle and what happened.
    package var description: String {
        switch self {
        case .stopped(let name): "throttle \"\(name)\" was stopped"
        }
    }
}
