import Bench
import Deployment
import DeploymentState
import Foundation
import Glibc
import Histogram
import Shell
import Testing

/// Scripts that are killed under load, on real machines of this host: what runs on, and who goes on with it.
@Suite(
    "A load that outlives its script on prov/local",
    .enabled(if: LocalMachines.canBeMade, LocalMachines.reason),
    .timeLimit(.minutes(10))
)
struct AttachTests {
    @Test("is listed, attached to, told from others, and ended")
    func outlives() async throws {
        try await TrialRig.with("rig-attach", clients: 2) { rig in
            try await rig.populate()
            let scripts = AttachedScripts(rig: rig)
            try await scripts.nothingRuns()
            try await scripts.killAndAttach()
            try await scripts.killAndEnd()
            try await scripts.leaveAndAttach()
            try await scripts.stop()
        }
    }
}

/// Calls of `restore-and-run` and `prov jobs` by a user.
private struct AttachedScripts {
    let rig: TrialRig
    private static let name = "rig-attach"
    /// Long enough for the wrong calls before the right one, on a busy host.
    private static let seconds = 45
    private static let rate = 1_000

    private func script(_ words: String...) -> LocalProcess {
        let folder = Files.split(ProvProgram.executable).directory
        let load = ["--rate", "\(Self.rate)", "--seconds", "\(Self.seconds)"]
        return rig.prov.call(
            "\(folder)/restore-and-run",
            [Self.name] + load + words,
            limit: .seconds(120)
        )
    }

    /// Begins a script, and kills it once its load has run for some seconds.
    private func killed(_ label: String, after seconds: Int) async throws {
        let ids = AsyncStream<Int32>.makeStream()
        async let outcome = script("--label", label).run(onStart: { id in
            ids.continuation.yield(id)
            ids.continuation.finish()
        })
        for await id in ids.stream {
            try await rig.load(hasRunFor: seconds)
            Glibc.kill(id, SIGKILL)
        }
        #expect(try await outcome.status == .signaled(SIGKILL))
    }

    private func trial(_ label: String) throws -> String {
        let folder = "\(rig.prov.folder)/trials/\(Self.name)"
        let name = try #require(try Files.list(folder).last { $0.hasSuffix("-\(label)") })
        return "\(folder)/\(name)"
    }

    func nothingRuns() async throws {
        let outcome = try await script("--attach").run()
        #expect(outcome.status == .exited(1))
        #expect(outcome.errorText.contains("no load is on the clients of rig-attach"))
        let jobs = try await rig.prov.run("jobs", Self.name)
        #expect(jobs.outputText == "nothing runs on 4 nodes of rig-attach\n", "\(jobs.errorText)")
    }

    /// One whole trial, with all that an undisturbed one has.
    func killAndAttach() async throws {
        try await killed("whole", after: 3)
        try await isListed()
        let directory = try trial("whole")
        let left = try rig.record(in: directory)
        try await isSpared(directory)
        let before = (left["stresses"] as? [[String: Any]])?.first?["before"]
        #expect(before != nil, "the evidence of the start is not on disk")

        let other = try await script("--attach").run()
        #expect(other.status == .exited(1))
        #expect(other.errorText.contains("give --label whole"), "\(other.errorText)")
        let rate = try await script("--attach", "--label", "whole", "--rate", "999").run()
        #expect(rate.status == .exited(1))
        #expect(
            rate.errorText.contains("operationsPerSecond is 1000.0 and not 999.0"),
            "\(rate.errorText)"
        )

