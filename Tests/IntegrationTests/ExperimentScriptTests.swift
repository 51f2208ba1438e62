import Deployment
import DeploymentState
import Experiment
import Glibc
import Shell
import Synchronization
import TestSupport
import Testing

/// The script `experiment` on real machines of this host, killed and gone on with.
@Suite(
    "An experiment on prov/local",
    .enabled(if: LocalMachines.canBeMade, LocalMachines.reason),
    .timeLimit(.minutes(10))
)
struct ExperimentScriptTests {
    @Test("is gone on with after a kill: undone, no trial lost, and in the same conditions only")
    func killed() async throws {
        try await TrialRig.with("rig-experiment", clients: 1) { rig in
            try await rig.populate()
            let run = ExperimentRun(rig: rig)
            try run.writeFile()
            try await run.killInTheMidst()
            try await run.refuse()
            try await run.goOn()
            try await run.end()
        }
    }
}

/// The runs of one experiment.
private struct ExperimentRun {
    let rig: TrialRig
    private var name: String { rig.deployment.state.name }
    private let cut = "it was cut short: the experiment ended in the midst of it"

    init(rig: TrialRig) { self.rig = rig }

    /// Each variant leaves a file behind, in which the other's would not be tolerated, and a story.
    func writeFile() throws {
        let variants = ["plain", "tuned"].map { variant in
            """
              \(variant):
                commands:
                  - test ! -e /run/variant
                  - echo \(variant) >/run/variant
                  - echo do \(variant) >>/run/story
                undo:
                  - rm -f /run/variant
                  - echo undo \(variant) >>/run/story

            """
        }
        try Files.write(
            """
            variants:
            \(variants.joined())
            load: {rate: 1000, seconds: 4, warm_up: 1, write_fraction: 0.1}
            metrics: [READ-rt p50]
            rehearsal_pairs: 0
            pairs: {least: 5, most: 5}

            """,
            to: rig.prov.folder + "/e.yml"
        )
    }

    private func call(_ script: String, _ words: [String]) -> LocalProcess {
        let programs = Files.split(ProvProgram.executable).directory
        return rig.prov.call("\(programs)/\(script)", [name] + words, limit: .seconds(240))
    }

    private func resume() throws -> [String] { ["e.yml", "--resume", try path()] }

    /// The experiment's only folder, from where the script runs.
    private func path() throws -> String {
        let parent = "experiments/\(name)"
        let names = try Files.list("\(rig.prov.folder)/\(parent)")
        return "\(parent)/\(try #require(names.first))"
    }

    private func record() throws -> ExperimentRecord {
        try ExperimentRecord(at: "\(rig.prov.folder)/\(path())/experiment.json")
    }

