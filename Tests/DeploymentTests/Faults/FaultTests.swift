import DeploymentState
import Foundation
import Shell
import Testing

@testable import Deployment

/// What is asked of faults, what a node is told, and what is made of its notes.
@Suite("Faults")
struct FaultTests {
    private static func server() throws -> Node { try Node.made("server-1") }

    private func unit(_ fault: Fault) -> FaultUnit {
        FaultUnit(
            name: "0a1b2c3d-0",
            plan: FaultPlan(fault: fault, start: .seconds(10), length: .seconds(5))
        )
    }

    private var stress: Stress {
        Stress(
            "mixed",
            operationsPerSecond: 100,
            for: .seconds(20),
            writeFraction: 0.1,
            on: DatasetContent(keyCount: 10, valueBytes: 10)
        )
    }

    @Test("is armed on the node before the load, with what takes it back however its unit ends")
    func arm() throws {
        let call = unit(.pause(try Self.server())).arm(start: 1_000.5, database: RedisCluster())
        #expect(
            call.command.text
                == "sudo -n bash -euo pipefail -s -- prov-fault-0a1b2c3d-0 1010.5 5.0 "
                + "'fault server-1: the database is paused' redis-server.service"
        )
        #expect(
            call.input == """
                # arm a fault: pause
                unit=$1 start=$2 seconds=$3 title=$4 notes=/run/prov-fault/$1.notes; shift 4
                :
                mkdir -p /run/prov-fault
                cat >/run/prov-fault/"$unit.begin" <<'END'
                unit=$1 state=/run/prov-fault/$1.state; shift
                systemctl kill --signal STOP "$1"
                END
                cat >/run/prov-fault/"$unit.undo" <<'END'
                unit=$1 state=/run/prov-fault/$1.state; shift
                systemctl kill --signal CONT "$1"
                END
                case $(awk -v start="$start" -v now="$(date +%s.%N)" 'BEGIN { print start - now }') in
                -*) echo "its time had passed when it was armed" >&2; exit 1 ;;
                esac
                # systemd gives a property's words to no shell, and takes % and $ in them for its own.
                cat >/run/prov-fault/"$unit.run" <<END
                bash -eu /run/prov-fault/$unit.begin $unit ${*@Q} 2>>$notes
                echo "began \\$(date +%s.%N)" >>$notes
                exec sleep $seconds
                END
                cat >/run/prov-fault/"$unit.stop" <<END
                bash -eu /run/prov-fault/$unit.undo $unit ${*@Q} 2>>$notes || exit 1
                echo "ended \\$(date +%s.%N)" >>$notes
                END
                # A time after now would count anew from each daemon-reload, of which the fault "kill" needs two.
                when=$(date --utc --date "@$start" '+%Y-%m-%d %H:%M:%S.%6N UTC')
                systemd-run --quiet --unit "$unit" --description "$title" --on-calendar "$when" --timer-property AccuracySec=10ms \\
                    --property "ExecStopPost=/bin/bash /run/prov-fault/$unit.stop" /bin/bash -eu /run/prov-fault/"$unit.run"
                """
        )
    }

    @Test("every kind is valid Bash, in each of its parts")
    func syntax() async throws {
        let server = try Self.server()
        let other = try Node.made("server-0", address: "198.18.0.11")
        let faults: [Fault] = [
            .pause(server), .kill(server), .partition(server, from: [other, server]),
            .slowNetwork(server, bitsPerSecond: 1_000_000), .fullDisk(server),
            .processors(server, 1),
        ]
        for fault in faults {
            let steps = FaultSteps(fault, database: RedisCluster())
            let whole = unit(fault).arm(start: 1, database: RedisCluster()).input
            for text in [steps.check, steps.begin, steps.undo, whole] {
                let check = LocalProcess(
                    "bash",
                    ["-n", "-c", text],
                    timeLimit: .seconds(20)
                )
                let outcome = try await check.run()
                #expect(outcome.isSuccess, "\(fault.word): \(outcome.errorText)")
            }
        }
        #expect(FaultSteps(faults[2], database: RedisCluster()).arguments == ["198.18.0.11"])
        #expect(
            faults.map(\.text)[2...] == [
                "server-1: cut off from server-0", "server-1: sends at most 1,000,000 bit/s",
                "server-1: the disk is full", "server-1: the database has 1 processor",
            ]
        )
    }

    @Test("a full disk is refused where the file system is the host's")
    func sharedDisk() throws {
        let check = FaultSteps(.fullDisk(try Self.server()), database: RedisCluster()).check
        #expect(check.contains("overlay | nfs* | 9p | virtiofs)"))
    }

    @Test("what cannot be meant is refused before anything runs")
    func refusals() async throws {
        let folder = try Files.makeTemporaryDirectory("prov-faults")
        defer { try? Files.remove(folder) }  // else the system's cleaning
        try await withScripted(["client-0", "server-1"]) { deployment, _ in
            let server = deployment.servers[0]
            #expect(throws: FaultError.outsideOfTrial("server-1: the database is paused")) {
                try deployment.inject(.pause(server), at: .seconds(1), for: .seconds(1))
            }
            _ = try? await deployment.measure("x", in: folder) { deployment, _ in
                let client = deployment.clients[0]
                for (fault, at, length) in [
                    (Fault.pause(server), -1, 1), (.pause(server), 0, 0), (.kill(client), 1, 1),
                    (.partition(server, from: [server]), 1, 1), (.processors(server, 0), 1, 1),
                    (.slowNetwork(server, bitsPerSecond: 99_999), 1, 1),
                ] {
                    #expect(throws: FaultError.self, "\(fault.text)") {
                        try deployment.inject(fault, at: .seconds(at), for: .seconds(length))
                    }
                }
                try deployment.inject(.pause(server), at: .seconds(16), for: .seconds(5))
                await #expect(throws: FaultError.self) {
                    try await deployment.run(stress, into: folder)
                }
                // it was for that stress and is gone
                #expect(try deployment.faultUnits(for: stress).isEmpty)
            }
        }
    }

    @Test("is armed before the load, ended behind it, and kept in the record with its times")
    func inTrial() async throws {
        let answer = { @Sendable (_: String, call: RemoteCall) -> RemoteResult in
            switch call.input.split(separator: "\n").first ?? "" {
            case "# look at the load tool":
                RemoteResult(
                    output:
                        "LoadState=loaded\nActiveState=active\nSubState=exited\nResult=success\n--\n"
                )
            case "# end a fault": RemoteResult(output: "began 10.5\nended 15.5\n")
            default: RemoteResult()
            }
        }
        let names = ["client-0", "server-1"]
        try await withScripted(names, answer: answer, files: { _, _ in "a log\n" }) {
            deployment,
            remotes in
            let folder = Files.split(deployment.state.path).directory + "/trials"
            let trial = try await deployment.measure("paused", in: folder) { deployment, trial in
                let server = deployment.servers[0]
                try deployment.inject(.pause(server), at: .seconds(10), for: .seconds(5))
                try await deployment.run(stress, into: trial.stress)
            }
            let steps = remotes[1].called.map { String($0.input.prefix { $0 != "\n" }) }
            let faults = steps.filter { $0.contains("fault") }
            #expect(
                faults == [
                    "# end faults of an earlier script", "# arm a fault: pause", "# end a fault",
                ]
            )
            let text = try Files.read(trial.directory + "/trial.json")
            #expect(text.contains("\"began\" : 10.5"))
            #expect(text.contains("\"text\" : \"server-1: the database is paused\""))
            #expect(!trial.validity.findings.contains { $0.kind == "fault" })
        }
    }

    @Test("the node's notes say when it began and ended, and what failed")
    func notes() throws {
        var fault = InjectedFault(unit(.pause(try Self.server())).plan)
        fault.take("began 1000.25\nended 1005.5\n")
        #expect(fault.began == 1_000.25)
        #expect(fault.ended == 1_005.5)
        #expect(fault.problem.isEmpty)
        var failed = InjectedFault(unit(.pause(try Self.server())).plan)
        failed.take("Failed to kill unit\nno such process\n")
        #expect(failed.began == nil)
        #expect(failed.problem == "Failed to kill unit; no such process")
    }

    @Test("a fault that did not begin, or was not taken back, makes a trial invalid")
    func validity() throws {
        let plan = unit(.kill(try Self.server())).plan
        var whole = InjectedFault(plan)
        whole.take("began 1\nended 2\n")
        var lasting = InjectedFault(plan)
        lasting.take("began 1\n")
        var evidence = StressEvidence(
            of: stress,
            with: BenchLoad([]),
            clients: [],
            before: Reading(moment: .init(time: Date())),
            isOnDataset: false,
            redaction: Redaction(names: [])
        )
        evidence.injected = [whole]
        #expect(Validity.faultFindings(evidence).isEmpty)
        evidence.injected = [whole, lasting, InjectedFault(plan)]
        #expect(
            Validity.faultFindings(evidence).map(\.text) == [
                "mixed: the fault was not taken back: server-1: the database is killed",
                "mixed: the fault did not begin: server-1: the database is killed",
            ]
        )
        #expect(Validity.unused([plan]).map(\.kind) == ["fault"])
    }
}
