import DeploymentState
import Foundation
import LoadResult
import Shell
import Synchronization
import Testing

@testable import Deployment

@Suite("Going on with a trial")
struct LeftTrialTests {
    private static let address = ["client-0": "198.18.0.10", "server-0": "198.18.0.11"]

    /// A trial of this label whose loads have these runs.
    private static func trial(_ label: String, runs: [String]) -> LeftTrial {
        var running = RunningTrial(nodes: address)
        running.stresses = runs.map {
            RunningStress(
                run: $0,
                start: 1_000,
                stress: Evidence.stress,
                program: "bench load",
                faults: []
            )
        }
        let record = TrialRecord(
            deployment: "demo",
            deploymentId: "0a1b2c3d",
            label: label,
            started: Date(timeIntervalSince1970: 1_000_000),
            limits: ValidityLimits(),
            database: "redis",
            configs: [:],
            nodes: ["server-0": ["memory_limit": "1"]]
        )
        return LeftTrial(directory: "trials/demo/\(label)", record: record, running: running)
    }

    private static func choose(
        _ label: String,
        _ runs: [String: [String]],
        _ trials: [LeftTrial],
        broken: [AttachError] = []
    ) -> Result<String, AttachError> {
        do throws(AttachError) {
            let chosen = try LeftTrial.choose(
                label,
                runs: runs,
                among: trials,
                broken: broken,
                in: "trials/demo",
                of: "demo"
            )
            return .success(chosen.directory)
        } catch { return .failure(error) }
    }

