package import Engine
internal import JSON

/// Permits at a rate, for all users of one loop together: first come, first served, evenly paced.
///
/// The rate is never exceeded, and permits that nobody waits for are not saved up.
public final class Throttle: @unchecked Sendable {
    // Unchecked: it belongs to its loop's thread.

    /// How fast permits are given.
    public enum Pace: Sendable, Hashable {
        /// So many in each interval, of nanoseconds; evenly. None if the number is 0.
        case permits(Int, in: Int64)
        /// As many as are asked for.
        case unlimited
        /// So many pieces of work at the same time, whatever they take; for ``Throttle/run(within:_:)``.
        case atOnce(Int)

        /// So many in each second.
        public static func perSecond(_ permits: Int) -> Pace {
            .permits(permits, in: 1_000_000_000)
        }

        /// So many in each minute.
        public static func perMinute(_ permits: Int) -> Pace {
            .permits(permits, in: 60_000_000_000)
        }

        /// One in each interval, of at least a nanosecond.
        public static func every(_ interval: Duration) -> Pace {
            .permits(1, in: max(1, interval.nanoseconds))
        }

        fileprivate var isAtOnce: Bool {
            if case .atOnce = self { true } else { false }
        }
    }

    /// What became of the permits so far.
    public struct Counts: Sendable, Hashable {
        /// How often one was asked for.
        public var requests = 0
        /// How many were given.
        public var permits = 0
        /// The longest time between when a permit was due and when it was given, in nanoseconds.
        public var latest: Int64 = 0
        /// Messages that were not sent because the throttle was stopped, or that nobody was there to read.
        public var unsent = 0
        /// Pieces of work, started by the throttle, that threw.
        public var failures = 0
    }

    /// The name in messages.
    public let name: String
    /// The pace that was asked for last; it holds while the throttle is not paused.
    public private(set) var pace: Pace
    /// Whether no permit is given until ``resume()``.
    public private(set) var isPaused = false
    /// Whether ``stop()`` was called.
    public private(set) var isStopped = false
    /// What became of the permits so far.
    public internal(set) var counts = Counts()
    /// Whether a ramp is under way.
    public var isRamping: Bool { rampAlarm != nil }

    let loop: EventLoop
    let telemetry: Telemetry?
    /// For the next step of a ramp.
    var rampAlarm: AlarmTicket?
    private var queue = WaitingLine()
    private var pacer: Pacer?
    private var alarm: AlarmTicket?
    /// When the last permit was given.
    private var lastPermit: Int64?
    /// Pieces of work under way, of a throttle that counts them.
    private var running = 0
    /// Used again, since making one takes as long as the rest of a wait.
    private var spare: [Place] = []

    /// Makes a throttle of `loop` that gives permits from now on.
    package init(
        _ name: String,
        _ pace: Pace,
        on loop: EventLoop,
        telemetry: Telemetry? = nil
    ) {
        self.name = name
        self.pace = pace
        self.loop = loop
        self.telemetry = telemetry
        makePacer()
    }

    /// How many wait now.
    public var waiting: Int { queue.count }

    // MARK: Asking

    /// Suspends until a permit is given.
    ///
    /// - Parameter limit: How long it may take; `nil` for ever.
    /// - Returns: When it was due, in nanoseconds on the loop's clock; now, where nothing limits.
    /// - Throws: `CancellationError` as soon as the task is cancelled, whose place is then free;
    ///   ``ThrottleError``.
    @discardableResult
    public func wait(within limit: Duration? = nil) async throws -> Int64 {
        if pace.isAtOnce { throw ThrottleError.needsWork(name) }
        return try await permit(within: limit)
    }

    /// Does a piece of work when a permit is given.
    ///
    /// - Parameters:
    ///   - limit: How long the permit may take; `nil` for ever.
    ///   - body: The work; gets the time at which the permit was due.
    /// - Returns: What the work returns.
    /// - Throws: What ``wait(within:)`` throws, and what the work throws.
    public func run<Result>(
        within limit: Duration? = nil,
        _ body: (Int64) async throws -> Result
    ) async throws -> Result {
        let due = try await permit(within: limit)
        defer { release() }
        return try await body(due)
    }

    @inline(__always)
    private func permit(within limit: Duration?) async throws -> Int64 {
        let place = spare.popLast() ?? Place()
        let round = place.round
        defer {
            place.round &+= 1
            if let alarm = place.alarm.take() { loop.cancel(alarm) }
            spare.append(place)
        }
        return try await suspend { continuation in
            counts.requests += 1
            if isStopped {
                continuation.resume(throwing: ThrottleError.stopped(name))
            } else if Task.isCancelled {
                loop.turnAway(continuation)
            } else {
                // Never at once: a user that asks for ever would leave nothing to others.
                let number = queue.append(continuation)
                place.number = number
                arm()
                guard let limit else { return }
                place.alarm = loop.alarm(at: loop.now + limit.nanoseconds) { [self] in
                    queue.remove(number)?.resume(throwing: ThrottleError.timedOut(name))
                }
            }
        } onCancel: {
            loop.perform { _ in
                guard place.round == round else { return }
                self.queue.remove(place.number)?.resume(throwing: CancellationError())
            }
        }
    }

