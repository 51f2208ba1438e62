internal import Engine
private import Glibc
internal import Histogram
internal import Posix
internal import Synchronization

/// The loops of a load with their threads and mailboxes.
final class LoadCrew<W: Workload> {
    /// A loop on its way to its thread.
    ///
    /// `@unchecked Sendable`: the loop is made before its thread starts, used by that thread alone
    /// while it runs, and looked at again only after the thread was joined.
    private struct Handed: @unchecked Sendable {
        let loop: LoadLoop<W>
    }

    /// The first error that ended a loop.
    private final class Failure: Sendable {
        let error = Mutex<LoadError?>(nil)
    }

    private let loops: [LoadLoop<W>]
    private let mailboxes: [Mailbox]
    private let cluster: RedisTopology?
    private let stop: StopFlag
    private let failure = Failure()
    /// How many connections stood when the load began.
    private(set) var openConnections = 0
    private var threads: [SystemThread] = []
    /// For each loop the second of the clock that waits for those of the others.
    private var held: [LiveSecond?]
    /// For each loop the second of the schedule that waits for those of the others.
    private var heldSettled: [DueInterval?]
    private var owners: [ObjectIdentifier: Int] = [:]
    private var ended: [Bool]

    /// Makes the loops, without connections, each with a copy of the workload.
    ///
    /// The topology of a cluster is kept up to date meanwhile.
    init(
        _ workload: W,
        options: LoadOptions,
        cluster: RedisTopology?,
        bell: Int32,
        stop: StopFlag,
        trace: TraceFile?
    ) throws(LoadError) {
        self.cluster = cluster
        self.stop = stop
        var loops: [LoadLoop<W>] = []
        var mailboxes: [Mailbox] = []
        for index in 0..<options.threads {
            var plan = options.plan
            plan.loop = index
            plan.loops = options.threads
            let mailbox = Mailbox(bell: bell)
            mailboxes.append(mailbox)
            loops.append(
                try LoadLoop(
                    workload,
                    plan: plan,
                    mailbox: mailbox,
                    stop: stop,
                    trace: trace.map { Trace($0, operations: W.operations) }
                )
            )
        }
        self.loops = loops
        self.mailboxes = mailboxes
        held = Array(repeating: nil, count: loops.count)
        heldSettled = Array(repeating: nil, count: loops.count)
        ended = Array(repeating: false, count: loops.count)
    }

    /// Makes all connections, one loop after the other.
    ///
    /// - Throws: ``LoadError/unreachable(_:)`` if none stands.
    func connect(within limit: Duration) throws(LoadError) {
        for loop in loops { openConnections += try loop.connect(within: limit) }
        for case let refused? in loops.map(\.refusedGreeting) {
            let text = String(decoding: refused.text.dropFirst(), as: UTF8.self)
            throw .password(
                "\(refused.server)",
                problem: RedisPassword.problem(text) ?? "it refuses the password: \(text)"
            )
        }
        guard openConnections > 0 else {
            throw .unreachable(loops[0].workload.endpoints.map { "\($0): no connection" })
        }
    }

    /// The servers in words, such as `3 servers of a cluster`.
    var servers: String {
        let count = loops[0].workload.endpoints.count
        let noun = "\(count) server\(count == 1 ? "" : "s")"
        return cluster == nil ? noun : noun + " of a cluster"
    }

    /// Starts the threads; the schedule begins at `start` on the loops' clock.
    func start(at start: Int64) throws(LoadError) {
        // Nobody waits for it: a server that drips its answer would hold up the end of the load.
        if let cluster, !SystemThread.detach({ cluster.watch() }) {
            throw .system(SystemError("pthread_create", code: EAGAIN))
        }
        for loop in loops {
            let handed = Handed(loop: loop)
            try startThread { [failure, stop] in
                do {
                    try handed.loop.run(from: start)
                } catch {
                    failure.error.withLock { $0 = $0 ?? error as? LoadError }
                    stop.set()
                    handed.loop.abort()
                }
            }
        }
    }

    private func startThread(_ body: @escaping @Sendable () -> Void) throws(LoadError) {
        do {
            threads.append(try SystemThread(body))
        } catch {
            throw .system(error)
        }
    }

    /// Returns what all loops saw in the next second of the clock, if all have handed it over.
    func nextSecond() -> LiveSecond? {
        for index in loops.indices where held[index] == nil && !ended[index] {
            guard let interval = mailboxes[index].take() else { return nil }
            held[index] = interval
        }
        var all: LiveSecond?
        for index in loops.indices {
            guard let interval = held[index] else { continue }
            held[index] = nil
            if interval.isLast { ended[index] = true }
            if let all {
                all.addLoop(interval)
                mailboxes[index].giveBack(interval)
            } else {
                all = interval
                owners[ObjectIdentifier(interval)] = index
            }
        }
        return all
    }

    /// Adds what all loops measured of the next second of the schedule, once all have settled it.
    ///
    /// - Returns: Which second that is; `nil` if it is not settled yet, or if there is none.
    func nextSettled(into latencies: inout Latencies) -> Int? {
        for index in loops.indices where heldSettled[index] == nil {
            // In this order: a loop leaves all its seconds before it ends.
            let hasEnded = ended[index]
            heldSettled[index] = mailboxes[index].takeSettled()
            if heldSettled[index] == nil, !hasEnded { return nil }
        }
        let second = heldSettled.compactMap { $0?.second }.min()
        for index in loops.indices {
            guard let interval = heldSettled[index], interval.second == second else { continue }
            latencies.add(interval)
            mailboxes[index].giveBack(interval)
            heldSettled[index] = nil
        }
        return second
    }

    /// Brings back what ``nextSecond()`` returned, when it has been dealt with.
    func giveBack(_ interval: LiveSecond) {
        guard let index = owners.removeValue(forKey: ObjectIdentifier(interval)) else { return }
        mailboxes[index].giveBack(interval)
    }

    /// Whether every loop has ended and handed everything over.
    var isFinished: Bool { ended.allSatisfy { $0 } }

    /// Ends the threads and waits for those of the loops.
    func end() {
        stop.set()
        cluster?.end()
        for thread in threads { thread.join() }
        threads = []
    }

    /// Throws what ended a loop early, if anything did.
    func check() throws(LoadError) {
        if let error = failure.error.withLock({ $0 }) { throw error }
    }
}