        let outcome = try await script("--attach", "--label", "whole").run()
        #expect(
            outcome.isSuccess || TrialRig.isSpoiltByTheHost(outcome),
            "\(outcome.outputText)\(outcome.errorText)"
        )
        #expect(!outcome.errorText.contains("restore dataset"))
        try await isWhole(directory)
    }

    /// No script ends it or changes the servers under it; each says how to go on with it.
    private func isSpared(_ directory: String) async throws {
        let folder = Files.split(ProvProgram.executable).directory
        let name = Files.split(directory).name
        let calls = [
            script("--label", "again"),
            rig.prov.call("\(folder)/tweak-settings", [Self.name, "hz=99"], limit: .seconds(60)),
        ]
        for call in calls {
            let outcome = try await call.run()
            #expect(outcome.status == .exited(1), "\(outcome.outputText)")
            let said = outcome.errorText
            #expect(said.contains("nothing was touched"), "\(said)")
            #expect(said.contains("trials/\(Self.name)/\(name): its stress mixed (bench load)"))
            #expect(
                said.contains(
                    "swift run restore-and-run \(Self.name) --rate \(Self.rate) --seconds "
                        + "\(Self.seconds) --label whole --attach"
                ),
                "\(said)"
            )
            #expect(said.contains("prov jobs \(Self.name) --stop"))
        }
        #expect(
            try !Files.list("\(rig.prov.folder)/trials/\(Self.name)").contains {
                $0.hasSuffix("-again")
            }
        )
        try await isListed()
    }

    /// What runs is shown on both clients, since when, with its last line.
    private func isListed() async throws {
        let jobs = try await rig.prov.run("jobs", Self.name)
        #expect(jobs.isSuccess, "\(jobs.errorText)")
        let lines = jobs.outputText.split(separator: "\n").dropFirst()
        #expect(lines.count == 2, "\(jobs.outputText)")
        for (client, line) in zip(["client-0", "client-1"], lines) {
            let shown = line.wholeMatch(
                of: /(client-\d)  stress mixed \(bench load\)  runs +\d+ s +\d+ s .*/
            )
            #expect(shown.map { String($0.1) } == client, "\(line)")
        }
    }

    private func isWhole(_ directory: String) async throws {
        let record = try rig.record(in: directory)
        let stress = try #require((record["stresses"] as? [[String: Any]])?.first)
        #expect((record["stresses"] as? [Any])?.count == 1)
        for moment in ["before", "after"] {
            let told = try #require(stress[moment] as? [String: Any])
            #expect((told["clocks"] as? [String: Any])?.count == 4)
            #expect((told["nodes"] as? [String: Any])?.count == 4)
            #expect((told["versions"] as? [String: Any])?.count == 2)
            #expect((told["unread"] as? [String: Any])?.isEmpty == true)
        }
        #expect((stress["results"] as? [String: Any])?.count == 2)
        #expect(stress["attached"] != nil)
        #expect(stress["changed"] as? [String: [String]] == [:])
        #expect((record["settings"] as? [String: [String: String]])?["all"]?["hz"] == "10")
        #expect(record["dataset"] as? String == "base")
        #expect(record["ended"] != nil)
        #expect(!Files.exists("\(directory)/running.json"))
        // Its validity says nothing but what the host did.
        let found = (record["findings"] as? [[String: Any]] ?? []).compactMap {
            $0["text"] as? String
        }
        #expect(found.filter { !TrialRig.isOfTheHost($0) } == [])
        // Every request that was due, and a log of each second of both clients.
        let logs = ["client-0", "client-1"].map { "\(directory)/stress/mixed/\($0)/log.hdr" }
        let summary = try await Summary(of: logs, invalidToo: true)
        let due = summary.tags.filter { $0.tag.hasSuffix("-rt") }.reduce(0) { $0 + Int($1.count) }
        #expect(due == Self.rate * Self.seconds)
        for log in logs {
            let begins = try Files.read(log).split(separator: "\n")
                .compactMap { $0.wholeMatch(of: /Tag=READ-rt,([0-9]+)\..*/)?.1 }
            #expect(begins == (0..<Self.seconds).map { "\($0)" }.map { $0[...] }, "\(log)")
        }
        let commands = try Files.read("\(directory)/commands.jsonl")
        #expect(
            commands.contains("# restore a dataset") && commands.contains("# stop the load tool")
        )
    }

    /// A trial whose directory is gone cannot be gone on with; its load can be ended.
    func killAndEnd() async throws {
        try await killed("gone", after: 2)
        let directory = try trial("gone")
        try Files.remove(directory)
        let outcome = try await script("--attach", "--label", "gone").run()
        #expect(outcome.status == .exited(1))
        #expect(outcome.errorText.contains("a load is on client-0, client-1, and no trial in "))
        let ended = try await rig.prov.run("jobs", Self.name, "--stop")
        #expect(ended.isSuccess && ended.outputText.hasSuffix("ended on 2 nodes\n"), "\(ended)")
        let left = try await rig.run("pgrep -x bench || true", on: rig.deployment.clients)
        #expect(left.values.allSatisfy { $0.isEmpty }, "\(left)")
        let again = try await rig.prov.run("jobs", Self.name)
        #expect(again.outputText == "nothing runs on 4 nodes of rig-attach\n")
    }

    /// Runs the script at a terminal, at which Ctrl-C is typed under load, and then an answer.
    private func interrupted(_ label: String, answer: String) async throws -> Outcome {
        var call = script("--label", label)
        let talk = "\(LocalMachines.repository)/Tests/IntegrationTests/shells/talk"
        let words = ["client-0: 3 s", "\\x03", "[stop/leave]", "\(answer)\\n", "--", call.program]
        call.arguments = words + call.arguments
        call.program = talk
        return try await call.run()
    }

    func leaveAndAttach() async throws {
        let left = try await interrupted("left", answer: "leave")
        #expect(left.status == .exited(1), "\(left.outputText)")
        #expect(
            left.outputText.contains("the load runs on; go on with: swift run restore-and-run ")
        )
        let lock = try Files.read("\(rig.prov.folder)/\(Self.name)/lock")
        #expect(lock.isEmpty, "it let nobody know that it is gone")
        let outcome = try await script("--attach", "--label", "left").run()
        #expect(
            outcome.isSuccess || TrialRig.isSpoiltByTheHost(outcome),
            "\(outcome.outputText)\(outcome.errorText)"
        )
        try await isWhole(try trial("left"))
    }

    func stop() async throws {
        let stopped = try await interrupted("stopped", answer: "s")
        #expect(stopped.status == .exited(1), "\(stopped.outputText)")
        #expect(stopped.outputText.contains("kept what there is of the trial, as invalid"))
        let running = try await rig.run("pgrep -x bench || true", on: rig.deployment.clients)
        #expect(running.values.allSatisfy { $0.isEmpty }, "\(running)")
        let directory = try trial("stopped")
        #expect(!Files.exists("\(directory)/running.json"))
        let reasons = try rig.record(in: directory)["reasons"] as? [String]
        #expect(reasons == ["it was interrupted"])
    }
}
