import DeploymentState
import Foundation
import Synchronization
import Testing
import Usage

@testable import Deployment

@Suite("Loads that were left")
struct LeftLoadTests {
    private static let load = LeftLoad(
        run: "0a1b2c3d",
        what: "stress mixed (bench load)",
        clients: ["client-0", "client-1"],
        runs: true,
        seconds: 12
    )
    private static let words = ["/x/restore-and-run", "demo", "--attach", "--label", "k9"]

    /// A trial of 30 s from second 1,000 on whose load has this run.
    private static func trial(_ run: String, by script: RunningScript?) -> LeftTrial {
        var running = RunningTrial(nodes: [:], script: script)
        running.stresses = [
            RunningStress(
                run: run,
                start: 1_000,
                stress: Evidence.stress,
                program: "bench load",
                faults: []
            )
        ]
        let record = TrialRecord(
            deployment: "demo",
            deploymentId: "0a1b2c3d",
            label: "k9",
            started: Date(timeIntervalSince1970: 1_000_000),
            limits: ValidityLimits(),
            database: "redis",
            configs: [:],
            nodes: [:]
        )
        return LeftTrial(directory: "trials/demo/k9", record: record, running: running)
    }

    private static func found(
        _ trials: [LeftTrial],
        _ load: LeftLoad = load,
        at now: Double = 1_012.5,
        goingOn: GoingOn = .not
    ) -> LoadsFound {
        LoadsFound(
            [load],
            of: trials,
            in: "trials/demo",
            of: "demo",
            now: now,
            goingOn: goingOn
        )
    }

    private static let whole = RunningScript("restore-and-run", words, attaches: true)
    private static let row = RunningScript("experiment", ["/x/experiment", "a b"], attaches: false)

    @Test("are put together from what the clients show, and have ended only where all have")
    func all() {
        func job(_ run: String, _ state: String, _ seconds: Int) -> Job {
            Job(
                kind: .stress,
                id: "prov-stress-\(run).service",
                what: "stress mixed (bench load)",
                state: state,
                seconds: seconds,
                lastLine: ""
            )
        }
        let fault = Job(
            kind: .fault,
            id: "prov-fault-x.service",
            what: "x",
            state: "runs",
            lastLine: ""
        )
        let loads = LeftLoad.all(in: [
            "client-1": [job("2", "has ended", 900), job("1", "runs", 5), fault],
            "client-0": [job("1", "has ended", 700)], "server-0": [fault],
        ])
        #expect(loads.map(\.run) == ["1", "2"])
        #expect(loads.map(\.runs) == [true, false])
        #expect(loads.first?.clients == ["client-0", "client-1"])
        #expect(loads.map(\.seconds) == [5, nil])
    }

