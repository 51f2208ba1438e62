import Bench
import Deployment
import DeploymentState
import Foundation
import Shell
import Testing

/// Trials on real machines of this host that are quiet, or in which one thing goes wrong.
@Suite(
    "The truth of a trial on prov/local",
    .enabled(if: LocalMachines.canBeMade, LocalMachines.reason),
    .timeLimit(.minutes(10))
)
struct TrialTruthTests {
    @Test("a quiet trial is valid; each fault makes one invalid, with exact counts")
    func faults() async throws {
        try await ProvProgram.with { prov in
            try Files.write(
                "server_count: 2\nclient_count: 3\nmonitor_count: 0\n",
                to: prov.folder + "/c.yml"
            )
            let template = LocalMachines.template
            let made = try await prov.run("provision", "trial-truth", template, "c.yml", "--yes")
            try #require(made.isSuccess, "\(made.errorText)")
            let state = try StateDirectory.open(prov.folder + "/trial-truth")
            let deployment = try await Deployment.connect(to: state, database: RedisCluster())
            let rig = Rig(deployment: deployment, folder: prov.folder + "/trials")
            do {
                try await rig.setUp()
                try await rig.refusePopulation()
                try await rig.quiet()
                try await rig.missing()
                try await rig.restarted()
                try await rig.stopped()
            } catch {
                await deployment.close()
                throw error
            }
            await deployment.close()
        }
    }
}

/// Two servers and three clients, and the trials on them.
private struct Rig {
    let deployment: Deployment
    let folder: String
    private let content = DatasetContent(keyCount: 60_000, valueBytes: 100)

    init(deployment: Deployment, folder: String) {
        self.deployment = deployment
        self.folder = folder
    }

    func setUp() async throws {
        let tool = LocalProcess(
            LocalMachines.repository + "/bin/build",
            ["bench-load"],
            timeLimit: .seconds(1_800)
        )
        let path = try await tool.execute().outputText.trimmingCharacters(in: .newlines)
        try await deployment.installDatabase()
        try await deployment.startCluster()
        try await deployment.installLoadTool(path)
    }

