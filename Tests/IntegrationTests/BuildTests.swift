import Deployment
import DeploymentState
import Experiment
import Foundation
import Shell
import TestSupport
import Testing

/// Two builds of Redis on real machines of this host: the distribution's, and one of the user's.
@Suite(
    "A build on prov/local",
    .enabled(if: LocalMachines.canBeMade, LocalMachines.reason),
    .timeLimit(.minutes(15))
)
struct BuildTests {
    @Test("is installed by path, refused if it does not start, and compared with the packaged one")
    func builds() async throws {
        try await TrialRig.with("rig-builds", clients: 1) { rig in
            let builds = try await BuildRun(rig: rig)
            try await builds.refuse()
            try await rig.populate()
            try await builds.run()
            try await builds.compare()
            try await builds.expectPackaged()
        }
    }
}

/// The life of one build.
private struct BuildRun {
    let rig: TrialRig
    /// The digest of the package's executable, which runs at first.
    let packaged: String
    private var name: String { rig.deployment.state.name }

    init(rig: TrialRig) async throws {
        self.rig = rig
        try await rig.run("echo before >/etc/prov-test-file", on: rig.deployment.servers)
        let running = "sha256sum /proc/$(pidof redis-server)/exe | cut -c 1-64"
        let said = Set(try await rig.run(running, on: rig.deployment.servers).values)
        try #require(said.count == 1, "\(said)")
        packaged = said.first?.trimmingCharacters(in: .newlines) ?? ""
        // What stands behind an executable's last section changes nothing but its digest.
        try await LocalProcess(
            "bash",
            [
                "-euo", "pipefail", "-c",
                """
                mkdir -p tree/usr/bin
                cp --dereference /usr/bin/redis-server tree/usr/bin/redis-server
                echo mine >>tree/usr/bin/redis-server
                tar -czf mine.tar.gz tree
                sha256sum tree/usr/bin/redis-server | cut -c 1-64 >digest
                cp --dereference /bin/true broken
                echo after >file
                """,
            ],
            directory: rig.prov.folder,
            timeLimit: .seconds(60)
        )
        .execute()
    }

    private func digest() throws -> String {
        try Files.read(rig.prov.folder + "/digest").trimmingCharacters(in: .newlines)
    }

    private func call(_ script: String, _ words: [String]) -> LocalProcess {
        let programs = Files.split(ProvProgram.executable).directory
        return rig.prov.call("\(programs)/\(script)", [name] + words, limit: .seconds(480))
    }

    /// What every server prints, which must be the same.
    private func onServers(_ script: String) async throws -> String {
        let said = Set(try await rig.run(script, on: rig.deployment.servers).values)
        try #require(said.count == 1, "\(said)")
        return said.first ?? ""
    }

    /// A program that is no Redis is told, and the one that runs goes on, on its own.
    func refuse() async throws {
        let before = try await rig.run("pidof redis-server", on: rig.deployment.servers)
        for (build, problem) in [
            ("broken", "exit status 1 from: try the redis configuration"),
            ("digest", "digest: is no .deb, no tarball and no executable"),
            ("nowhere", "nowhere: there is no such file"),
        ] {
            let outcome = try await call("setup", ["--build", build]).run()
            #expect(outcome.status == .exited(1))
            #expect(outcome.errorText.contains(problem), "\(outcome.errorText)")
        }
        #expect(try await rig.run("pidof redis-server", on: rig.deployment.servers) == before)
        try await rig.deployment.requireBuild(.packaged)
        let diversions = try await onServers("dpkg-divert --list '*redis*'")
        #expect(diversions == "")
    }

    /// A script runs the build from a tarball, and its trial says so.
    func run() async throws {
        let words = ["--rate", "1000", "--seconds", "6", "--label", "mine"]
        let outcome = try await call("restore-and-run", words + ["--build", "mine.tar.gz"]).run()
        #expect(
            outcome.isSuccess || TrialRig.isSpoiltByTheHost(outcome),
            "\(outcome.outputText) \(outcome.errorText)"
        )
        let trials = try Files.list("\(rig.folder)/\(name)")
        let trial = try #require(trials.first { $0.hasSuffix("-mine") })
        for server in rig.deployment.servers {
            let facts = try facts(of: server, in: "\(rig.folder)/\(name)/\(trial)")
            #expect(facts == ["sha256:\(try digest())", "mine.tar.gz"])
        }
    }

    /// The executable and the build that a trial names for a server.
    private func facts(of server: Node, in trial: String) throws -> [String?] {
        let nodes = try rig.record(in: trial)["nodes"] as? [String: [String: Any]]
        let node = try #require(nodes?[server.name])
        return [node["executable"] as? String, node["build"] as? String]
    }

    /// An experiment compares both by path; each trial has its own build and files, and no other's.
    func compare() async throws {
        try Files.write(
            """
            variants:
              packaged:
                commands: ["grep -qx before /etc/prov-test-file", "test ! -e /etc/prov/test/new"]
                undo: []
              mine:
                build: mine.tar.gz
                files: {/etc/prov-test-file: file, /etc/prov/test/new: file}
                commands: ["grep -qx after /etc/prov-test-file", "grep -qx after /etc/prov/test/new"]
                undo: []
            load: {rate: 1000, seconds: 2, warm_up: 0, write_fraction: 0.1}
            metrics: [READ-rt p50]
            effect: 1000%
            rehearsal_pairs: 0
            pairs: {least: 5, most: 5}

            """,
            to: rig.prov.folder + "/e.yml"
        )
        let outcome = try await call("experiment", ["e.yml"]).run()
        let parent = "\(rig.prov.folder)/experiments/\(name)"
        let folder = try #require(try Files.list(parent).first, "\(outcome.errorText)")
        let record = try ExperimentRecord(at: "\(parent)/\(folder)/experiment.json")
        let identity = "sha256:\(try digest())"
        #expect(record.conditions?["variant mine build"] == identity)
        #expect(record.conditions?["server-0 database"] == nil)
        #expect(record.entries.count >= 2, "\(outcome.errorText)")
        var seen: Set<[String?]> = []
        for entry in record.entries {
            #expect(entry.reasons.filter { !TrialRig.isOfTheHost($0) } == [])
            let trial = "\(rig.prov.folder)/\(try #require(entry.trial))"
            for server in rig.deployment.servers {
                let facts = try facts(of: server, in: trial)
                let expected =
                    entry.side == .a ? ["sha256:\(packaged)", nil] : [identity, "mine.tar.gz"]
                #expect(facts == expected, "\(trial)")
                seen.insert(facts)
            }
        }
        #expect(seen.count == 2)
    }

    /// Nothing of a variant is left, but that its process runs until the next start.
    func expectPackaged() async throws {
        #expect(try await onServers("cat /etc/prov-test-file") == "before\n")
        #expect(try await onServers("ls -d /etc/prov/test 2>/dev/null || true") == "")
        #expect(try await onServers("dpkg-divert --list '*redis*'") == "")
        #expect(
            try await onServers("dpkg --verify redis-server redis-tools | grep /usr/bin || true")
                == ""
        )
        try await rig.deployment.startCluster()
        try await rig.deployment.requireBuild(.packaged)
    }
}
