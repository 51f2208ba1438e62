import DeploymentState
import Foundation
import Shell
import Testing

@testable import Deployment

/// Faults that a script injects, on real machines of this host: what each does, seen by another
/// process, and that nothing of it is left.
@Suite(
    "Injected faults on prov/local",
    .enabled(if: LocalMachines.canBeMade, LocalMachines.reason),
    .timeLimit(.minutes(10))
)
struct InjectedFaultTests {
    @Test("each does what its name says, at its time, and undoes itself, whoever is killed")
    func faults() async throws {
        try await TrialRig.with("rig-injected", clients: 1) { rig in
            // A disk of the database's own, which may be filled.
            try await rig.run(
                """
                systemctl stop redis-server
                mount -t tmpfs -o size=48m,mode=0750 tmpfs /var/lib/redis
                chown redis: /var/lib/redis
                """,
                on: [rig.server]
            )
            try await rig.deployment.startCluster()
            try await rig.populate()
            try await rig.eachInOneTrial()
            try await rig.orphan()
            try await rig.killedUnit()
        }
    }
}

extension TrialRig {
    /// What a look every 0.1 s at the server finds wrong, a word for each fault that it shows.
    private static let looks = """
        client=$1
        while ((SECONDS < 34)); do
            found=$(systemctl is-active redis-server >/dev/null || echo kill)
            process=$(systemctl show --property MainPID --value redis-server)
            case $(ps -o stat= -p "$process") in T*) found+=" pause" ;; esac
            [ -z "$(nft list tables)" ] || timeout 0.2 bash -c "</dev/tcp/$client/22" || found+=" partition"
            ! tc qdisc show | grep -q 'tbf.*rate 1Mbit' || found+=" slow_network"
            [ "$(taskset --cpu-list --pid "$process" 2>/dev/null | sed 's/.*: //')" != 0 ] || found+=" processors"
            [ "$(df --output=avail /var/lib/redis | tail -n 1)" -gt 0 ] || found+=" full_disk"
            echo $found
            sleep 0.1
        done
        """

    /// One after the other in one load; two are under way together at no time.
    fileprivate func eachInOneTrial() async throws {
        let load = Stress(
            "mixed",
            operationsPerSecond: 500,
            for: .seconds(26),
            writeFraction: 0.1,
            on: content,
            requestTimeout: .seconds(10)
        )
        let client = deployment.clients[0]
        let faults: [Fault] = [
            .pause(server), .kill(server), .partition(server, from: [client]),
            .slowNetwork(server, bitsPerSecond: 1_000_000), .processors(server, 1),
            .fullDisk(server),
        ]
        let look = RemoteCall.script(
            Self.looks,
            arguments: [.plain(client.privateIP)],
            timeLimit: .seconds(120)
        )
        var limits = ValidityLimits()
        limits.errorShare = Bound()
        let target = server
        let trial = try await deployment.measure("faults", limits: limits, in: folder) {
            deployment,
            trial in
            try await deployment.restoreDataset("base")
            try await deployment.startCluster()
            for (index, fault) in faults.enumerated() {
                try deployment.inject(fault, at: .seconds(1 + 4 * index), for: .seconds(2))
            }
            async let played = deployment.run(load, into: trial.stress)
            let seen = try await deployment.onEach([target]) { try await $0.execute(look) }
            _ = try await played
            let text = try #require(seen[target])
            let looks = text.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            // Each in its turn, none beside another, and none before the first or behind the last.
            #expect(looks.first == "" && looks.last == "")
            let order = looks.filter { !$0.isEmpty }
                .reduce(into: [String]()) { if $0.last != String($1) { $0.append(String($1)) } }
            #expect(order == faults.map(\.word))
        }
        let record = try record(in: trial.directory)
        let stresses = try #require(record["stresses"] as? [[String: Any]])
        let injected = try #require(stresses.first?["injected"] as? [[String: Any]])
        #expect(injected.map { $0["kind"] as? String } == faults.map(\.word))
        for fault in injected {
            let began = try #require(fault["began"] as? Double, "\(fault)")
            let ended = try #require(fault["ended"] as? Double, "\(fault)")
            #expect((1.9...8).contains(ended - began), "\(fault)")
            #expect(fault["problem"] as? String == "", "\(fault)")
        }
        // That the database was killed on purpose speaks against nothing, and no fault failed.
        let kinds = Set(trial.validity.findings.map(\.kind))
        #expect(kinds.isDisjoint(with: ["fault", "database", "restarted"]), "\(trial.validity)")
        try await nothingIsLeft()
    }

    /// Whoever armed a fault is gone before it begins: the node ends it by itself.
    fileprivate func orphan() async throws {
        let unit = FaultUnit(
            name: "orphan",
            plan: FaultPlan(fault: .pause(server), start: .seconds(2), length: .seconds(3))
        )
        let other = try await Deployment.connect(to: deployment.state)
        try await other.arm([unit], start: Date().timeIntervalSince1970)
        await other.close()
        try await wait(for: Self.state("T"))
        try await wait(for: Self.state("S"))
        #expect(
            try await run("cat /run/prov-fault/*.notes", on: [server])[server]?.contains("ended")
                == true
        )
        try await run("rm -r /run/prov-fault", on: [server])
        try await nothingIsLeft()
    }

    /// The fault's own process is killed while the database stands still.
    fileprivate func killedUnit() async throws {
        let unit = FaultUnit(
            name: "killed",
            plan: FaultPlan(fault: .pause(server), start: .seconds(2), length: .seconds(300))
        )
        try await deployment.arm([unit], start: Date().timeIntervalSince1970)
        try await wait(for: Self.state("T"))
        try await run("systemctl kill --signal KILL prov-fault-killed.service", on: [server])
        try await wait(for: Self.state("S"))
        let ended = try await deployment.end([unit.armed])
        #expect(ended.allSatisfy { $0.ended != nil && $0.problem.isEmpty }, "\(ended)")
        try await nothingIsLeft()
    }

    /// Succeeds once the database's process is in a state of `ps`.
    private static func state(_ letter: String) -> RemoteCall {
        .script(
            """
            process=$(systemctl show --property MainPID --value redis-server)
            # A process that is at work is in state R as well as in S.
            case $(ps -o stat= -p "$process" | tr R S) in "$1"*) ;; *) exit 1 ;; esac
            """,
            arguments: [.plain(letter)]
        )
    }

    private func wait(for call: RemoteCall) async throws {
        try await deployment.waitFor([server], "the state", timeout: .seconds(60)) { _ in call }
    }

    private func nothingIsLeft() async throws {
        let left = try await run(
            """
            systemctl list-units --all --no-legend 'prov-fault-*' | cat
            ls -d /run/prov-fault/* /run/systemd/system/*.d/prov-fault.conf 2>/dev/null || true
            nft list tables
            tc qdisc show | grep tbf || true
            ls -A /var/lib/redis | grep fault || true
            """,
            on: [server]
        )
        #expect(left[server] == "")
        try await run("redis-cli ping | grep -q PONG", on: [server])
    }
}
