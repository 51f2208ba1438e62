import Bench
import Deployment
import DeploymentState
import Foundation
import Shell
import Testing

/// The scripts of a user's day, unchanged, on real machines that run PostgreSQL.
@Suite(
    "A day with PostgreSQL on prov/local",
    .enabled(if: LocalMachines.canBeMade, LocalMachines.reason),
    .timeLimit(.minutes(15))
)
struct PostgreSQLDayTests {
    @Test("set up, populate, snapshot, restore, measure, tweak, lose a replica, deprovision")
    func day() async throws {
        try await ProvProgram.with { prov in
            let day = PostgreSQLDay(prov: prov)
            try await day.provision()
            try await day.refusesKeysBeforeItTouchesAnything()
            try await day.script("setup")
            try await day.listensToThePrivateAddressAlone()
            try await day.script("populate-and-snapshot", "--keys", "200000")
            try await day.restoresWhatWasTaken()
            try await day.measure()
            try await day.tweak()
            try await day.playsAnyCommand()
            try await day.missesATool()
            try await day.loseAReplica()
            try await day.deprovision()
        }
    }
}

/// The steps of the day; each checks what it made.
private struct PostgreSQLDay {
    private static let name = "postgresql"
    private static let servers = ["server-0", "server-1"]

    let prov: ProvProgram

    func provision() async throws {
        try Files.write(
            "system: postgresql\nserver_count: 2\nclient_count: 1\nmonitor_count: 1\n",
            to: prov.folder + "/c.yml"
        )
        // The image of another system is made the first time, which takes minutes on a busy host.
        let outcome = try await prov.call(
            ProvProgram.executable,
            ["provision", Self.name, LocalMachines.template, "c.yml", "--yes"],
            limit: .seconds(400)
        )
        .run()
        try #require(outcome.isSuccess, "\(outcome.errorText)")
    }

    private func run(_ script: String, _ words: [String]) async throws -> Outcome {
        let folder = Files.split(ProvProgram.executable).directory
        return try await prov.call("\(folder)/\(script)", [Self.name] + words, limit: .seconds(240))
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

    /// The servers are not set up yet, which would be said if they were looked at.
    func refusesKeysBeforeItTouchesAnything() async throws {
        let outcome = try await run("populate-and-snapshot", ["--keys", "150000"])
        #expect(outcome.status == .exited(1))
        #expect(outcome.errorText.contains("pgbench makes them by the 100,000"), "\(outcome)")
        #expect(!outcome.errorText.contains("start postgresql"), "\(outcome)")
    }

    @discardableResult
    private func on(_ node: String, _ command: String) async throws -> String {
        let ssh = LocalMachines.repository + "/bin/ssh"
        let outcome = try await prov.call(ssh, [Self.name, node, command]).run()
        try #require(outcome.isSuccess, "\(command): \(outcome.errorText)")
        return outcome.outputText
    }

    /// What PostgreSQL on a server answers to a statement.
    @discardableResult
    private func ask(_ node: String, _ statement: String) async throws -> String {
        try await on(node, "cd / && sudo -u postgres psql -qAtXc \"\(statement)\"")
            .trimmingCharacters(in: .newlines)
    }

    func listensToThePrivateAddressAlone() async throws {
        let state = try StateDirectory.open(prov.folder + "/" + Self.name)
        #expect(state.record.system == "postgresql")
        for server in Self.servers {
            let node = try #require(state.inventory.nodes.first { $0.name == server })
            let sockets = try await on(server, "sudo ss -Hltn 'sport = :5432 or sport = :9187'")
            let addresses = sockets.split(separator: "\n")
                .compactMap { $0.split(separator: " ").dropFirst(3).first.map(String.init) }
            #expect(
                Set(addresses) == [
                    "127.0.0.1:5432", "\(node.privateIP):5432", "\(node.privateIP):9187",
                ]
            )
        }
        // Without the password nobody is let in.
        let outcome = try await prov.call(
            LocalMachines.repository + "/bin/ssh",
            [Self.name, "client-0", "psql -w -h server-0 -U postgres -c 'SELECT 1' postgres"]
        )
        .run()
        #expect(outcome.errorText.contains("no password supplied"))
    }

    /// What was deleted, changed and added since the snapshot is as it was, on the replica, too.
    func restoresWhatWasTaken() async throws {
        let old = try await ask("server-0", "SELECT abalance FROM pgbench_accounts WHERE aid = 5")
        try await ask(
            "server-0",
            """
            DELETE FROM pgbench_accounts WHERE aid = 4; CREATE TABLE another (x int); \
            UPDATE pgbench_accounts SET abalance = 123456 WHERE aid = 5
            """
        )
        try await script("restore-and-run", "--rate", "50", "--seconds", "6", "--label", "restore")
        for server in Self.servers {
            let counts = "SELECT count(*), count(*) FILTER (WHERE aid = 4) FROM pgbench_accounts"
            #expect(try await ask(server, counts) == "200000|1")
            #expect(try await ask(server, "SELECT to_regclass('another') IS NULL") == "t")
            // A load of one write in ten may have changed it, by 5,000 at most.
            let balance =
                "SELECT abs(abalance - \(old)) < 100000 FROM pgbench_accounts WHERE aid = 5"
            #expect(try await ask(server, balance) == "t")
        }
    }

