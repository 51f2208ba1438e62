internal import Engine
private import Glibc
internal import JSON
internal import LoadResult
internal import Posix
internal import Synchronization
internal import Usage

/// One load from the first connection to the last line of the log.
struct LoadRun {
    /// How late a load may begin without being refused.
    private static let latestStart: Int64 = 1_000_000_000

    private let options: LoadOptions
    private let signals: Signals
    private let stop = StopFlag()

    /// Takes over the signals that end a load.
    init(_ options: LoadOptions) throws(LoadError) {
        self.options = options
        do {
            signals = try Signals()
        } catch {
            throw .system(error)
        }
    }

    /// Runs the load and reports it.
    ///
    /// - Returns: The exit status: 0 if every request was sent and dealt with, else 1.
    func run() throws(LoadError) -> Int32 {
        FileLimit.raise()
        switch options.dialect {
        case .redis:
            let password = try RedisPassword.find(file: options.passwordFile)
            let topology = try findCluster(password)
            let workload = RedisWorkload(
                options.mix,
                servers: topology == nil ? try resolvedServers() : [],
                topology: topology,
                password: password
            )
            return try play(workload, cluster: topology)
        case .etcd:
            return try play(EtcdWorkload(options.mix, servers: try resolvedServers()))
        }
    }

    private func resolvedServers() throws(LoadError) -> [NodeAddress] {
        var servers: [NodeAddress] = []
        for server in options.servers { servers.append(try server.resolved()) }
        return servers
    }

    private func play<W: Workload>(
        _ workload: W,
        cluster: RedisTopology? = nil
    ) throws(LoadError) -> Int32 {
        let crew = try LoadCrew(
            workload,
            options: options,
            cluster: cluster,
            bell: signals.bell,
            stop: stop,
            trace: try options.trace.map { path throws(LoadError) in try TraceFile(path: path) }
        )
        try crew.connect(within: .seconds(5))
        let awake = options.plan.isRealTime ? try? AwakeProcessors() : nil
        defer { withExtendedLifetime(awake) {} }
        if !options.isQuiet { Terminal.say(introduction(crew, isAwake: awake != nil)) }
        let resultFile = try options.result.map { path throws(LoadError) in
            try ResultFile(path: path)
        }
        let (start, wall) = try startInstant()
        let log = try options.log.map { path throws(LoadError) in
            try LoadLog(
                path: path,
                start: .nanoseconds(wall),
                operations: W.operations,
                plan: options.plan
            )
        }
        let metrics = try options.metrics.map { path throws(LoadError) in
            try LoadMetrics(path: path, LoadFigures(of: options))
        }
        var report = LoadReport(
            operations: W.operations,
            hasSchedule: options.hasSchedule,
            mostOutstanding: options.plan.maxOutstanding
        )
        try crew.start(at: start)
        defer { crew.end() }
        let processor = SystemClock.processor
        let signal = try follow(crew, &report, log, metrics)
        try crew.check()
        let used = SystemClock.processor - processor
        let failedEarly = hasFailedEarly(report)
        try log?.close(report.total.counts, isComplete: signal == nil && !failedEarly)
        let result = LoadResult(
            of: report,
            options,
            ending: signal == nil && !failedEarly ? .complete : .stopped,
            start: wall,
            processorTime: used,
            isAwake: awake != nil
        )
        try resultFile?.finish(result.json.text + "\n")
        Terminal.say(report.summary(processor: used))
        if let signal {
            let name = signal == SIGTERM ? "SIGTERM" : "SIGINT"
            Terminal.complain(
                "bench load: stopped early by \(name): the rest of the schedule was not sent"
            )
            return 1
        }
        if failedEarly {
            Terminal.complain(
                "bench load: stopped early by the first failure (--stop-on-failure): "
                    + "the rest was not sent"
            )
            return 1
        }
        let counts = report.total.counts
        return counts.finished > 0 && counts.errors == counts.finished ? 1 : 0
    }

