internal import Engine
internal import OpenLoop
internal import Posix

/// One event loop with its connections, its part of the schedule and its timers.
///
/// Each turn sends what is due, gives up what is overdue, sleeps until something is due or a socket
/// is ready, and reads replies. Nothing in a turn waits for anything else, and nothing in it
/// allocates once the pools have grown. It is used by one thread at a time.
final class LoadLoop<W: Workload> {
    var workload: W
    let plan: LoadPlan
    let share: Int
    let timeout: Int64
    let mostOutstanding: Int
    let mailbox: Mailbox
    let stop: StopFlag

    var poller: Poller
    var pool = RequestPool(capacity: 1_024)
    var timeouts: TimerWheel
    /// When to connect again, or to give up connecting, by the connection's index.
    var reconnects: TimerWheel
    /// The timers that the last look at a wheel found due.
    var expired: [Int32] = []
    var connections: [Connection<W.Parser>] = []
    var endpoints: [Endpoint] = []
    /// The first server that did not accept the greeting, with the reply.
    var refusedGreeting: (server: NodeAddress, text: [UInt8])?
    /// How many servers there were at the start.
    var initialEndpoints = 0
    var dirty: [Int] = []
    let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: 65_536)

    /// What is seen in this second of the clock.
    var live: LiveSecond
    /// What is measured of each second of the schedule.
    var seconds: OpenSeconds
    let hasSchedule: Bool
    let trace: Trace?
    var catchUp: CatchUp
    /// When the schedule begins, on the loop's clock.
    var start: Int64 = 0
    /// How many requests of this loop have become due and were taken up.
    var issued = 0
    /// When the next request is due; `Int64.max` if there is none.
    var nextIntended: Int64 = .max
    /// Requests that are taken up and not dealt with.
    var outstanding = 0
    /// Requests that were given up and whose memory waits for their replies.
    var abandoned = 0
    var nextHandover: Int64 = .max
    /// With which of the sockets that are ready the next turn begins.
    private var firstRead = 0
    private var isRealTime = false
    private var threadTime: Int64 = 0
    /// When the loop began to work on the schedule: on its own clock, and its processor time then.
    private var begun: (clock: Int64, processor: Int64) = (0, 0)

    /// The connections to one server.
    struct Endpoint {
        var connections: [Int] = []
        /// Which of them took the last request.
        var last = 0
    }

    /// Makes a loop without connections, which writes a line for each request if `trace` is given.
    ///
    /// - Throws: ``LoadError`` if the process has too many files open.
    init(
        _ workload: W,
        plan: LoadPlan,
        mailbox: Mailbox,
        stop: StopFlag,
        trace: Trace?
    ) throws(LoadError) {
        self.trace = trace
        self.workload = workload
        self.plan = plan
        self.mailbox = mailbox
        self.stop = stop
        share = plan.share
        timeout = plan.timeout.wholeNanoseconds
        mostOutstanding = plan.ownOutstanding
        do {
            poller = try Poller()
        } catch {
            throw .system(error)
        }
        let now = SystemClock.now
        timeouts = TimerWheel(start: now)
        timeouts.reserve(pool.capacity)
        reconnects = TimerWheel(start: now)
        live = LiveSecond()
        seconds = OpenSeconds(operations: W.operations.count)
        if case .open = plan.pace { hasSchedule = true } else { hasSchedule = false }
        catchUp = CatchUp(plan.rate, parts: plan.parts, loops: plan.loops)
    }

    deinit { buffer.deallocate() }

    /// Makes the connections; returns when each stands or has failed once, or after `limit`.
    ///
    /// - Returns: How many stand.
    func connect(within limit: Duration) throws(LoadError) -> Int {
        let end = SystemClock.now + limit.wholeNanoseconds
        try openEndpoints()
        while connections.contains(where: { $0.state == .connecting || $0.state == .greeting }),
            SystemClock.now < end
        {
            try work(until: min(end, SystemClock.now + 10_000_000))
        }
        return connections.count { $0.state == .open }
    }

    /// Runs the schedule from `start` (on the loop's clock) until every request is dealt with.
    ///
    /// Stopped early, it returns at once and leaves what is under way unfinished.
    func run(from start: Int64) throws(LoadError) {
        self.start = start
        ThreadPriority.sharpenTimers()
        // A closed loop takes all the time it can get, and must leave some to others.
        isRealTime = plan.isRealTime && ThreadPriority.makeRealTime()
        live.counts = LoadCounts()
        live.start = 0
        while SystemClock.now < start, !stop.isSet { try work(until: start) }
        begun = (SystemClock.now, SystemClock.thread)
        threadTime = begun.processor
        nextHandover = start + 1_000_000_000
        findNext()
        var now = SystemClock.now
        while !isFinished(now), !stop.isSet {
            issueDue(now)
            now = SystemClock.now
            if now >= nextHandover { try handOver(now) }
            try work(until: min(nextWake(now), nextHandover))
            now = SystemClock.now
        }
        trace?.flush()
        if let failure = trace?.failure { throw failure }
        finish(now)
    }

    /// Hands over what was measured after an error ended the run.
    func abort() { finish(SystemClock.now) }

    private func finish(_ now: Int64) {
        live.end = max(live.start + 1, now - start)
        live.outstanding = max(0, due(now) - (issued - outstanding))
        live.due = due(now)
        let used = SystemClock.thread - begun.processor
        live.loopShare = min(1, Double(used) / Double(max(1, now - begun.clock)))
        live.isLast = true
        // What is not settled when the load is stopped is missing from its second.
        _ = mailbox.leave(seconds.rest())
        mailbox.finish(live)
    }

    /// One turn without the schedule: sends, expires, sleeps until `wake` at the latest, reads.
    func work(until wake: Int64) throws(LoadError) {
        if workload.refresh() { try takeOverRoutes() }
        try flushDirty()
        let now = SystemClock.now
        catchUp.settle(at: now)
        expire(now)
        var limit = min(wake, now + 100_000_000)
        if let next = timeouts.nextExpiry { limit = min(limit, next) }
        if let next = reconnects.nextExpiry { limit = min(limit, next) }
        let ready = poller.wait(nanoseconds: max(0, limit - now))
        var turn = ReadingTurn(ready: ready, first: firstRead)
        while let index = turn.next() {
            let readiness = poller.readiness(index)
            let connection = connections[readiness.tag]
            if readiness.isWritable { try becameWritable(connection) }
            if readiness.isReadable, connection.isConnected { turn.note(read: read(connection)) }
        }
        firstRead = turn.first
        try flushDirty()
    }

    /// Gives real-time priority back if this loop would leave its core to nobody else.
    private func yieldIfOverloaded(_ now: Int64) {
        let used = SystemClock.thread - threadTime
        threadTime += used
        guard isRealTime, Double(used) > 0.9 * Double(now - start - live.start) else { return }
        ThreadPriority.makeOrdinary()
        isRealTime = false
        live.gaveUpPriority = true
    }

    /// When the schedule wants the loop's attention next.
    private func nextWake(_ now: Int64) -> Int64 {
        switch plan.pace {
        case .open:
            return issued < share ? max(nextIntended, catchUp.earliest) : .max
        case .closed:
            if now < start { return start }
            return canIssueClosed(now) ? now : .max
        }
    }

    private func isFinished(_ now: Int64) -> Bool {
        guard outstanding == 0 else { return false }
        if issued >= share { return true }
        guard case .closed = plan.pace, let duration = plan.duration else { return false }
        return now >= start + duration.wholeNanoseconds
    }

    private func handOver(_ now: Int64) throws(LoadError) {
        if let failure = trace?.failure { throw failure }
        seconds.advance(to: min(now, hasSchedule ? nextIntended : .max) - start)
        handOverSettled()
        yieldIfOverloaded(now)
        live.end = now - start
        live.outstanding = due(now) - (issued - outstanding)
        guard let empty = mailbox.exchange(live) else {
            // The reporter is behind: this interval becomes longer, and is offered again shortly.
            nextHandover = now + 100_000_000
            return
        }
        empty.start = live.end
        live = empty
        let seconds = (now - start) / 1_000_000_000
        nextHandover = start + (seconds + 1) * 1_000_000_000
    }
}