    /// Takes a permit if one can be had at once.
    ///
    /// - Returns: When it was due; `nil` if others wait or it is too early.
    public func tryNow() -> Int64? {
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
    ///
    /// - Throws: ``ThrottleError`` while a ramp is under way, or if one of both counts work at the same time.
    public func change(to pace: Pace) throws {
        if isRamping { throw ThrottleError.ramping(name) }
        if pace.isAtOnce != self.pace.isAtOnce { throw ThrottleError.otherKind(name) }
        setPace(pace)
    }

    func setPace(_ pace: Pace) {
        self.pace = pace
        makePacer()
        report("rate")
        arm()
    }

    /// Gives no permit until ``resume()``.
    ///
    /// Those who wait keep their places. A ramp goes on.
    public func pause() {
        isPaused = true
        disarm()
        report("paused")
    }

    /// Goes on at the pace that was asked for last.
    public func resume() {
        guard isPaused else { return }
        isPaused = false
        makePacer()
        report("resumed")
        arm()
    }

    /// Ends it: whoever waits, or asks from now on, gets ``ThrottleError/stopped(_:)``.
    public func stop() {
        isStopped = true
        rampAlarm.take().map(loop.cancel)
        disarm()
        while let task = queue.popFirst() { task.resume(throwing: ThrottleError.stopped(name)) }
        report("stopped")
    }

    private func report(_ event: String) {
        telemetry?.emit("throttle") {
            [
                "name": .string(name), "event": .string(event), "pace": .string("\(pace)"),
                "waiting": .integer(Int64(waiting)), "permits": .integer(Int64(counts.permits)),
            ]
        }
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
    ///
    /// - Parameter hasWaited: Whether they wait since before the last permit was looked for: however long the
    ///   loop was held up since then, what became due meanwhile is late, and not lost.
    private func arm(hasWaited: Bool = false) {
        guard alarm == nil, queue.count > 0, !isPaused, !isStopped else { return }
        let now = loop.now
        let next: Int64? =
            switch pace {
            case .unlimited: now
            case .atOnce(let most): running < most ? now : nil
            case .permits: pacer?.earliest
            }
        guard let time = next else { return }
        alarm = loop.alarm(at: time) { [self] in
            alarm = nil
            dispense(hasWaited: hasWaited || time > now)
        }
    }

    /// Gives all permits that are due to those who wait longest.
    private func dispense(hasWaited: Bool) {
        let now = loop.now
        var hasWaited = hasWaited
        // Those only who wait now: who asks again waits for the next turn.
        for _ in 0..<queue.count {
            let due: Int64? =
                switch pace {
                case .unlimited: now
                case .atOnce(let most): running < most ? now : nil
                case .permits: pacer?.take(at: now, hasWaited: hasWaited)
                }
            guard let due, let task = queue.popFirst() else { break }
            hasWaited = true
            counts.permits += 1
            counts.latest = max(counts.latest, now - due)
            lastPermit = now
            if pace.isAtOnce { running += 1 }
            task.resume(returning: due)
        }
        arm(hasWaited: true)
    }

    /// A piece of work has ended.
    private func release() {
        guard pace.isAtOnce else { return }
        running -= 1
        arm()
    }

    private func disarm() {
        if let alarm { loop.cancel(alarm) }
        alarm = nil
    }

    /// What the handler of a cancellation needs to know of the wait.
    private final class Place: @unchecked Sendable {
        // Unchecked: set and read on the loop's thread alone, where `perform` takes the handler.
        var number = -1
        var round: UInt32 = 0
        var alarm: AlarmTicket?
    }
}

/// Why a throttle does not do what it was asked for.
public enum ThrottleError: Error, Hashable, CustomStringConvertible {
    /// It was stopped.
    case stopped(String)
    /// No permit came in time.
    case timedOut(String)
    /// A ramp is under way.
    case ramping(String)
    /// It counts pieces of work at the same time, of which a mere wait has no end.
    case needsWork(String)
    /// It counts pieces of work at the same time, and the new pace does not, or the other way round.
    case otherKind(String)
    /// A ramp makes no sense.
    case ramp(String, problem: String)
    /// There is one of that name, with another pace.
    case exists(String)
    /// There is none of that name.
    case unknown(String, hint: String)

    /// The throttle, what happened, and the remedy.
    public var description: String {
        switch self {
        case .stopped(let name): "throttle \"\(name)\" was stopped"
        case .timedOut(let name): "throttle \"\(name)\" gave no permit in time"
        case .ramping(let name):
            "throttle \"\(name)\" changes its rate by a ramp, which is not over yet"
        case .needsWork(let name):
            "throttle \"\(name)\" allows some work at the same time; hand the work to run { } instead"
        case .otherKind(let name):
            "throttle \"\(name)\" cannot change between a rate and work at the same time; make another one"
        case .ramp(let name, let problem): "throttle \"\(name)\": \(problem)"
        case .exists(let name):
            "throttle \"\(name)\" exists with another pace; change its pace, or take another name"
        case .unknown(let name, let hint): "no throttle is named \"\(name)\"\(hint)"
        }
    }
}
