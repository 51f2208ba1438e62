import DeploymentState
import Shell
import Synchronization
import Testing

@testable import Deployment

@Suite("A dry run")
struct DryRunTests {
    /// What a protocol's dry run prints, and how it ended.
    private func lines(
        _ body: @escaping @Sendable (Deployment) async throws -> Void
    ) async throws -> (lines: [String], end: String?) {
        let said = Mutex<[String]>([])
        var end: String?
        try await withScripted(["server-0", "server-1", "client-0", "monitor-0"]) {
            deployment,
            remotes in
            let run = DryRun(servers: 2, system: "redis") { line in
                said.withLock { $0.append(line) }
            }
            let dry = Deployment.dry(
                deployment.state,
                nodes: deployment.nodes,
                system: RedisCluster(),
                run
            )
            try await DryRun.$current.withValue(run) {
                do { try await body(dry) } catch { end = "\(try DryRun.end(error))" }
            }
            run.flush()
            #expect(remotes.allSatisfy { $0.called.isEmpty })
        }
        return (said.withLock { $0 }, end)
    }

    @Test("prints each step with what its nodes would do, alike ones on a line")
    func steps() async throws {
        let (lines, end) = try await lines { deployment in
            try await deployment.stopCluster()
            try await deployment.execute(["sysctl", "vm.swappiness=1"], on: deployment.nodes)
        }
        #expect(
            lines == [
                "stop redis", "  server-0 server-1: stop a unit (redis-server.service)",
                "  client-0 monitor-0 server-0 server-1: sudo -n sysctl vm.swappiness=1",
            ]
        )
        #expect(end == nil)
    }

    @Test("shows a trial to its end, and goes on with no numbers that there are not")
    func trial() async throws {
        let (lines, end) = try await lines { deployment in
            _ = try await deployment.measure("mixed") { deployment, trial in
                let content = try await deployment.restoreDataset("base")
                try await deployment.startCluster()
                try await deployment.verifyDataset("base")
                try await deployment.quiesce()
                let stress = Stress(
                    "mixed",
                    operationsPerSecond: 10,
                    for: .seconds(1),
                    writeFraction: 0,
                    on: content
                )
                try await deployment.run(stress, into: trial.stress)
                try await deployment.fetchMetrics(into: trial.monitoring)
            }
            Issue.record("it went on behind the trial")
        }
        let steps = lines.filter { !$0.hasPrefix("  ") }
        #expect(
            steps.suffix(8) == [
                "look for dataset base", "stop redis", "restore dataset base",
                "start redis on 2 servers", "count what was restored", "wait until redis is quiet",
                "stress mixed", "fetch the metrics",
            ]
        )
        #expect(lines.contains { $0.hasPrefix("  client-0: start the load tool (prov-stress-") })
        #expect(lines.contains { $0.hasPrefix("  server-0 server-1: restore a dataset (") })
        #expect(end == "the dry run ends here: what comes behind a trial depends on its numbers")
    }

    @Test("ends where only a node can answer, and takes what is wrong with a call for wrong")
    func ends() async throws {
        struct Unread: Error, CustomStringConvertible { let description = "no count" }
        let (_, end) = try await lines { _ in throw Unread() }
        #expect(
            end
                == "the dry run ends here: what comes next depends on what a node answers\n  no count"
        )
        await #expect(throws: Misuse.label("a/b")) {
            _ = try await lines { deployment in
                _ = try await deployment.measure("a/b") { _, _ in }
            }
        }
    }

    @Test("judges no answer of a node's, and refuses a build that is none as a real run does")
    func build() async throws {
        try await withBuildFolder { folder in
            try Files.write(try executable(), to: folder + "/mine", durably: false)
            try Files.write("text", to: folder + "/bad", durably: false)
            for path in [folder + "/mine", "packaged"] {
                let (lines, end) = try await lines { deployment in
                    let build = try await deployment.build(path)
                    try await deployment.install(build)
                    try await deployment.requireBuild(build)
                }
                #expect(end == nil)
                #expect(
                    lines.contains { $0.hasPrefix("  server-0 server-1: tell which build runs (") }
                )
            }
            await #expect(throws: BuildError.unknownKind(path: folder + "/bad")) {
                _ = try await lines { _ = try await $0.build(folder + "/bad") }
            }
        }
    }

    @Test("of a probe measures nothing, and says who knows the figures")
    func probe() async throws {
        let (lines, end) = try await lines { _ = try await $0.probe() }
        #expect(lines.contains { $0.contains("measure this node (") })
        #expect(end == "the dry run ends here: what the machines can do, only they can tell")
    }

    @Test("keeps secrets out")
    func secrets() {
        let call = RemoteCall(["redis-cli", .secret("hunter2")])
        #expect(call.told == "redis-cli [redacted]")
    }
}
