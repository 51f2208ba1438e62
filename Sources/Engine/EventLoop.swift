private import CLinux
private import Glibc
package import Posix
private import Synchronization

/// One thread that runs Swift tasks, and what they wait for, on one clock.
///
/// A task that prefers it (`Task(executorPreference: loop)`) runs on the thread that is inside of
/// ``run(until:before:)``, and so do the async functions that it calls and the tasks that it starts. So its
/// state needs no lock. Everything here is for that thread alone, but for what says otherwise.
///
/// Under ``Clock/virtual`` nothing waits: when all tasks are suspended the time jumps to the next alarm. An
/// hour takes as long as its work, and the same work happens at the same times in the same order.
package final class EventLoop: TaskExecutor, @unchecked Sendable {
    // Unchecked: all but `foreign` belongs to the loop's thread, which `perform` sees to.

    /// What tells the time.
    package enum Clock: Sendable {
        /// The system's, which no clock adjustment moves.
        case system
        /// One that starts at 0 and moves only when there is nothing to do.
        case virtual
    }

    /// Why ``run(until:before:)`` came back.
    package enum Ending: Sendable, Hashable {
        /// The condition holds.
        case reached
        /// The time is over.
        case late
        /// Nothing can ever happen: no task is ready, and no alarm is set. Only under the virtual clock; under
        /// the system's another thread may still have something to say.
        case idle
    }

    private typealias Sleeper = UnsafeContinuation<Void, any Error>

    private enum Action {
        case resume(Sleeper)
        case call(() -> Void)
    }

    private struct Foreign {
        var jobs: [UnownedJob] = []
        var calls: [@Sendable (EventLoop) -> Void] = []
        var isEmpty: Bool { jobs.isEmpty && calls.isEmpty }
    }

    private let clock: Clock
    private var virtualTime: Int64 = 0
    private var ready: [UnownedJob] = []
    private var running: [UnownedJob] = []
    private var alarms = Alarms<Action>()
    private let poller: Poller
    /// An eventfd that other threads write to when they leave something in `foreign`.
    private let bell: Int32
    private let foreign = Mutex(Foreign())
    /// The thread inside of `run`, or 0.
    private let owner = Atomic<UInt>(0)
    /// Goes on with each turn; odd while tasks run.
    private let beat = Atomic<UInt64>(0)
    /// What is told that its file is ready, by the place in its tag.
    private var watchers: [Watch] = []
    private var freeWatchers: [Int32] = []
    /// When the files were looked at last.
    private var lastPoll: Int64 = 0
    /// What the task that runs has done since it was resumed, in bytes.
    private var spent = 0

    /// Makes a loop that stands.
    ///
    /// - Throws: The `errno` if the process has too many files open.
    package init(_ clock: Clock = .system) throws(SystemError) {
        self.clock = clock
        poller = try Poller()
        bell = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        guard bell >= 0 else { throw SystemError("eventfd") }
        try poller.add(bell, tag: 0, writing: false)
    }

    deinit {
        close(bell)
        scratch.deallocate()
    }

    /// The size of ``scratch``, in bytes.
    package static let scratchSize = 65_536
    /// Room for what a read takes from the system, used by one after the other.
    let scratch = UnsafeMutableRawBufferPointer.allocate(
        byteCount: EventLoop.scratchSize,
        alignment: 16
    )

    /// Nanoseconds on the loop's clock; only differences mean anything.
    package var now: Int64 {
        switch clock {
        case .system: SystemClock.now
        case .virtual: virtualTime
        }
    }

    /// Runs tasks and alarms on the calling thread until `condition` holds.
    ///
    /// - Parameters:
    ///   - condition: Looked at after each turn.
    ///   - end: When to come back in any case, on the loop's clock.
    /// - Returns: Why it came back.
    package func run(until condition: () -> Bool, before end: Int64) -> Ending {
        precondition(owner.load(ordering: .relaxed) == 0, "the loop runs already")
        owner.store(UInt(pthread_self()), ordering: .relaxed)
        beat.add(1, ordering: .relaxed)
        defer {
            beat.add(1, ordering: .relaxed)
            owner.store(0, ordering: .relaxed)
        }
        while true {
            takeForeign()
            runReady()
            beat.add(2, ordering: .relaxed)
            if condition() { return .reached }
            let time = now
            if time >= end { return .late }
            if watchers.count > freeWatchers.count, time - lastPoll > Self.patience {
                look(0, time)
            }
            var hasRung = false
            while let action = alarms.take(at: time) {
                hasRung = true
                perform(action)
            }
            if hasRung || !ready.isEmpty { continue }
            if !sleep(until: end) { return .idle }
        }
    }

    /// Waits for the next alarm; false if there is none, and nothing else can come.
    private func sleep(until end: Int64) -> Bool {
        let next = alarms.next()
        switch clock {
        case .virtual:
            guard foreign.withLock({ $0.isEmpty }) else { return true }
            guard let next else { return false }
            virtualTime = min(next, end)
        case .system:
            let time = now
            beat.add(1, ordering: .relaxed)
            look(max(0, min(next ?? end, end) - time), time)
            beat.add(1, ordering: .relaxed)
        }
        return true
    }

    /// Waits for files, and tells those who watch the ones that are ready.
    private func look(_ nanoseconds: Int64, _ time: Int64) {
        lastPoll = time
        for index in 0..<poller.wait(nanoseconds: nanoseconds) {
            let file = poller.readiness(index)
            guard file.tag != 0 else {
                var count: UInt64 = 0
                _ = read(bell, &count, 8)
                continue
            }
            let ticket = WatchTicket(tag: file.tag)
            let watch = watchers[Int(ticket.slot)]
            // What was found ready may have been forgotten since, by one that was told before.
            guard watch.generation == ticket.generation else { continue }
            watch.body?(file)
        }
    }

    private func runReady() {
        guard !ready.isEmpty else { return }
        swap(&ready, &running)
        let me = asUnownedTaskExecutor()
        for job in running {
            spent = 0
            job.runSynchronously(on: me)
        }
        running.removeAll(keepingCapacity: true)
    }

    private func perform(_ action: Action) {
        switch action {
        case .resume(let continuation): continuation.resume()
        case .call(let body): body()
        }
    }

    // MARK: Tasks

    /// Takes a job of Swift's; from any thread.
    package func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        guard isOwn else { return leave { $0.jobs.append(job) } }
        ready.append(job)
    }

    private var isOwn: Bool { owner.load(ordering: .relaxed) == UInt(pthread_self()) }

    private func leave(_ change: @Sendable (inout Foreign) -> Void) {
        let isFirst = foreign.withLock { foreign in
            defer { change(&foreign) }
            return foreign.isEmpty
        }
        // Whoever takes the first takes all.
        guard isFirst else { return }
        var one: UInt64 = 1
        _ = write(bell, &one, 8)
    }

    private func takeForeign() {
        let left = foreign.withLock { foreign in
            defer { if !foreign.isEmpty { foreign = Foreign() } }
            return foreign
        }
        ready.append(contentsOf: left.jobs)
        for call in left.calls { call(self) }
    }

    /// Runs `body` on the loop's thread: at once if that is the calling one, else soon; from any thread.
    package func perform(_ body: @escaping @Sendable (EventLoop) -> Void) {
        isOwn ? body(self) : leave { $0.calls.append(body) }
    }

    // MARK: Shares

    /// How much a task does, in bytes that it takes or sends, before others have their turn.
    package static let share = 65_536

    /// Counts work of the running task that went on without a wait; what is small costs more than its bytes.
    package func spend(_ bytes: Int) { spent += bytes }

    /// Whether the running task has had its share.
    package var isShareSpent: Bool { spent >= Self.share }

    /// Lets others run, if the calling task has had its share.
    ///
    /// Where something is always ready no wait suspends, and a loop over it would hold all others.
    ///
    /// - Throws: `CancellationError` if the task was cancelled meanwhile.
    package func giveWay() async throws {
        guard isShareSpent else { return }
        await Task.yield()
        try Task.checkCancellation()
    }

    // MARK: Files

    /// How long tasks may run on before files are looked at, in nanoseconds.
    private static let patience: Int64 = 50_000

    private struct Watch {
        var generation: UInt32 = 0
        var body: ((Readiness) -> Void)?
    }

    /// Calls `body` each time that `file` becomes ready for input or output, and at first if it is.
    ///
    /// It tells of changes only: who is told reads, or writes, until the file has no more. Not under the virtual
    /// clock.
    ///
    /// - Returns: What ``forget(_:)`` takes, before the file is closed.
    /// - Throws: The `errno` if the file cannot be watched.
    package func watch(
        _ file: Int32,
        _ body: @escaping (Readiness) -> Void
    ) throws(SystemError) -> WatchTicket {
        let slot: Int32
        if let last = freeWatchers.popLast() {
            slot = last
        } else {
            slot = Int32(watchers.count)
            watchers.append(Watch())
        }
        let ticket = WatchTicket(slot: slot, generation: watchers[Int(slot)].generation)
        do {
            try poller.watch(file, tag: ticket.tag)
        } catch {
            freeWatchers.append(slot)
            throw error
        }
        watchers[Int(slot)].body = body
        return ticket
    }

    /// Watches a file no longer.
    package func forget(_ ticket: WatchTicket) {
        let slot = Int(ticket.slot)
        guard watchers[slot].generation == ticket.generation else { return }
        watchers[slot] = Watch(generation: ticket.next, body: nil)
        freeWatchers.append(ticket.slot)
    }

    /// Whether its clock is one under which files cannot be waited for.
    package var isVirtual: Bool { clock == .virtual }

    /// Differs from one turn to the next; odd while tasks run; from any thread.
    package var pulse: UInt64 { beat.load(ordering: .relaxed) }

    // MARK: Time

    /// Calls `body` at `time`, or at the next turn if that has passed.
    package func alarm(at time: Int64, _ body: @escaping () -> Void) -> AlarmTicket {
        alarms.set(at: time, .call(body))
    }

    /// Takes an alarm back; does nothing if it has rung.
    package func cancel(_ ticket: AlarmTicket) { _ = alarms.cancel(ticket) }

    /// Suspends the calling task, which prefers this loop, until `time`.
    ///
    /// - Throws: `CancellationError` as soon as the task is cancelled.
    package func sleep(until time: Int64) async throws {
        assert(isOwn, "the task does not prefer this loop")
        let place = Place()
        try await suspend { (continuation: Sleeper) in
            guard !Task.isCancelled else { return turnAway(continuation) }
            place.ticket = alarms.set(at: time, .resume(continuation))
        } onCancel: {
            perform { loop in
                guard let ticket = place.ticket, case .resume(let task) = loop.alarms.cancel(ticket)
                else { return }
                task.resume(throwing: CancellationError())
            }
        }
    }

    /// Ends the wait of a task that was cancelled before it began, at the next turn.
    ///
    /// At once, a task that waits over and over, and does not heed the error, would hold all others.
    package func turnAway<Value>(_ continuation: UnsafeContinuation<Value, any Error>) {
        _ = alarm(at: now) { continuation.resume(throwing: CancellationError()) }
    }

    /// What the handler of a cancellation needs to know of the sleep.
    private final class Place: @unchecked Sendable {
        // Unchecked: set and read on the loop's thread alone, where `perform` takes the handler.
        var ticket: AlarmTicket?
    }
}
