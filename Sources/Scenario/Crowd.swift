package import Engine
internal import JSON

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
        /// Those who did not end when they were told to, and are no longer waited for.
        package var abandoned = 0
        /// Connections that users left open though they came to the end of their life; they are closed then.
        package var leftOpen = 0
        /// The highest number that a user has.
        package var highest = 0
    }

    /// How many of what.
    package private(set) var counts = Counts()
    /// How often users ended with an error, by its text; the first thousand texts.
    package private(set) var failures: [String: Int] = [:]
    /// How far it is.
    package private(set) var phase = Phase.running {
        didSet { if phase == .finished { onFinished?() } }
    }
    /// Called when the last user has ended after ``stop()``.
    package var onFinished: (() -> Void)?
    /// Where events and measures go.
    package let telemetry: Telemetry?

    let loop: EventLoop
    private let life: Life
    private let gate: Throttle
    /// The numbers of those who wait to start, in order.
    private var numbers: [ClosedRange<Int>] = []
    /// How far the first of ``numbers`` was used.
    private var used = 0
    /// The highest number that was given away, also to those who wait.
    private var highestGiven = 0
    /// The users that run, in the order of their numbers; `nil` for those who have ended.
    private var tasks: [Task<Void, Never>?] = []
    /// Which number stands where in ``tasks``.
    private var places = CrowdPlaces()
    /// The place in ``tasks`` below which nobody is left to be removed.
    private var oldest = 0
    /// The numbers of those who were told to end.
    private var leaving: Set<Int> = []
    /// Messages and connections, of users that have any.
    private var belongings: [Int: Belongings] = [:]
    /// For the start of the next user.
    private var alarm: AlarmTicket?
    /// Whether the next user has waited for its turn since it was due.
    private var hasWaited = false

    /// Makes a crowd of nobody.
    ///
    /// - Parameters:
    ///   - loop: Where they run.
    ///   - rate: How fast users start.
    ///   - telemetry: Where events and measures go.
    ///   - life: What each of them does.
    package init(
        on loop: EventLoop,
        rate: Throttle.Pace,
        telemetry: Telemetry? = nil,
        _ life: @escaping Life
    ) {
        self.loop = loop
        self.life = life
        self.telemetry = telemetry
        gate = Throttle("users", rate, on: loop)
    }

    // MARK: Adding

    /// Adds users, who start at the rate; their numbers go on from the highest.
    ///
    /// - Throws: ``CrowdError/notRunning(_:)`` if it is stopping or finished.
    package func add(_ number: Int) throws {
        precondition(number >= 0)
        guard phase == .running else { throw CrowdError.notRunning(phase) }
        guard number > 0 else { return }
        try add(ids: highestGiven + 1...highestGiven + number)
    }

    /// Adds users with these numbers, above all that were given away.
    ///
    /// - Throws: ``CrowdError``.
    package func add(ids: ClosedRange<Int>) throws {
        guard phase == .running else { throw CrowdError.notRunning(phase) }
        guard ids.lowerBound > highestGiven else {
            throw CrowdError.taken(ids.lowerBound, highest: highestGiven)
        }
        guard ids.upperBound <= 1_000_000_000 else { throw CrowdError.tooHigh(ids.upperBound) }
        numbers.append(ids)
        highestGiven = ids.upperBound
        counts.waiting += ids.count
        telemetry?.emit("users-added") { ["users": .integer(Int64(ids.count))] }
        startDue()
    }

    /// How fast users start.
    package var rate: Throttle.Pace { gate.pace }

    /// Starts users at another rate from now on, also those who wait already.
    package func change(to rate: Throttle.Pace) {
        gate.setPace(rate)
        telemetry?.emit("user-rate") { ["rate": .string(rate.text)] }
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

    private func nextNumber() -> Int {
        let number = numbers[0].lowerBound + used
        used += 1
        if number == numbers[0].upperBound {
            numbers.removeFirst()
            used = 0
        }
        return number
    }

    private func start() {
        let user = User(id: nextNumber(), crowd: self)
        counts.waiting -= 1
        counts.running += 1
        places.append(user.id)
        counts.highest = user.id
        let begun = telemetry == nil ? 0 : loop.now
        telemetry?.emit("user-started") { ["user": .integer(Int64(user.id))] }
        tasks.append(
            Task(executorPreference: loop) { [self] in
                do {
                    try await life(user)
                    end(user.id, nil, begun)
                } catch {
                    end(user.id, error, begun)
                }
            }
        )
    }

    // MARK: Ending

    /// Whether a user runs.
    func has(_ id: Int) -> Bool { places[id].map { tasks[$0] != nil } ?? false }

    private func end(_ id: Int, _ error: (any Error)?, _ begun: Int64) {
        // Of one that is no longer waited for nothing is counted a second time.
        guard has(id) else { return }
        let wasTold = leaving.contains(id) || phase == .stopping
        let open = leave(id)
        switch error {
        case _ where wasTold: counts.removed += 1
        case nil:
            counts.ended += 1
            counts.leftOpen += open
        case let error?:
            counts.failed += 1
            let text = "\(error)"
            if failures.count < 1_000 || failures[text] != nil { failures[text, default: 0] += 1 }
        }
        telemetry?.emit("user-ended") {
            let duration = loop.now - begun
            let text = wasTold ? nil : error.map { "\($0)" }
            return [
                "user": .integer(Int64(id)), "duration_ns": .integer(duration),
                "error": text.map { .string($0) } ?? .null,
            ]
        }
        finishIfLast()
    }

    /// Forgets a user, and takes from it what it has; returns how many connections were open.
    @discardableResult
    private func leave(_ id: Int) -> Int {
        if let place = places[id] { tasks[place] = nil }
        counts.running -= 1
        leaving.remove(id)
        let open = belongings.removeValue(forKey: id)?.close() ?? 0
        shrink()
        return open
    }

    /// Says that all have ended, once everything of the last is counted.
    private func finishIfLast() {
        if phase == .stopping, counts.running == 0 { phase = .finished }
    }

    /// Forgets the places of the oldest, when most of them have ended.
    private func shrink() {
        guard oldest < tasks.count, tasks.count > 1_024 else { return }
        while oldest < tasks.count, tasks[oldest] == nil { oldest += 1 }
        guard oldest * 2 > tasks.count else { return }
        tasks.removeFirst(oldest)
        places.removeFirst(oldest)
        oldest = 0
    }

    /// Takes back users who wait to start, the last first, and then tells the oldest that run to end: their next wait
    /// throws `CancellationError`.
    ///
    /// Those who were told before are not chosen again. The numbers of those who were taken back are nobody's.
    ///
    /// - Parameters:
    ///   - number: At most so many.
    ///   - isForced: Whether those who are still there after 2 s are no longer waited for; their connections
    ///     are then closed.
    /// - Returns: How many were told, and taken back; fewer than `number` in all if there are not so many.
    @discardableResult
    package func remove(
        _ number: Int,
        byForce isForced: Bool = false
    ) -> (told: Int, waiting: Int) {
        let waiting = takeBack(number)
        var chosen: [Int] = []
        for index in oldest..<tasks.count where chosen.count < number - waiting {
            guard let task = tasks[index] else { continue }
            let id = places.number(at: index)
            guard leaving.insert(id).inserted else { continue }
            chosen.append(id)
            task.cancel()
        }
        telemetry?.emit("users-removed") { ["users": .integer(Int64(waiting + chosen.count))] }
        if isForced, !chosen.isEmpty {
            _ = loop.alarm(at: loop.now + 2_000_000_000) { [self] in abandon(chosen) }
        }
        return (chosen.count, waiting)
    }

    /// Takes back so many of those who wait, from the highest number on; returns how many there were.
    private func takeBack(_ number: Int) -> Int {
        let taken = min(number, counts.waiting)
        var left = taken
        while left > 0, let last = numbers.popLast() {
            // Of the first some may have started.
            let first = numbers.isEmpty ? last.lowerBound + used : last.lowerBound
            let count = last.upperBound - first + 1
            guard left < count else {
                left -= count
                continue
            }
            numbers.append(last.lowerBound...(last.upperBound - left))
            left = 0
        }
        counts.waiting -= taken
        if numbers.isEmpty { used = 0 }
        if taken > 0 { highestGiven = numbers.last?.upperBound ?? counts.highest }
        return taken
    }

    /// Tells all users to end, and starts no other.
    package func stop() {
        guard phase == .running else { return }
        alarm.map(loop.cancel)
        alarm = nil
        counts.waiting = 0
        numbers = []
        phase = counts.running == 0 ? .finished : .stopping
        for task in tasks { task?.cancel() }
    }

    /// Waits no longer for users that were told to end; returns the numbers of the first of them.
    @discardableResult
    package func abandonAll() -> [Int] {
        let left = tasks.indices.filter { tasks[$0] != nil }.map(places.number(at:))
        abandon(left)
        return Array(left.prefix(10))
    }

    private func abandon(_ ids: [Int]) {
        for id in ids where has(id) {
            counts.abandoned += 1
            counts.removed += 1
            leave(id)
        }
        finishIfLast()
    }

    // MARK: Belongings

    private func own(_ id: Int) -> Belongings? {
        guard has(id) else { return nil }
        if let own = belongings[id] { return own }
        let own = Belongings(on: loop)
        belongings[id] = own
        return own
    }

    /// Leaves a message for a user; false if it is not here, or does not read.
    func send(_ message: any Sendable, to id: Int) -> Bool {
        own(id)?.inbox.put(message) ?? false
    }

    /// Takes note of a user's connection, which is closed with it.
    func note(_ connection: TCPConnection, of id: Int) throws {
        guard let own = own(id) else {
            connection.close()
            throw CancellationError()
        }
        own.add(connection)
    }

    /// Takes a user's oldest message.
    func receive(_ id: Int, within limit: Duration?) async throws -> any Sendable {
        guard let inbox = own(id)?.inbox else { throw CancellationError() }
        let deadline = limit.map { loop.now + $0.nanoseconds }
        guard let message = try await inbox.take(before: deadline) else {
            throw MessageError.timedOut
        }
        return message
    }
}
