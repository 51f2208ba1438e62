import Bench
import Deployment
import Foundation
import Shell
import Testing

/// What machines, disks, clocks and load tools can do to a trial, on real machines of this host.
@Suite(
    "Faults of machines and loaders on prov/local",
    .enabled(if: LocalMachines.canBeMade, LocalMachines.reason),
    .timeLimit(.minutes(10))
)
struct TrialFaultTests {
    @Test("each fault is found under its name and with its figure, and nothing without it")
    func faults() async throws {
        let config = "server_memory_mb: 256\nserver_cpus: 2\nmonitor_memory_mb: 128\n"
        try await TrialRig.with("rig-faults", clients: 2, monitors: 1, config: config) { rig in
            try await rig.populate()
            try await rig.withoutFault()
            try await rig.machines()
            try await rig.lateAndOthers()
            try await rig.overrun()
            try await rig.busyAndOverflow()
            try await rig.deadLoader()
            try await rig.fullDisk()
            try await rig.silentExporter()
        }
    }
}

extension TrialRig {
    /// The limits of all these trials: the usual ones, but for those that a host of many machines may
    /// break by itself, or may be too small to break.
    private static var limits: ValidityLimits {
        var limits = ValidityLimits()
        limits.lateShare.questionable = nil
        limits.latestMilliseconds.questionable = nil
        limits.stealShare.questionable = nil
        limits.memoryStallShare.invalid = nil
        limits.busiestLoop = Bound(questionable: 0.3)
        return limits
    }

    /// A light load, unless it is asked for another.
    private func stress(
        rate: Double = 2_000,
        for duration: Duration = .seconds(6),
        maxOutstanding: Int
    ) -> Stress {
        Stress(
            "mixed",
            operationsPerSecond: rate,
            for: duration,
            writeFraction: 0.1,
            on: content,
            requestTimeout: .seconds(10),
            maxOutstandingPerClient: maxOutstanding
        )
    }

    /// Makes a trial in which `fault` happens once the load has run for a second.
    private func measure(
        _ label: String,
        isCounted: Bool = true,
        maxOutstanding: Int = 1_000,
        _ fault: () async throws -> Void
    ) async throws -> Trial {
        let stress = stress(maxOutstanding: maxOutstanding)
        return try await measure(label, stress, Self.limits, isCounted: isCounted) { run in
            async let played: Void = run()
            try await load(hasRunFor: 1)
            try await fault()
            try await played
        }
    }

    /// What was found, but for what a busy host does to any trial.
    private func own(_ trial: Trial) -> [Validity.Finding] {
        trial.validity.findings.filter { !Self.isOfTheHost($0.text) }
    }

    /// What was found, each kind and verdict once.
    private func kinds(_ findings: [Validity.Finding]) -> Set<String> {
        Set(findings.map { "\($0.kind) \($0.verdict.rawValue)" })
    }

    /// The figures of a kind, in order of the findings.
    private func figures(_ kind: String, of trial: Trial) -> [Double] {
        trial.validity.findings.filter { $0.kind == kind }.compactMap(\.figure)
    }

    fileprivate func withoutFault() async throws {
        let trial = try await measure("none") {}
        #expect(own(trial) == [])
        try await isComparable(trial)
    }