    @Test("stand in the way while they run, with the trial, the time left and both ways out")
    func running() {
        let found = Self.found([Self.trial("0a1b2c3d", by: Self.whole)])
        #expect(found.unfetched == [])
        #expect(
            found.inTheWay == [
                "trials/demo/k9: its stress mixed (bench load) runs on client-0, client-1, for 18 s more, and "
                    + "its script is gone: go on with it by: swift run restore-and-run demo --label k9 "
                    + "--attach, or end it with: prov jobs demo --stop"
            ]
        )
        // --resume is of rows of trials, and no way to go on with another script's
        let resumed = Self.found([Self.trial("0a1b2c3d", by: Self.whole)], goingOn: .row)
        #expect(resumed == found)
        let late = Self.found([Self.trial("0a1b2c3d", by: Self.whole)], at: 1_031)
        #expect(late.inTheWay.first?.contains("client-1, and is at its end, and its") == true)
    }

    @Test("of a row of trials are ended by its --resume, and by nothing else")
    func row() {
        let trials = [Self.trial("0a1b2c3d", by: Self.row)]
        #expect(Self.found(trials, goingOn: .row) == LoadsFound.none)
        let found = Self.found(trials)
        #expect(found.inTheWay.count == 1)
        #expect(found.inTheWay[0].contains("go on with experiment by its --resume, or end it with"))
    }

    @Test("of no trial here, or of one of an older version, stand in the way too")
    func foreign() {
        let others = Self.found([Self.trial("ffffffff", by: Self.whole)], goingOn: .row)
        #expect(
            others.inTheWay == [
                "stress mixed (bench load) runs on client-0, client-1 since 12 s, and no trial in trials/demo "
                    + "has begun it: go to the directory where its script ran and go on with it by --attach, "
                    + "or end it with: prov jobs demo --stop"
            ]
        )
        let old = Self.found([Self.trial("0a1b2c3d", by: nil)])
        #expect(old.inTheWay.first?.contains("with --attach --label k9, or end it") == true)
    }

    @Test("are only said when they have ended and a script can fetch them")
    func ended() {
        var load = Self.load
        load.runs = false
        let found = Self.found([Self.trial("0a1b2c3d", by: Self.whole)], load)
        #expect(found.inTheWay == [])
        #expect(
            found.unfetched == [
                "trials/demo/k9: its load has ended, and nobody has fetched it; until the next load begins it "
                    + "can be, with: swift run restore-and-run demo --label k9 --attach"
            ]
        )
        #expect(Self.found([], load) == LoadsFound.none)
        #expect(Self.found([Self.trial("0a1b2c3d", by: Self.row)], load) == LoadsFound.none)
        // one that fills the servers is filled again
        load = Self.load
        load.what = "stress populate (bench load)"
        #expect(Self.found([], load) == LoadsFound.none)
    }

    @Test("are named in words that a shell takes, without secrets on disk")
    func line() {
        let words = ["/x/a", "demo", "--x", "b c", "requirepass=p"]
        let script = RunningScript("a", words, attaches: true)
        #expect(script.attachLine == "swift run a demo --x 'b c' requirepass=p --attach")
        let redaction = Redaction(names: ["requirepass"])
        #expect(script.kept(redaction).words == ["demo", "--x", "b c", "requirepass=[redacted]"])
        #expect(Self.row.words == [] && Self.row.attachLine == nil)
    }

    @Test("make a script fail before it touches anything, unless it goes on with one")
    func spared() async throws {
        let folder = try Files.makeTemporaryDirectory("prov-left")
        defer { try? Files.remove(folder) }  // else the system's cleaning
        let template = Self.trial("0a1b2c3d", by: Self.whole)
        let trial = try Trial(template.record, in: folder, redaction: Redaction(names: []))
        try trial.write(template.running)
        let state = Mutex("runs")
        let answer = { @Sendable (node: String, _: RemoteCall) in
            RemoteResult(
                output: "--job\nkind=stress\nid=prov-stress-0a1b2c3d.service\n"
                    + "what=stress mixed (bench load)\nstate=\(state.withLock { $0 })\nseconds=9\n"
            )
        }
        let said = Mutex("")
        try await withScripted(
            ["client-0", "server-0"],
            answer: answer,
            said: { text in said.withLock { $0 += text } }
        ) { deployment, remotes in
            try await deployment.spareLoads(goingOn: .trial, in: folder)
            #expect(remotes.allSatisfy { $0.called.isEmpty })
            let error = await #expect(throws: LoadInTheWay.self) {
                try await deployment.spareLoads(goingOn: .not, in: folder)
            }
            #expect(error?.description.contains(trial.directory + ": its stress mixed") == true)
            #expect(remotes[0].called == [JobCalls.list] && remotes[1].called.isEmpty)
            #expect(said.withLock { $0 } == "")
            state.withLock { $0 = "has ended" }
            try await deployment.spareLoads(goingOn: .not, in: folder)
            #expect(said.withLock { $0 }.hasPrefix(trial.directory + ": its load has ended"))
        }
    }
}

extension LoadsFound {
    /// Nothing to say.
    fileprivate static let none = LoadsFound(
        [],
        of: [],
        in: "",
        of: "",
        now: 0,
        goingOn: .not
    )
}
