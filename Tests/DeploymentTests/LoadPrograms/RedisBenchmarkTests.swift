import DeploymentState
import Foundation
import Shell
import TestSupport
import Testing

@testable import Deployment

@Suite("redis-benchmark", .timeLimit(.minutes(2)))
struct RedisBenchmarkTests {
    private func stress(
        writes: Double = 1,
        keys: Stress.Keys = .uniform,
        for duration: Duration = .seconds(2)
    ) -> Stress {
        Stress(
            "writes",
            operationsPerSecond: 1_001,
            for: duration,
            writeFraction: writes,
            on: DatasetContent(keyCount: 1_000, valueBytes: 64),
            keys: keys,
            connectionsPerClient: 8
        )
    }

    /// A part whose servers are these, and whose start has come.
    private func part(_ stress: Stress, _ servers: [String], password: String? = nil) -> LoadPart {
        LoadPart(
            stress: stress,
            place: 0,
            clients: 2,
            servers: servers,
            start: 1,
            folder: "/nowhere",
            passwordFile: password
        )
    }

    @Test("gives each client its share of the requests")
    func command() {
        let words = RedisBenchmark(["-P", "4"]).command(part(stress(), ["[::1]:6379"]))
        #expect(words.prefix(5) == ["bash", "-euo", "pipefail", "-c", RedisBenchmark.play])
        #expect(
            words.dropFirst(5) == [
                "redis-benchmark", "", "1.0", "--cluster", "-h", "::1", "-p", "6379", "-t", "set",
                "-n", "1001", "-c", "8", "-d", "64", "-r", "1000", "--csv", "-P", "4",
            ]
        )
    }

    @Test("plays its part on a real cluster, and fails where there is none")
    func real() async throws {
        let servers = try await RedisServer.startCluster()
        let address = "127.0.0.1:\(servers[0].port)"
        let words = RedisBenchmark().command(part(stress(), [address]))
        let outcome = try await LocalProcess(
            words[0],
            Array(words.dropFirst()),
            timeLimit: .seconds(60)
        )
        .run()
        try #require(outcome.isSuccess, "\(outcome.errorText)")
        #expect(outcome.outputText.contains("\"SET\","))
        var written = 0
        for server in servers {
            let count = try await LocalProcess(
                "redis-cli",
                ["-p", "\(server.port)", "info", "commandstats"],
                timeLimit: .seconds(20)
            ).execute().outputText
            let calls = count.firstMatch(of: /cmdstat_set:calls=(\d+)/)?.1
            written += calls.flatMap { Int($0) } ?? 0
        }
        #expect(written == 1_001)
        let nowhere = RedisBenchmark().command(part(stress(), ["127.0.0.1:1"]))
        let failed = try await LocalProcess(
            nowhere[0],
            Array(nowhere.dropFirst()),
            timeLimit: .seconds(60)
        ).run()
        #expect(!failed.isSuccess)
    }

    @Test("refuses what it cannot play before anything runs")
    func check() async throws {
        let program = RedisBenchmark()
        try program.check(stress(writes: 0), clients: 1)
        for (stress, text) in [
            (
                stress(writes: 0.1),
                "stress writes: redis-benchmark sends reads or writes and no mixture, \"0.1\"; give 0 or 1"
            ),
            (stress(keys: .gauss), "stress writes: redis-benchmark draws keys evenly only"),
            (
                .populate(DatasetContent(keyCount: 10, valueBytes: 1)),
                "stress populate: redis-benchmark cannot write every key once"
            ),
        ] {
            let error = #expect(throws: Misuse.self) { try program.check(stress, clients: 1) }
            #expect(error?.description == text)
        }
        // What a client lacks is said before, too.
        let answer: @Sendable (String, RemoteCall) -> RemoteResult = { _, call in
            call.input.hasPrefix("# look for what a load needs")
                ? RemoteResult(output: "redis-benchmark\n", status: .exited(LoadNeeds.missing))
                : RemoteResult()
        }
        try await withScripted(["client-0", "server-0"], answer: answer) { deployment, remotes in
            let error = await #expect(throws: FanOutError.self) {
                try await deployment.run(stress(), with: program, into: "/nowhere")
            }
            #expect(error?.description.contains("no \"redis-benchmark\", which") == true)
            #expect(remotes[0].called.count == 1 && remotes[1].called.isEmpty)
        }
    }

    @Test("makes a trial questionable, since the rate that was asked for was not kept")
    func unpaced() {
        let load = Load(stress(), with: RedisBenchmark(), clients: 2)
        #expect(!load.keepsRate && !load.isWitnessed)
        #expect(Load(stress(), with: BenchLoad([]), clients: 2).keepsRate)
    }
}