    /// Whether a failure ended the load.
    private func hasFailedEarly(_ report: LoadReport) -> Bool {
        options.plan.stopsOnFailure && report.total.counts.errors > 0
    }

    /// What is loaded, in one line.
    private func introduction<W: Workload>(_ crew: LoadCrew<W>, isAwake: Bool) -> String {
        let priority =
            !options.plan.isRealTime
            ? "normal priority"
            : ThreadPriority.isRealTimePermitted
                ? "real-time priority" : "normal priority (real-time is not permitted)"
        return "loading \(crew.servers) over \(crew.openConnections) connections, \(priority)"
            + (isAwake ? ", processors kept awake" : "")
    }

    /// Reports each second until every loop has ended; returns the signal that ended them early.
    private func follow<W: Workload>(
        _ crew: LoadCrew<W>,
        _ report: inout LoadReport,
        _ log: LoadLog?,
        _ metrics: LoadMetrics?
    ) throws(LoadError) -> Int32? {
        var signal: Int32?
        var intervals = LoggedIntervals(possible: options.mix.operations)
        func write(_ crew: LoadCrew<W>) throws(LoadError) {
            let hasOwnEnd =
                crew.isFinished
                && (signal != nil || hasFailedEarly(report) || !options.hasSchedule)
            let end = hasOwnEnd ? report.total.end : nil
            try intervals.write(crew, &report, log, endedAt: end)
        }
        do {
            while true {
                while let second = crew.nextSecond() {
                    report.add(second)
                    metrics?.add(second)
                    // Before the line that says it: who sees the line finds the second in the log.
                    try write(crew)
                    if !options.isQuiet, second.end - second.start > 1_000_000 {
                        Terminal.say(report.line(second))
                    }
                    crew.giveBack(second)
                }
                try write(crew)
                if crew.isFinished { break }
                if let came = signals.wait() {
                    signal = signal ?? came
                    stop.set()
                }
            }
            if signal == nil, !hasFailedEarly(report) {
                try intervals.fill(upTo: options.plan, report, log)
            }
        } catch {
            stop.set()
            throw error
        }
        return signal
    }

    /// Works out when the schedule begins: on the loops' clock, and since 1970.
    private func startInstant() throws(LoadError) -> (start: Int64, wall: Int64) {
        let wall = SystemClock.wall
        let now = SystemClock.now
        // 20 ms: the loops' threads are up by then.
        guard let seconds = options.startAt else { return (now + 20_000_000, wall + 20_000_000) }
        let begin = Int64(seconds * 1e9)
        guard begin > wall - Self.latestStart else {
            throw .startHasPassed(seconds: seconds, now: Double(wall) / 1e9)
        }
        if begin < wall {
            Terminal.complain(
                "bench load: beginning \(Fixed(Double(wall - begin) / 1e9, decimals: 3)) s late"
            )
            // The schedule stays: it is one for all loaders, and what is late shows as late.
        }
        return (now + begin - wall, begin)
    }

    /// Asks the servers whether they are a cluster; `nil` if they are not.
    ///
    /// - Throws: ``LoadError/password(_:problem:)`` at once, since no other server will do better.
    private func findCluster(_ password: RedisPassword?) throws(LoadError) -> RedisTopology? {
        var problems: [String] = []
        for server in options.servers {
            let found: ClusterSlots?
            do {
                found = try RedisTopology.ask(server, password)
            } catch {
                if case .password = error { throw error }
                problems.append("\(error)")
                continue
            }
            guard let slots = found else {
                guard !options.mustBeCluster else {
                    throw .answer("\(server)", problem: "this is no part of a cluster")
                }
                return nil
            }
            guard slots.unserved < HashSlot.count else {
                throw .answer("\(server)", problem: "its cluster serves no hash slot")
            }
            return RedisTopology(slots, password: password)
        }
        throw .unreachable(problems)
    }
}