    /// Writes that a full server refuses fail the population; nothing of it becomes a dataset.
    func refusePopulation() async throws {
        try await onServer("redis-cli", "config", "set", "maxmemory", "4mb")
        let error = await #expect(throws: PopulateError.self) {
            try await deployment.populate(content)
        }
        #expect((error?.failed ?? 0) > 0)
        #expect(error?.refusals["OOM"] == error?.failed)
        await #expect(throws: DatasetError.self) {
            try await deployment.snapshotDataset("base", of: content)
        }
        try await onServer("redis-cli", "config", "set", "maxmemory", "0")
        try await deployment.populate(content)
        try await deployment.snapshotDataset("base", of: content)
    }

    /// Three clients play 20,000 requests per second, which no third divides evenly.
    func quiet() async throws {
        let trial = try await measure("quiet", keys: 60_000) { run, _ in try await run() }
        #expect(trial.validity.findings == [])
        let record = try record(of: trial)
        #expect(record["validity"] as? String == "valid")
        #expect(record["dataset"] as? String == "base")
        let settings = (record["settings"] as? [String: [String: String]])?["all"]
        #expect(settings?["cluster-enabled"] == "yes")
        #expect(try await total(of: trial) == 20_000 * 5)
    }

    /// Reads of keys that are not there, and a setting that is changed under load.
    func missing() async throws {
        let trial = try await measure("missing", keys: 120_000) { run, _ in
            async let played: Void = run()
            try await load(hasRunFor: 1)
            try await onServer("redis-cli", "config", "set", "hz", "50")
            try await played
        }
        #expect(trial.validity.findings.map(\.kind) == ["missing_share", "settings"])
        #expect(
            trial.validity.reasons.last == "mixed: server-1 changed settings meanwhile: hz"
        )
        // Half of the keys that are read were never written, give or take what was written since.
        let share = try #require(trial.validity.findings.first?.figure)
        #expect((0.3...0.55).contains(share))
    }

    /// systemd starts a killed Redis again, empty.
    func restarted() async throws {
        let trial = try await measure("restarted", keys: 60_000) { run, server in
            async let played: Void = run()
            try await load(hasRunFor: 2)
            try await onServer("systemctl", "kill", "--signal", "KILL", "redis-server")
            try await played
        }
        let kinds = trial.validity.findings.map(\.kind)
        // What it lost shows as missing keys, or as errors until the cluster takes it back.
        #expect(kinds.contains("process"))
        #expect(kinds.contains("missing_share") || kinds.contains("error_share"))
        #expect(trial.validity.verdict == .invalid)
        let text = trial.validity.reasons.joined()
        #expect(text.contains("server-1: the database was started again meanwhile, by systemd 1 "))
        #expect(try await total(of: trial) == 20_000 * 5)
    }

    /// A server that hangs for good: every request that was due is there, answered or failed.
    func stopped() async throws {
        let trial = try await measure("stopped", keys: 60_000, seconds: 10, timeout: 2) {
            run,
            server in
            async let played: Void = run()
            try await load(hasRunFor: 7)
            try await onServer("systemctl", "kill", "--signal", "STOP", "redis-server")
            do { try await played } catch {
                try await onServer("systemctl", "kill", "--signal", "CONT", "redis-server")
                throw error
            }
        }
        try await onServer("systemctl", "kill", "--signal", "CONT", "redis-server")
        let kinds = trial.validity.findings.map(\.kind)
        #expect(kinds.contains("error_share"))
        #expect(kinds.contains("unread"))
        #expect(trial.validity.verdict == .invalid)
        #expect(try await total(of: trial) == 20_000 * 10)
        let found = trial.validity.findings.first { $0.kind == "error_share" }
        // Half of what was due in the last two to three seconds.
        let share = try #require(found?.figure)
        #expect((0.05...0.25).contains(share))
    }

    /// Makes a trial from the dataset; how late this busy machine is, is not its subject.
    private func measure(
        _ label: String,
        keys: Int,
        seconds: Int = 5,
        timeout: Int = 10,
        _ body: @escaping (@Sendable @escaping () async throws -> Void, Node) async throws -> Void
    ) async throws -> Trial {
        var limits = ValidityLimits()
        limits.lateShare = Bound()
        limits.latestMilliseconds = Bound()
        limits.busiestLoop = Bound()
        limits.stealShare = Bound()
        let stress = Stress(
            "mixed",
            operationsPerSecond: 20_000,
            for: .seconds(seconds),
            writeFraction: 0.1,
            on: DatasetContent(keyCount: keys, valueBytes: 100),
            requestTimeout: .seconds(timeout)
        )
        return try await deployment.measure(label, limits: limits, in: folder) {
            deployment,
            trial in
            try await deployment.restoreDataset("base")
            try await deployment.startCluster()
            try await deployment.verifyDataset("base")
            try await deployment.quiesce()
            let folder = trial.stress
            try await body({ try await deployment.run(stress, into: folder) }, server)
        }
    }

    private var server: Node { deployment.servers[1] }

    private func onServer(_ words: String...) async throws {
        try await deployment.onEach([server]) { try await $0.execute(.root(Command(words))) }
    }

    /// Waits until a loader has said its line of that second.
    private func load(hasRunFor seconds: Int) async throws {
        let said = RemoteCall.script(
            "grep -qE \"^ *$1 s \" /var/lib/prov/stress/*/output.log",
            arguments: ["\(seconds)"]
        )
        try await deployment.waitFor(
            [deployment.clients[0]],
            "line of second \(seconds)",
            timeout: .seconds(60)
        ) { _ in said }
    }

    /// How many requests the logs of a trial hold, each once.
    private func total(of trial: Trial) async throws -> Int {
        let summary = try await Summary(of: [trial.stress], invalidToo: true)
        return summary.tags.filter { $0.tag.hasSuffix("-rt") }.reduce(0) { $0 + Int($1.count) }
    }

    private func record(of trial: Trial) throws -> [String: Any] {
        let text = try Files.read(trial.directory + "/trial.json")
        let object = try JSONSerialization.jsonObject(with: Data(text.utf8))
        return try #require(object as? [String: Any])
    }
}
