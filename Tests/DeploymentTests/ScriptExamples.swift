import Deployment
import DeploymentState
import Foundation
import Testing
import Usage

/// The examples of `docs/scripts.md`, so that the compiler reads them; they are not run.
enum ScriptExamples {
    static func trial(_ deployment: Deployment) async throws {
        let trial = try await deployment.measure("baseline") { deployment, trial in
            let content = try await deployment.restoreDataset("base")
            try await deployment.startCluster()
            try await deployment.verifyDataset("base")
            try await deployment.quiesce()
            let reads = Stress(
                "reads",
                operationsPerSecond: 20_000,
                for: .seconds(60),
                writeFraction: 0,
                on: content
            )
            try await deployment.run(reads, into: trial.stress)
        }
        print(trial.validity.headline)
    }

    static func machines(_ deployment: Deployment) async throws {
        try await deployment.probe()
    }

    static func attaching(
        _ deployment: Deployment,
        _ arguments: Arguments,
        load: (DatasetContent) -> Stress
    ) async throws -> Trial {
        let trial = try await deployment.measure("mixed", attaching: arguments.flag("attach")) {
            deployment,
            trial in
            let content = try await deployment.prepare {
                let content = try await deployment.restoreDataset("base")
                try await deployment.startCluster()
                try await deployment.verifyDataset("base")
                return content
            }
            try await deployment.run(load(content), into: trial.stress)
        }
        return trial
    }

    static func limits(_ deployment: Deployment, _ mixed: Stress) async throws -> Trial {
        var limits = ValidityLimits()
        limits.errorShare = Bound(questionable: 0, invalid: 0.01)
        limits.latestMilliseconds = Bound(questionable: 20)
        let trial = try await deployment.measure("strict", limits: limits) { deployment, trial in
            try await deployment.run(mixed, into: trial.stress)
        }
        return trial
    }

    static func several(_ deployment: Deployment) async throws {
        for rate in [5_000.0, 10_000, 20_000] {
            let trial = try await deployment.measure("rate-\(Int(rate))") { deployment, trial in
                let content = try await deployment.restoreDataset("base")
                try await deployment.startCluster()
                try await deployment.verifyDataset("base")
                let mixed = Stress(
                    "mixed",
                    operationsPerSecond: rate,
                    for: .seconds(30),
                    writeFraction: 0.1,
                    on: content
                )
                try await deployment.run(mixed, into: trial.stress)
            }
            try trial.requireValid()
        }
    }

    static func faults(_ deployment: Deployment, _ trial: Trial, _ mixed: Stress) async throws {
        try deployment.inject(.pause(deployment.servers[1]), at: .seconds(20), for: .seconds(5))
        try deployment.inject(
            .partition(deployment.servers[0], from: deployment.servers),
            at: .seconds(40),
            for: .seconds(10)
        )
        try await deployment.run(mixed, into: trial.stress)
    }

    static func own(_ deployment: Deployment, _ trial: Trial, _ content: DatasetContent)
        async throws
    {
        var skewed = Stress(
            "skewed",
            operationsPerSecond: 8_000,
            for: .seconds(20),
            writeFraction: 0.5,
            on: content,
            keys: .gauss,
            connectionsPerClient: 64,
            requestTimeout: .seconds(2)
        )
        try await deployment.run(skewed, into: trial.stress)
        skewed.name = "skewed-again"
        try await deployment.run(skewed, into: trial.stress)
    }

    static func program(_ deployment: Deployment, _ trial: Trial, _ mixed: Stress) async throws {
        let replay = CommandLoad(
            "/opt/mine/replay",
            needs: [.package("libpcap0.8"), .upload("replay", to: "/opt/mine/replay")],
            log: "log.hdr"
        ) { part in
            ["--to", part.servers[0], "--from", "\(part.start)", "--log", part.log]
                + ["--part", "\(part.place + 1)/\(part.clients)"]
        }
        try await deployment.installLoadProgram(replay)
        try await deployment.run(mixed, with: replay, into: trial.stress)
    }