    /// What `bench compare` reads of a trial is what was asked for: no name in its files is another.
    private func isComparable(_ trial: Trial) async throws {
        // A busy host may have made even this trial invalid; its names are read all the same.
        let logs = try await Summary(of: [trial.stress], invalidToo: true).files
        let facts = try TrialFacts(of: trial.directory, logs: logs)
        let isAwake = FileManager.default.fileExists(atPath: "/dev/cpu_dma_latency")
        #expect(
            facts.load == [
                "processors kept awake": "\(isAwake)",
                "clients": "2", "rate": "2000.0", "duration in ns": "6000000000", "first key": "0",
                "keys": "60000", "distribution": "uniform", "write fraction": "0.1",
                "value size": "100", "parts": "2", "connections of each client": "24",
                "threads of each client": "1", "time limit in ns": "10000000000",
            ]
        )
        // The limits of memory and processors are what each node's control group says.
        for server in ["nodes.server-0", "nodes.server-1"] {
            #expect(facts.system["\(server).memory_limit"] == "\(256 << 20)")
            #expect(facts.system["\(server).processor_limit"] == "2.0")
            #expect(facts.system["\(server).database"]?.hasPrefix("redis 7.0.") == true)
            #expect(
                facts.system["\(server).executable"]?.wholeMatch(of: /sha256:[0-9a-f]{64}/) != nil
            )
        }
        #expect(facts.system["nodes.client-0.memory_limit"] == nil)
        #expect(facts.system["settings.all.cluster-enabled"] == "yes")
        #expect(facts.system["limits.error_share.invalid"] == "0.001")
    }

    /// Clocks that go wrong to either side, a hypervisor that serves others, and memory that is short.
    ///
    /// No machine of a host has a clock of its own, and no test can make a hypervisor steal: the client
    /// tells a false time, and the server's `/proc/stat` is a file of the test's making.
    fileprivate func machines() async throws {
        let client = [deployment.clients[1]]
        try await run(Self.clock(off: "+0.8"), on: client)
        // A server without memory stands still for a second or two; that must not fill what may be under way.
        let trial = try await measure("machines", maxOutstanding: 10_000) {
            try await run(Self.clock(off: "-0.3"), on: client)
            try await run(Self.steal + Self.tooMuchMemory, on: [server])
            try await run(Self.shortMemory, on: deployment.monitors)
        }
        try await run("rm /usr/local/bin/date", on: client)
        try await run("umount /proc/stat", on: [server])
        // Memory that is short holds up the loaders of the same host too, now and then, rightly said as well.
        let expected: Set = [
            "clocks invalid", "clocks questionable", "steal invalid", "memory_kills invalid",
            "memory_stall questionable",
        ]
        #expect(expected.subtracting(kinds(trial.validity.findings)) == [])
        let clocks = figures("clocks", of: trial)
        try #require(clocks.count == 2)
        #expect((600...800).contains(clocks[0]))
        #expect((150...300).contains(clocks[1]))
        let text = trial.validity.findings.map(\.text)
        let ahead = "mixed: before it the clock of client-1 was ahead of that of "
        #expect(text.contains { $0.hasPrefix(ahead) })
        #expect(
            text.contains {
                $0.hasPrefix("mixed: after it the clock of ")
                    && $0.contains(" was ahead of that of client-1 by at least ")
            }
        )
        let steal = try #require(figures("steal", of: trial).first)
        #expect((0.35...0.4).contains(steal))
        // All machines of a host tell how long its processes waited.
        let stalls = figures("memory_stall", of: trial)
        #expect(stalls.count == 5 && stalls.allSatisfy { (0.01...1).contains($0) }, "\(stalls)")
        #expect(
            text.contains("mixed: server-1: the kernel killed 1 process for want of memory")
        )
    }

    /// Makes a node tell a time that is off by so many seconds.
    private static func clock(off seconds: String) -> String {
        """
        cat >/usr/local/bin/date <<'END'
        #!/bin/sh
        exec /usr/bin/date --date '\(seconds) seconds' "$@"
        END
        chmod 0755 /usr/local/bin/date
        """
    }

    /// Two of five parts of the processors' time went to others.
    private static let steal = """
        awk '$1 == "cpu" { $2 += 600000; $9 += 400000 } { print }' CONVFMT=%.0f /proc/stat >/run/stat
        mount --bind /run/stat /proc/stat

        """

    /// Something wants more memory than the machine may have.
    private static let tooMuchMemory = """
        if head -c 400M /dev/zero | tail -c 400M >/dev/null; then
            echo "400 MiB fit into 256 MiB" >&2
            exit 1
        fi
        """

    /// What is read again and again does not fit into the machine's memory.
    private static let shortMemory = """
        waited() { sed -n 's/^some .*total=//p' /proc/pressure/memory; }
        before=$(waited)
        head -c 200M /dev/zero >/var/tmp/large
        until (($(waited) - before > 300000)); do cat /var/tmp/large >/dev/null; done
        """

    /// A loader that stands still for longer than any pause of a machine's own, and somebody else's
    /// requests, on data that nobody has counted.
    fileprivate func lateAndOthers() async throws {
        let trial = try await measure("late", isCounted: false) {
            try await run(
                "pkill -STOP -x bench; sleep 1.5; pkill -CONT -x bench",
                on: [deployment.clients[0]]
            )
            let ask = "for key in {1..300}; do echo get $key; done | redis-cli >/dev/null"
            try await run(ask, on: [server])
        }
        // What is late at the end is settled behind it, and the host's hypervisor may serve others.
        let unasked: Set = ["overrun questionable", "steal invalid"]
        #expect(
            kinds(trial.validity.findings).subtracting(unasked) == [
                "late_share invalid", "latest invalid", "others_share questionable",
                "uncounted questionable",
            ]
        )
        // A quarter of the load's time, and then until what was late had been sent, without a burst.
        let late = try #require(figures("late_share", of: trial).first)
        #expect((0.2...0.95).contains(late))
        let latest = try #require(figures("latest", of: trial).first)
        #expect((1_300...3_000).contains(latest))
        #expect(figures("others_share", of: trial) == [300 / 12_000])
        // A busy host may make the other loader late as well.
        let reasons = trial.validity.reasons.filter { !$0.contains(": the hypervisor gave ") }
        #expect(reasons.filter { $0.hasPrefix("mixed: client-0: sent ") }.count == 2)
        #expect(reasons.allSatisfy { $0.hasPrefix("mixed: client-") && $0.contains(": sent ") })
    }

    /// A server that stands still until two seconds after the load's end: what was due until then is
    /// settled behind it.
    ///
    /// A high rate shows the same only where the servers are slower than the load tool, which no host
    /// of them all promises.
    fileprivate func overrun() async throws {
        let trial = try await measure("overrun", maxOutstanding: 10_000) {
            try await run("redis-cli client pause 7000 all", on: [server])
        }
        #expect(kinds(own(trial)) == ["overrun questionable"])
        let overruns = figures("overrun", of: trial)
        #expect(overruns.count == 2)
        #expect(overruns.allSatisfy { (1.5...3).contains($0) }, "\(overruns)")
        #expect(own(trial).allSatisfy { $0.text.contains("the servers fell behind") })
        #expect(try await total(of: trial) == 12_000)
    }

    /// An event loop with more to do than it has time for, since most of it fails unsent at once.
    fileprivate func busyAndOverflow() async throws {
        let load = stress(rate: 1_000_000, for: .milliseconds(500), maxOutstanding: 1_000)
        let trial = try await measure("busy", load, Self.limits) { run in try await run() }
        let found = kinds(trial.validity.findings)
        #expect(
            found.isSuperset(of: [
                "busiest_loop questionable", "overflow invalid", "error_share invalid",
            ]),
            "\(found)"
        )
        #expect(figures("overflow", of: trial) == [1_000, 1_000])
        #expect(figures("busiest_loop", of: trial).allSatisfy { (0.3...1).contains($0) })
        let errors = trial.validity.reasons.filter { $0.contains("requests failed") }
        #expect(errors.count == 1 && errors[0].hasSuffix(" not sent"), "\(errors)")
        #expect(try await total(of: trial) == 500_000)
    }

    /// A load tool that is killed while replies are awaited: nobody knows what comes of the rest.
    fileprivate func deadLoader() async throws {
        let error = await #expect(throws: TrialError.self) {
            _ = try await measure("dead", maxOutstanding: 1_000_000) {
                try await run("redis-cli client pause 5000 all", on: [server])
                try await run("pkill -KILL -x bench", on: [deployment.clients[1]])
            }
        }
        let record = try record(in: try #require(error).directory)
        // A busy host makes the other loader late, takes time from all, or lets them wait for memory.
        let findings = try #require(record["findings"] as? [[String: Any]])
            .filter { !Self.isOfTheHost($0["text"] as? String ?? "") }
        #expect(
            findings.map { $0["kind"] as? String } == [
                "failed", "no_result", "stopped", "unsettled",
            ]
        )
        let reasons = try #require(record["reasons"] as? [String])
        #expect(reasons[0].hasPrefix("client-1: the load tool ended early: killed by signal 9"))
        #expect(reasons[1] == "mixed: the load tool on client-1 left no result")
        #expect(reasons[2] == "mixed: client-0: the load was stopped before its end")
        let unsettled = try #require(findings[3]["figure"] as? Double)
        #expect((1...6_000).contains(unsettled))
        #expect(record["validity"] as? String == "invalid")
    }

    /// A small disk of the database's own that fills up, so that Redis cannot save.
    fileprivate func fullDisk() async throws {
        try await run(
            """
            mount -t tmpfs -o size=24m,mode=0750 tmpfs /var/lib/redis
            chown redis: /var/lib/redis
            """,
            on: [server]
        )
        let trial = try await measure("disk") {
            try await run(
                """
                ! head -c 24M /dev/zero >/var/lib/redis/full 2>/dev/null
                redis-cli -e bgsave
                until redis-cli info persistence | grep -q rdb_last_bgsave_status:err; do :; done
                """,
                on: [server]
            )
        }
        #expect(
            kinds(own(trial)) == ["filesystem invalid", "database invalid"]
        )
        #expect(figures("filesystem", of: trial) == [100])
        #expect(
            Set(own(trial).map(\.text)) == [
                "mixed: server-1: /var/lib/redis is 100 % full (limit 99 %)",
                #"mixed: on server-1 rdb_last_bgsave_status is "err""#,
            ]
        )
    }

    /// An exporter that has ended: metrics are not taken for whole, and the one that is missing is named.
    fileprivate func silentExporter() async throws {
        try await deployment.installMonitoring()
        try await run("systemctl stop prometheus-node-exporter", on: [deployment.clients[0]])
        let error = await #expect(throws: FanOutError.self) {
            try await deployment.clearMetrics(timeout: .seconds(3))
        }
        let text = try #require(error).description
        #expect(text.hasSuffix("\n    no answer yet from node of client-0"), "\(text)")
        try await run("systemctl start prometheus-node-exporter", on: [deployment.clients[0]])
        try await deployment.clearMetrics()
    }
}
