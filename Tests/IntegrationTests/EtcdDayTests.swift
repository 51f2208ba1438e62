import Bench
import DeploymentState
import Foundation
import Shell
import Testing

/// The scripts of a user's day, unchanged, on real machines that run etcd.
@Suite(
    "A day with etcd on prov/local",
    .enabled(if: LocalMachines.canBeMade, LocalMachines.reason),
    .timeLimit(.minutes(10))
)
struct EtcdDayTests {
    @Test("set up, populate, snapshot, restore, measure, tweak, lose a member, deprovision")
    func day() async throws {
        try await ProvProgram.with { prov in
            let day = EtcdDay(prov: prov)
            try await day.provision()
            try await day.script("setup")
            #expect(try await day.members() == ["server-0", "server-1", "server-2"])
            try await day.script("populate-and-snapshot", "--keys", "2000")
            try await day.restoresWhatWasTaken()
            try await day.measure()
            try await day.tweak()
            try await day.loseAMember()
            try await day.deprovision()
        }
    }
}

/// The steps of the day; each checks what it made.
private struct EtcdDay {
    let prov: ProvProgram

    func provision() async throws {
        try Files.write(
            "system: etcd\nserver_count: 3\nclient_count: 1\nmonitor_count: 1\n",
            to: prov.folder + "/c.yml"
        )
        // The image of another system is made the first time, which takes minutes on a busy host.
        let outcome = try await prov.call(
            ProvProgram.executable,
            ["provision", "etcd", LocalMachines.template, "c.yml", "--yes"],
            limit: .seconds(400)
        )
        .run()
        try #require(outcome.isSuccess, "\(outcome.errorText)")
        let record = try StateDirectory.open(prov.folder + "/etcd").record
        #expect(record.system == "etcd")
    }

    private func run(_ script: String, _ words: [String]) async throws -> Outcome {
        let folder = Files.split(ProvProgram.executable).directory
        return try await prov.call("\(folder)/\(script)", ["etcd"] + words, limit: .seconds(240))
            .run()
    }

    @discardableResult
    func script(_ name: String, _ words: String...) async throws -> String {
        let outcome = try await run(name, words)
        try #require(
            outcome.isSuccess || TrialRig.isSpoiltByTheHost(outcome),
            "\(name): \(outcome.outputText)\(outcome.errorText)"
        )
        return outcome.outputText
    }

    @discardableResult
    private func on(_ node: String, _ command: String) async throws -> String {
        let ssh = LocalMachines.repository + "/bin/ssh"
        let outcome = try await prov.call(ssh, ["etcd", node, command]).run()
        try #require(outcome.isSuccess, "\(command): \(outcome.errorText)")
        return outcome.outputText
    }

    /// The started members by name, as the first server sees them.
    func members() async throws -> [String] {
        try await on("server-0", "etcdctl member list").split(separator: "\n")
            .map { $0.split(separator: ", ", omittingEmptySubsequences: false) }
            .filter { $0[1] == "started" }.map { String($0[2]) }.sorted()
    }

    /// What was deleted, changed and added since the snapshot is as it was.
    func restoresWhatWasTaken() async throws {
        let old = try await on("server-1", "etcdctl get key:000000000005 --print-value-only")
        #expect(old.count == 101)
        try await on("server-1", "etcdctl del key:000000000004 && etcdctl put key:000000000005 x")
        try await on("server-2", "etcdctl put another 1")
        try await script("restore-and-run", "--rate", "50", "--seconds", "6", "--label", "restore")
        for server in ["server-0", "server-1", "server-2"] {
            let value = try await on(server, "etcdctl get key:000000000005 --print-value-only")
            // A load of one write in ten may have written it again: as long, and no longer x.
            #expect(value.count == 101)
            #expect(try await on(server, "etcdctl get key:000000000004").isEmpty == false)
            #expect(try await on(server, "etcdctl get another").isEmpty)
        }
    }

    func measure() async throws {
        try await script("restore-and-run", "--rate", "200", "--seconds", "8")
        let names = try Files.list(prov.folder + "/trials/etcd")
        let trial =
            prov.folder + "/trials/etcd/"
            + (try #require(names.first { $0.hasSuffix("-mixed") }))
        let text = try Files.read(trial + "/trial.json")
        let record = try #require(
            try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        )
        #expect(record["database"] as? String == "etcd")
        let reasons = try #require(record["reasons"] as? [String])
        #expect(reasons.filter { !TrialRig.isOfTheHost($0) } == [])
        let nodes = record["nodes"] as? [String: [String: String]]
        #expect(nodes?["server-2"]?["database"]?.hasPrefix("etcd 3.") == true)
        let summary = try await Summary(of: [trial], invalidToo: true)
        let due = summary.tags.filter { $0.tag.hasSuffix("-rt") }
        #expect(due.reduce(0) { $0 + $1.count } == 200 * 8)
        #expect(due.allSatisfy { $0.errors == 0 })
        #expect(try !Files.list(trial + "/monitoring/monitor-0").isEmpty)
    }

    func tweak() async throws {
        let said = try await script("tweak-settings", "snapshot-count=5000")
        #expect(said == "snapshot-count 5000\n")
        let refused = try await run("tweak-settings", ["snapshot-cuont=5000"])
        #expect(refused.status == .exited(1))
        #expect(
            refused.errorText.contains("unrecognized environment variable ETCD_SNAPSHOT_CUONT=5000")
        )
        // In force from the next start on, which goes through a running cluster.
        try await script("setup")
        let options = "sudo cat /proc/$(systemctl show -p MainPID --value etcd)/environ"
        #expect(try await on("server-1", options).contains("ETCD_SNAPSHOT_COUNT=5000"))
    }

    /// A member that lost its data leaves, joins anew through the others, and has all keys again.
    func loseAMember() async throws {
        let before = try await on("server-0", "etcdctl get '' --prefix --keys-only | wc -l")
        try await on("server-2", "sudo systemctl stop etcd && sudo rm -r /var/lib/etcd/default")
        try await script("setup")
        #expect(try await members() == ["server-0", "server-1", "server-2"])
        let after = try await on("server-2", "etcdctl get '' --prefix --keys-only | wc -l")
        #expect(after == before)
    }

    func deprovision() async throws {
        let id = try StateDirectory.find(prov.folder + "/etcd").record.id
        let outcome = try await prov.run("deprovision", "etcd", "--yes")
        try #require(outcome.isSuccess, "\(outcome.errorText)")
        let leftovers = try await prov.call(LocalMachines.template + "/leftovers", [id]).run()
        #expect(leftovers.status == .exited(0), "\(leftovers.outputText)")
    }
}