    static func sizes(_ deployment: Deployment) async throws {
        let large = DatasetContent(keyCount: 100_000, valueBytes: 4_096)
        try await deployment.startCluster()
        try await deployment.populate(large)
        try await deployment.quiesce()
        try await deployment.snapshotDataset("large-values", of: large)
    }

    static func command(_ deployment: Deployment) async throws {
        try await deployment.execute(
            ["sysctl", "--write", "vm.swappiness=1"],
            on: deployment.servers
        )
        let kernels = try await deployment.execute(
            ["uname", "-r"],
            on: deployment.nodes,
            asRoot: false
        )
        for (node, kernel) in kernels { print(node.name, kernel) }
    }

    static func underLoad(_ deployment: Deployment, _ trial: Trial, _ mixed: Stress) async throws {
        async let played = deployment.run(mixed, into: trial.stress)
        try await Task.sleep(for: .seconds(10))  // the cache is warm
        try await deployment.execute(["redis-cli", "bgsave"], on: deployment.servers)
        _ = try await played
    }

    static func lines(_ deployment: Deployment) async throws {
        let follow = ["journalctl", "--follow", "--lines", "0", "--unit", "redis-server"]
        async let written = deployment.stream(
            follow,
            on: deployment.servers,
            timeLimit: .seconds(120)
        ) { node, lines in
            for try await line in lines where line.contains("Background saving terminated") {
                return line
            }
            return "\(node.name) ended its journal"
        }
        try await deployment.execute(["redis-cli", "bgsave"], on: deployment.servers)
        for (node, line) in try await written { print(node.name, line) }
    }

    static func files(_ deployment: Deployment, _ trial: Trial) async throws {
        try await deployment.upload(
            "tuned.conf",
            to: "/etc/sysctl.d/90-tuned.conf",
            on: deployment.servers
        )
        try await deployment.collect(
            "/var/log/redis/*",
            from: deployment.servers,
            into: trial.directory
        )
    }

    static func folders(_ deployment: Deployment, _ trial: Trial) async throws {
        try await deployment.uploadDirectory("rules", to: "/opt/rules", on: deployment.servers)
        try await deployment.downloadDirectory(
            "/var/lib/redis",
            from: deployment.servers,
            into: trial.directory
        )
    }

    static func metrics(_ deployment: Deployment, _ trial: Trial, _ mixed: Stress) async throws
        -> [Sample]
    {
        try await deployment.clearMetrics()
        try await deployment.run(mixed, into: trial.stress)
        try await deployment.fetchMetrics(into: trial.monitoring)
        let busy = try await deployment.query(
            "1 - avg by (instance) (rate(node_cpu_seconds_total{mode=\"idle\"}[30s]))"
        )
        let slow = try await deployment.query(
            "histogram_quantile(0.99, sum by (le) (rate(bench_load_latency_seconds_bucket[5s])))"
        )
        return busy + slow
    }

    static func cloudWatch(_ deployment: Deployment, _ mixed: Stress) async throws {
        let trial = try await deployment.measure("baseline") { deployment, trial in
            try await deployment.run(mixed, into: trial.stress)
        }
        try await deployment.cloudWatch(into: trial)
    }
}

@Suite("docs/scripts.md")
struct ScriptExamplesTests {
    /// The words of Swift text, however it is broken into lines.
    private static func words(_ text: String) -> String {
        text.filter { !$0.isWhitespace }.replacing(",)", with: ")")
    }

    @Test("shows only what compiles")
    func compiled() throws {
        let tests = Files.split(#filePath).directory
        let root = Files.split(Files.split(tests).directory).directory
        let examples = Self.words(try Files.read(#filePath))
        let parts = try Files.read(root + "/docs/scripts.md").split(separator: "```swift\n")
        #expect(parts.count == 18)
        for part in parts.dropFirst() {
            let block = part.prefix(upTo: part.range(of: "```")?.lowerBound ?? part.endIndex)
            #expect(examples.contains(Self.words(String(block))), "\(block)")
        }
    }
}