    @Test("takes the trial that what runs belongs to, whichever others were left")
    func chosen() {
        let trials = [
            Self.trial("a", runs: ["1"]), Self.trial("b", runs: ["2"]),
            Self.trial("b", runs: ["3", "4"]),
        ]
        #expect(Self.choose("b", ["2": ["client-0"]], trials) == .success("trials/demo/b"))
        #expect(
            Self.choose("b", ["3": ["client-0"], "4": ["client-0"]], trials)
                == .success("trials/demo/b")
        )
    }

    @Test("says what is wrong, and what to do")
    func refused() throws {
        let trials = [Self.trial("a", runs: ["1"]), Self.trial("b", runs: ["2"])]
        func text(_ label: String, _ runs: [String: [String]]) -> String {
            if case .failure(let error) = Self.choose(label, runs, trials) {
                "\(error)"
            } else {
                ""
            }
        }
        #expect(
            text("a", [:])
                == "no load is on the clients of demo: it was ended, or they were started again; "
                + "begin a trial without --attach"
        )
        #expect(
            text("a", ["2": ["client-1", "client-0"], "1": ["client-0"]])
                == "2 loads are on the clients of demo, and they are of no one trial: 1 on client-0; "
                + "2 on client-0, client-1; end them with: prov jobs demo --stop"
        )
        // one of them is nobody's
        #expect(text("a", ["1": ["client-0"], "9": ["client-0"]]).hasPrefix("2 loads are on "))
        #expect(
            text("a", ["9": ["client-0"]]).hasPrefix(
                "a load is on client-0, and no trial in trials/demo has begun it: was its directory removed"
            )
        )
        #expect(
            text("a", ["2": ["client-0"]])
                == "the load is of trials/demo/b, whose label is \"b\" and not \"a\": give --label b"
        )
    }

    @Test("names the file that is no good, and no way to end a load that may be measured")
    func broken() {
        let trials = [Self.trial("a", runs: ["1"]), Self.trial("b", runs: ["1", "2"])]
        let broken = [AttachError.unreadable("trials/demo/c/running.json: cannot be read: a link")]
        func text(_ runs: [String: [String]], _ broken: [AttachError]) -> String? {
            guard case .failure(let error) = Self.choose("b", runs, trials, broken: broken) else {
                return nil
            }
            return "\(error)"
        }
        // One that another trial has begun is gone on with, whatever lies beside it.
        #expect(text(["2": ["client-0"]], broken) == nil)
        #expect(
            text(["9": ["client-1", "client-0"]], broken)
                == "a load is on client-0, client-1, and goes on; its trial may be one of which a file is "
                + "no good: trials/demo/c/running.json: cannot be read: a link"
        )
        #expect(
            text(["1": ["client-0"]], [])
                == "trials/demo/a and trials/demo/b say that they have begun the load 1: one is a copy; "
                + "move it away, and attach again"
        )
    }

    @Test("refuses a deployment that is another than before")
    func changed() throws {
        let trial = Self.trial("a", runs: ["1"])
        let client = try Node.made("client-0", address: "198.18.0.10")
        let server = try Node.made("server-0", address: "198.18.0.11")
        func check(_ id: String, _ nodes: [Node], _ system: String = "redis") -> String {
            do { try trial.check(id: id, nodes: nodes, system: system) } catch { return "\(error)" }
            return ""
        }
        #expect(check("0a1b2c3d", [client, server]) == "")
        let begun = "trials/demo/a: the deployment is not what it was when this trial was begun: "
        let remedy = "; begin a trial without --attach"
        #expect(
            check("ffffffff", [client, server])
                == begun + "the deployment was made anew since" + remedy
        )
        let moved = try Node.made("server-0", address: "198.18.0.99")
        let new = try Node.made("server-1", address: "198.18.0.11")
        #expect(
            check("0a1b2c3d", [moved, new], "etcd") == begun
                + "client-0 is gone, server-0 has another address, server-1 is new, "
                + "its servers ran redis, and the script takes etcd" + remedy
        )
    }

    @Test("finds on disk all that a killed script knew, but for what is secret")
    func disk() async throws {
        let folder = try Files.makeTemporaryDirectory("prov-attach")
        defer { try? Files.remove(folder) }  // else the system's cleaning
        let redaction = Redaction(names: RedisCluster().secretSettings)
        let before = try Evidence.reading(1_000)
        let evidence = StressEvidence(
            of: Evidence.stress,
            with: BenchLoad([]),
            clients: ["client-0"],
            before: before,
            isOnDataset: true,
            redaction: redaction
        )
        let template = Self.trial("a", runs: [])
        let trial = try Trial(template.record, in: folder, redaction: redaction)
        let notes = TrialNotes(nodes: Self.address) { notes in
            var record = template.record
            record.take(notes)
            try trial.write(record)
            try trial.write(notes.running)
        }
        notes.restore("base", DatasetContent(keyCount: 10, valueBytes: 1))
        notes.count("base")
        notes.add(prepared: Data("[7]".utf8))
        try notes.begin(Self.trial("a", runs: ["1"]).running.stresses[0], evidence)
        #expect(try !Files.read(trial.directory + "/trial.json").contains("hunter2"))
        #expect(try !Files.read(trial.directory + "/running.json").contains("hunter2"))

        let running = try #require(try RunningTrial.read(in: trial.directory))
        #expect(running == notes.running)
        let record = try TrialRecord(in: trial.directory)
        #expect(record.stresses.count == 1)
        #expect(record.nodes["server-0"]?["memory_limit"] != nil)
        let attachment = LeftTrial(directory: trial.directory, record: record, running: running)
        let again = TrialNotes(of: attachment, redaction: redaction) { _ in }
        #expect(again.restored == notes.restored)
        #expect(again.nextPrepared() == Data("[7]".utf8))
        #expect(again.nextPrepared() == nil)
        var (_, kept) = try #require(again.underWay("mixed"))
        // What was in force is compared with what is, also by a script that did not see it.
        kept.end(with: before)
        #expect(kept.changed == [:])
        var after = try Evidence.reading(1_032)
        after.databases["server-0"]?.settings["hz"] = "99"
        kept.end(with: after)
        #expect(kept.changed == ["server-0": ["hz"]])
    }

    /// Clients whose loader runs until it is said to have ended.
    private final class Clients: Sendable {
        let hasEnded = Mutex(false)
        /// How often a trial was prepared.
        let prepared = Mutex(0)
        let run = Mutex("")
        private let asked = Mutex<[String: Int]>([:])
        let isPolled: AsyncStream<Void>
        private let polled: AsyncStream<Void>.Continuation

        init() { (isPolled, polled) = AsyncStream.makeStream() }

        func answer(_ node: String, _ call: RemoteCall) throws -> RemoteResult {
            if call.command.text.contains("+%s.%N") {
                return RemoteResult(output: "\(Date().timeIntervalSince1970)\n")
            }
            if call.command.text.contains("result.json"), !call.command.text.contains("bash") {
                var result = Evidence.result(part: 1)
                (result.parts, result.due, result.sent, result.settled) = (
                    1, 600_000, 600_000, 600_000
                )
                let json = try JSONEncoder().encode(result)
                return RemoteResult(output: String(decoding: json, as: UTF8.self))
            }
            switch call.input.split(separator: "\n").first ?? "" {
            case "# start the load tool":
                let unit = call.command.text.firstMatch(of: /prov-stress-[0-9a-f]+\.service/)?.0
                run.withLock { $0 = unit.map(String.init) ?? "" }
                return RemoteResult()
            case "# list what runs here":
                return RemoteResult(output: "--job\nkind=stress\nid=\(run.withLock { $0 })\n")
            case "# look at the load tool":
                polled.yield()
                let sub = hasEnded.withLock { $0 } ? "exited" : "running"
                return RemoteResult(
                    output:
                        "LoadState=loaded\nActiveState=active\nSubState=\(sub)\nResult=success\n--\n"
                )
            case "# note the state of this node":
                let time = asked.withLock { asked in
                    asked[node, default: 0] += 32
                    return 1_000 + (asked[node] ?? 0)
                }
                return RemoteResult(output: Evidence.node(time, isServer: node == "server-0"))
            case "# ask redis what is in force": return RemoteResult(output: Evidence.redis())
            default: return RemoteResult()
            }
        }
    }

    @Test("follows a load to its end that a person left, and does nothing again that was done")
    func followed() async throws {
        let clients = Clients()
        let answer = { @Sendable (node: String, call: RemoteCall) in try clients.answer(node, call)
        }
        let files: @Sendable (String, String) -> String? = { _, _ in "a log\n" }
        try await withScripted(["client-0", "server-0"], answer: answer, files: files) {
            deployment,
            remotes in
            let folder = Files.split(deployment.state.path).directory + "/trials"
            let measure: @Sendable (Bool) async throws -> Trial = { attaches in
                try await deployment.measure("left", in: folder, attaching: attaches) {
                    deployment,
                    trial in
                    let keys = try await deployment.prepare {
                        clients.prepared.withLock { $0 += 1 }
                        return 500_000
                    }
                    #expect(keys == 500_000)
                    try await deployment.run(Evidence.stress, into: trial.stress)
                }
            }
            let begun = Task { try await measure(false) }
            for await _ in clients.isPolled { break }
            #expect(deployment.ledger.canLeave)
            deployment.ledger.leave()
            begun.cancel()
            await #expect(throws: LoadLeft.self) { _ = try await begun.value }
            let name = try #require(try Files.list(folder + "/demo").first)
            let directory = "\(folder)/demo/\(name)"
            let left = try TrialRecord(in: directory)
            #expect(left.ended == nil && left.reasons == ["it has not ended"])
            #expect(left.stresses.map(\.name) == ["mixed"])
            #expect(!remotes[0].called.contains { $0.input.hasPrefix("# stop the load tool") })

            clients.hasEnded.withLock { $0 = true }
            let again = try await measure(true)
            #expect(again.directory == directory)
            #expect(clients.prepared.withLock { $0 } == 1)
            let record = try TrialRecord(in: directory)
            #expect(record.stresses.count == 1 && record.stresses[0].after != nil)
            #expect(record.stresses[0].attached?.secondsBehindEnd == 0)
            #expect(record.started == left.started)
            #expect(again.validity.findings == [], "\(again.validity.headline)")
            #expect(try RunningTrial.read(in: directory) == nil)
            let started = remotes[0].called.filter { $0.input.hasPrefix("# start the load tool") }
            #expect(started.count == 1)
        }
    }

    @Test("says of a load that ended while no script was there that its nodes were read later")
    func late() throws {
        var evidence = try Evidence.whole()
        let time = Date(timeIntervalSince1970: 1_000_000)
        evidence.attached = StressEvidence.Attached(time: time, secondsBehindEnd: 5)
        #expect(Validity(of: [evidence], limits: ValidityLimits()).findings == [])
        evidence.attached?.secondsBehindEnd = 37
        let findings = Validity(of: [evidence], limits: ValidityLimits()).findings
        #expect(findings.map(\.kind) == ["unattended"])
        #expect(findings[0].text.contains("were read 37 s after it"))
    }
}