    func measure() async throws {
        try await script("restore-and-run", "--rate", "200", "--seconds", "8")
        let trial = try trial("mixed")
        let record = try record(trial)
        #expect(record["database"] as? String == "postgresql")
        let reasons = try #require(record["reasons"] as? [String])
        #expect(reasons.filter { !TrialRig.isOfTheHost($0) } == [])
        let nodes = record["nodes"] as? [String: [String: String]]
        #expect(nodes?["server-1"]?["database"]?.hasPrefix("postgresql 15.") == true)
        let settings = (record["settings"] as? [String: [String: String]])?["all"]
        #expect(settings?["shared_buffers"] == "128MB" && settings?["ssl"] == "off")
        let load = (record["load"] as? [String: [String: Any]])?["mixed"]
        #expect(load?["program"] as? String == "pgbench")
        let summary = try await Summary(of: [trial], invalidToo: true)
        #expect(summary.isByDueTime)
        let due = summary.tags.filter { $0.tag.hasSuffix("-rt") }
        #expect(due.map(\.tag) == ["READ-rt", "WRITE-rt"])
        let count = due.reduce(0) { $0 + $1.count }
        // Random moments: 1,600 give or take six times their root.
        #expect((1_360...1_840).contains(count), "\(count)")
        #expect(due.allSatisfy { $0.errors == 0 })
        #expect(try !Files.list(trial + "/monitoring/monitor-0").isEmpty)
    }

    private func trial(_ label: String) throws -> String {
        let folder = prov.folder + "/trials/" + Self.name
        let name = try #require(try Files.list(folder).first { $0.hasSuffix("-" + label) })
        return folder + "/" + name
    }

    private func record(_ trial: String) throws -> [String: Any] {
        let text = try Files.read(trial + "/trial.json")
        let object = try JSONSerialization.jsonObject(with: Data(text.utf8))
        return try #require(object as? [String: Any])
    }

    func tweak() async throws {
        let said = try await script("tweak-settings", "shared_buffers=64MB")
        #expect(said.contains("shared_buffers 64MB\n"))
        let refused = try await run("tweak-settings", ["shared_bufers=64MB"])
        #expect(refused.status == .exited(1))
        #expect(
            refused.errorText.contains("unrecognized configuration parameter \"shared_bufers\"")
        )
        // In force from the next start on, which goes through a running cluster.
        try await script("setup")
        for server in Self.servers {
            #expect(try await ask(server, "SHOW shared_buffers") == "64MB")
        }
    }

    /// A command line of the user's as a load: it knows its part, and its trial says that nobody judged it.
    func playsAnyCommand() async throws {
        let state = try StateDirectory.open(prov.folder + "/" + Self.name)
        let deployment = try await Deployment.connect(to: state)
        let stress = Stress(
            "mine",
            operationsPerSecond: 10,
            for: .seconds(2),
            writeFraction: 0,
            on: DatasetContent(keyCount: 200_000, valueBytes: 100)
        )
        let command = CommandLoad("/bin/sh") { part in
            ["-c", #"echo "$0 $1 of $2"; test -d "$3" && pg_isready --host "${0%%:*}""#]
                + [part.servers[0], "\(part.place + 1)", "\(part.clients)", part.folder]
        }
        let trial = try await deployment.measure("mine", in: prov.folder + "/trials") {
            own,
            trial in
            let logs = try await own.run(stress, with: command, into: trial.stress)
            #expect(logs == [])
        }
        let output = try Files.read(trial.directory + "/stress/mine/client-0/output.log")
        let server = try #require(state.inventory.nodes.first { $0.name == "server-0" })
        #expect(output.contains("\(server.privateIP):5432 1 of 1\n"))
        #expect(output.contains("accepting connections"))
        #expect(trial.validity.findings.map(\.kind).contains("unwitnessed"))
        #expect(trial.validity.verdict == .questionable)
        let failing = CommandLoad("/bin/sh") { _ in ["-c", "echo why; exit 7"] }
        // It may have failed before systemd says that it began, or after.
        let error = await #expect(throws: (any Error).self) {
            try await deployment.run(stress, with: failing, into: prov.folder + "/failed")
        }
        let said = error.map { "\($0)" } ?? ""
        #expect(said.contains("client-0: ") && said.hasSuffix("\n    why"), "\(said)")
        await deployment.close()
    }

    /// A missing tool is said before anything on a server changes.
    func missesATool() async throws {
        try await ask("server-0", "CREATE TABLE untouched (x int)")
        try await on("client-0", "sudo mv /opt/prov/bench /opt/prov/bench.away")
        let outcome = try await run("restore-and-run", ["--rate", "50", "--seconds", "6"])
        #expect(outcome.status == .exited(1))
        #expect(outcome.errorText.contains("client-0: no \"/opt/prov/bench\", which pgbench needs"))
        #expect(try await ask("server-0", "SELECT to_regclass('untouched') IS NULL") == "f")
        try await on("client-0", "sudo mv /opt/prov/bench.away /opt/prov/bench")
    }

    /// A replica that lost its data copies the primary anew.
    func loseAReplica() async throws {
        let data = "/var/lib/postgresql/15/main"
        try await on("server-1", "sudo systemctl stop postgresql@15-main && sudo rm -r \(data)")
        try await script("setup")
        #expect(
            try await ask("server-0", "SELECT application_name, state FROM pg_stat_replication")
                == "server-1|streaming"
        )
        #expect(try await ask("server-1", "SELECT pg_is_in_recovery()") == "t")
        let slots = "SELECT slot_name, active FROM pg_replication_slots"
        #expect(try await ask("server-0", slots) == "server_1|t")
        // The replica's set-up touched nothing of what the primary has.
        #expect(try await ask("server-1", "SELECT to_regclass('untouched') IS NULL") == "f")
    }

    func deprovision() async throws {
        let id = try StateDirectory.find(prov.folder + "/" + Self.name).record.id
        let outcome = try await prov.run("deprovision", Self.name, "--yes")
        try #require(outcome.isSuccess, "\(outcome.errorText)")
        let leftovers = try await prov.call(LocalMachines.template + "/leftovers", [id]).run()
        #expect(leftovers.status == .exited(0), "\(leftovers.outputText)")
    }
}
