import Deployment
import Foundation
import LoadResult
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
        try await TrialRig.with("trial-truth", clients: 3) { rig in
            try await rig.refusePopulation()
            try await rig.quiet()
            try await rig.missing()
            try await rig.restarted()
            try await rig.ended()
            try await rig.stopped()
        }
    }
}

extension TrialRig {
    /// Limits without those that a host of many machines may break by itself.
    private static var unhurried: ValidityLimits {
        var limits = ValidityLimits()
        limits.lateShare = Bound()
        limits.latestMilliseconds = Bound()
        limits.busiestLoop = Bound()
        limits.stealShare = Bound()
        return limits
    }

    /// 20,000 requests per second unless told otherwise, which no third divides evenly.
    private func stress(
        rate: Double = 20_000,
        keys: Int = 60_000,
        seconds: Int = 5,
        timeout: Int = 10
    ) -> Stress {
        Stress(
            "mixed",
            operationsPerSecond: rate,
            for: .seconds(seconds),
            writeFraction: 0.1,
            on: DatasetContent(keyCount: keys, valueBytes: 100),
            requestTimeout: .seconds(timeout)
        )
    }

    /// Writes that a full server refuses fail the population; nothing of it becomes a dataset.
    fileprivate func refusePopulation() async throws {
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
        try await populate()
    }

    /// Three clients play one schedule, and all that was due is there.
    fileprivate func quiet() async throws {
        let trial = try await measure("quiet", stress(), Self.unhurried) { run in try await run() }
        #expect(trial.validity.findings == [])
        let record = try record(in: trial.directory)
        #expect(record["validity"] as? String == "valid")
        #expect(record["dataset"] as? String == "base")
        let settings = (record["settings"] as? [String: [String: String]])?["all"]
        #expect(settings?["cluster-enabled"] == "yes")
        // A machine has the device where its host has it.
        let isKept = FileManager.default.fileExists(atPath: "/dev/cpu_dma_latency")
        for client in 0..<3 {
            let path = "\(trial.stress)/mixed/client-\(client)/result.json"
            let result = try JSONDecoder()
                .decode(LoadResult.self, from: Data(contentsOf: URL(filePath: path)))
            #expect(result.keepsAwake == isKept, "client-\(client)")
        }
        #expect(try await total(of: trial) == 20_000 * 5)
    }

    /// Reads of keys that are not there, and a setting that is changed under load.
    fileprivate func missing() async throws {
        let trial = try await measure("missing", stress(keys: 120_000), Self.unhurried) { run in
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
    fileprivate func restarted() async throws {
        let trial = try await measure("restarted", stress(), Self.unhurried) { run in
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

    /// Somebody stops the unit, and nothing starts it again.
    fileprivate func ended() async throws {
        let trial = try await measure("ended", stress(timeout: 2), Self.unhurried) { run in
            async let played: Void = run()
            try await load(hasRunFor: 2)
            try await onServer("systemctl", "stop", "redis-server")
            try await played
        }
        let text = trial.validity.reasons
        #expect(text.contains("mixed: server-1: the database no longer runs (inactive)"), "\(text)")
        let record = try record(in: trial.directory)
        #expect(record["validity"] as? String == "invalid")
        #expect(record["valid"] as? Bool == false)
        #expect(record["reasons"] as? [String] == text)
        #expect(try await total(of: trial) == 20_000 * 5)
    }

    /// A server that hangs for good: every request that was due is there, answered or failed.
    fileprivate func stopped() async throws {
        // A rate that even a busy host keeps up with: what fails must be what the server left undone.
        let stress = stress(rate: 2_000, seconds: 10, timeout: 2)
        let trial = try await measure("stopped", stress, Self.unhurried) { run in
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
        #expect(try await total(of: trial) == 2_000 * 10)
        let found = trial.validity.findings.first { $0.kind == "error_share" }
        // Half of what was due in the last two to three seconds.
        let share = try #require(found?.figure)
        #expect((0.05...0.25).contains(share))
    }
}