    /// Sends the script a signal in the midst of the trial behind so many, and returns how it ended.
    private func run(
        _ words: [String],
        until trials: Int,
        then signal: Int32
    ) async throws -> Outcome {
        let id = Mutex<Int32?>(nil)
        let script = call("experiment", words)
        async let ended = script.run(onStart: { started in id.withLock { $0 = started } })
        try await ChildProcess.waitFor("trial \(trials)", upTo: .seconds(120)) {
            // Before the first trial there is no record.
            ((try? record())?.entries.count ?? 0) >= trials
        }
        try await rig.load(hasRunFor: 1)
        kill(try #require(id.withLock { $0 }), signal)
        return try await ended
    }

    /// What Bash prints on every server, which must be the same.
    private func onServers(_ script: String) async throws -> String {
        let said = Set(try await rig.run(script, on: rig.deployment.servers).values)
        try #require(said.count == 1, "\(said)")
        return said.first ?? ""
    }

    /// Nothing is undone by a script that is killed, and its load goes on.
    func killInTheMidst() async throws {
        let outcome = try await run(["e.yml"], until: 1, then: SIGKILL)
        #expect(outcome.status == .signaled(SIGKILL))
        let record = try record()
        let running = try #require(record.underWay)
        // What a killed program had only kept for later would be lost: each line was in the pipe already.
        let lines = outcome.outputText.split(separator: "\n")
        #expect(lines.count == 2, "\(lines)")
        #expect(lines.first == "after an interruption go on with --resume \(try path())")
        #expect(record.entries.map(reasons) == [[]])
        #expect(record.entries[0].values.count == (record.entries[0].reasons.isEmpty ? 1 : 0))
        #expect(record.open == running.side)
        #expect(running.reasons == [cut])
        #expect(try await onServers("cat /run/variant") == variant(of: running) + "\n")
        try await rig.run("pgrep -x bench", on: rig.deployment.clients)
    }

    /// Trials of another system than those so far are refused, and nothing is touched.
    func refuse() async throws {
        let before = try record()
        // Nor does another script touch the servers under the load that the killed one left.
        let early = try await call("tweak-settings", ["hz=20"]).run()
        #expect(early.status == .exited(1))
        #expect(
            early.errorText.contains("go on with experiment by its --resume, or end it with: "),
            "\(early.errorText)"
        )
        try await rig.run("systemctl stop 'prov-stress-*'", on: rig.deployment.clients)
        try await tweak("hz=20")
        let outcome = try await call("experiment", resume()).run()
        #expect(outcome.status == .exited(1))
        let text = outcome.errorText
        #expect(text.contains("what it measures has changed since; undo that, or begin anew"))
        #expect(text.contains(#"server-0 setting hz is "20", and was "10""#))
        #expect(try record() == before)
        #expect(try await onServers("cat /run/variant") != "")
        try await tweak("hz=10")
    }

    private func tweak(_ setting: String) async throws {
        let outcome = try await call("tweak-settings", [setting]).run()
        try #require(outcome.isSuccess, "\(outcome.errorText)")
    }

    /// Undoes what the killed run left, keeps its trial as one that does not count, and goes on until it
    /// is interrupted, when it undoes its own.
    func goOn() async throws {
        let before = try record()
        let outcome = try await run(resume(), until: 4, then: SIGINT)
        #expect(outcome.status == .exited(1))
        #expect(outcome.errorText.hasSuffix("experiment: interrupted\n"))
        let record = try record()
        #expect(record.entries.prefix(2) == [before.entries[0], try #require(before.underWay)])
        #expect(record.entries.dropFirst(2).map(reasons) == [[], []])
        // The one that was cut short is run again at once.
        #expect(record.entries[2].side == record.entries[1].side)
        #expect(record.open == nil)
        let trial = try rig.record(in: "\(rig.prov.folder)/\(record.entries[1].trial ?? "")")
        #expect(trial["reasons"] as? [String] == ["it has not ended"])
        try await rig.run("! test -e /run/variant", on: rig.deployment.servers)
        try await rig.run("! pgrep -x bench", on: rig.deployment.clients)
    }

    /// Without time for another trial it says what is known, and shows every trial.
    func end() async throws {
        let outcome = try await call("experiment", resume() + ["--budget", "1s"]).run()
        #expect(outcome.status == .exited(4), "\(outcome.errorText)")
        #expect(outcome.outputText.contains("the budget is used up\n"))
        let record = try record()
        #expect(record.entries.map(reasons) == [[], [cut], [], [], [cut]])
        #expect(record.underWay == nil)
        let story = record.entries.map(variant).map { "do \($0)\nundo \($0)\n" }.joined()
        #expect(try await onServers("cat /run/story") == story)
        let page = try Files.read("\(rig.prov.folder)/\(path())/report.html")
        #expect(page.contains(cut))
    }

    /// What speaks against a trial, but for what a busy host does to any.
    private func reasons(_ entry: ExperimentRecord.Entry) -> [String] {
        entry.reasons.filter { !TrialRig.isOfTheHost($0) }
    }

    private func variant(of entry: ExperimentRecord.Entry) -> String {
        entry.side == .a ? "plain" : "tuned"
    }
}
