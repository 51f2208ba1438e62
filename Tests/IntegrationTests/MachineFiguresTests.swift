import Deployment
import DeploymentState
import Shell
import Testing

/// What Prometheus says of machines that share this host: each its own, and not the host's.
@Suite(
    "Figures of each machine on prov/local",
    .enabled(if: LocalMachines.canBeMade, LocalMachines.reason),
    .timeLimit(.minutes(10))
)
struct MachineFiguresTests {
    @Test("one that burns a core, and one whose memory is full, show it; their neighbour does not")
    func own() async throws {
        let config = "server_cpus: 0.5\nserver_memory_mb: 256\n"
        try await TrialRig.with("rig-figures", clients: 1, monitors: 1, config: config) { rig in
            try await rig.deployment.installMonitoring()
            let before = try await rig.ownFigures()
            let server = rig.server.name
            let neighbour = rig.deployment.servers[0].name
            // Until the machine has used four seconds of a processor, however long that takes, by the
            // very counter that is shown: a limit of "ulimit -t" counts ticks, and may strike at
            // 3.99 s. Then until the kernel kills it for its memory.
            try await rig.run(
                """
                used() { cat /sys/fs/cgroup/{,unified/}cpu.stat 2>/dev/null | awk '/^usage_usec/ { print $2 }' || true; }
                enough=$(($(used) + 4000000))
                while [ "$(used)" -lt "$enough" ]; do
                    timeout 0.5 sh -c 'while :; do :; done' || true
                done
                tail /dev/zero || true
                """,
                on: [rig.server]
            )
            // The processor's figure is read before the kills, so it may come a second after them.
            let least = try #require(before["cpu_seconds_total"]?[server]) + 4
            let after = try await rig.ownFigures {
                $0["memory_kills_total"]?[server] == 1
                    && ($0["cpu_seconds_total"]?[server] ?? 0) >= least
            }
            func rise(_ name: String, of node: String) throws -> Double {
                try #require(after[name]?[node]) - #require(before[name]?[node])
            }
            let busy = try rise("cpu_seconds_total", of: server)
            // Database and exporters take some of it, too.
            #expect(try busy - rise("cpu_seconds_total", of: neighbour) >= 2)
            // On a busy host its limit may never hold it back; without one there is nothing to say.
            let limited = try #require(after["cpu_throttled_seconds_total"])
            #expect(try rise("cpu_throttled_seconds_total", of: server) >= 0)
            #expect(Set(limited.keys) == [server, neighbour])
            #expect(try rise("memory_kills_total", of: neighbour) == 0)
            let limits: [String: Double] = [server: 268_435_456, neighbour: 268_435_456]
            #expect(after["memory_limit_bytes"] == limits)
            for node in rig.deployment.nodes.map(\.name) {
                let used = try #require(after["memory_working_bytes"]?[node])
                // The host has far more.
                #expect((1 << 20...1 << 30).contains(Int(used)), "\(node): \(used)")
                for resource in ["cpu", "memory", "io"] {
                    for kind in ["waiting", "stalled"] {
                        #expect(after["pressure_\(resource)_\(kind)_seconds_total"]?[node] != nil)
                    }
                }
            }
            // The host's, from /proc, does not tell them apart.
            let host = try await rig.deployment.query(
                "round(sum by (instance) (node_memory_MemTotal_bytes))"
            )
            #expect(Set(host.map(\.value)).count == 1 && host.count == 4)
            try await rig.loadIsSeen()
        }
    }
}

extension TrialRig {
    /// A load's own rate, latency and lag, of its client, while it runs; and nothing of it afterwards,
    /// however it ended.
    fileprivate func loadIsSeen() async throws {
        try await run("redis-cli -e flushall", on: deployment.servers)
        let load = Stress(
            "seen",
            operationsPerSecond: 300,
            for: .seconds(3_600),
            writeFraction: 1,
            on: content
        )
        let played = Task { try await deployment.run(load, into: folder) }
        let client = deployment.clients[0]
        for (figure, least) in [
            ("bench_load_rate_per_second", 300.0), ("rate(bench_load_requests_total[5s])", 100),
            ("bench_load_latency_seconds_count", 300), ("bench_load_latest_seconds", 0),
        ] {
            try await waitFor("\(figure) of a load") {
                try await deployment.query(figure).contains {
                    $0.labels["stress"] == "seen" && $0.labels["instance"] == client.name
                        && $0.value >= least
                }
            }
        }
        // Killed, it cannot remove its file itself.
        try await run("systemctl kill --signal KILL 'prov-stress-*.service'", on: [client])
        await #expect(throws: StressError.self) { try await played.value }
        let left = try await run("ls /run/prov-metrics", on: deployment.nodes)
        #expect(left.allSatisfy { $0.value == "machine.prom\n" }, "\(left)")
        try await waitFor("the load's figures to be gone") {
            try await deployment.query("bench_load_rate_per_second").isEmpty
        }
    }

    private func waitFor(_ what: String, _ isSo: () async throws -> Bool) async throws {
        let clock = ContinuousClock()
        let end = clock.now + .seconds(60)
        while try await !isSo() {
            try #require(clock.now < end, "not within 60 s: \(what)")
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    /// The machines' own figures by name and node, as soon as they are so.
    fileprivate func ownFigures(
        _ isEnough: ([String: [String: Double]]) -> Bool = { !$0.isEmpty }
    ) async throws -> [String: [String: Double]] {
        var figures: [String: [String: Double]] = [:]
        try await waitFor("figures of its own") {
            figures = [:]
            for sample in try await deployment.query(#"{__name__=~"prov_machine_.*"}"#) {
                guard let name = sample.labels["__name__"], let node = sample.labels["instance"]
                else { continue }
                figures[String(name.dropFirst("prov_machine_".count)), default: [:]][node] =
                    sample.value
            }
            return isEnough(figures)
        }
        return figures
    }
}
