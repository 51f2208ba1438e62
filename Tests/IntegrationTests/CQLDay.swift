import Bench
import Deployment
import DeploymentState
import Foundation
import Shell
import Testing

/// The steps of a day with stand-ins for Scylla or Cassandra; each checks what it made.
struct CQLDay {
    private static let servers = ["server-0", "server-1", "server-2"]
    private static let clients = ["client-0", "client-1"]
    private static let keys = 600

    let name: String
    let prov: ProvProgram

    /// Makes the machines, does `body`, and ends them.
    static func with(_ name: String, _ body: (CQLDay) async throws -> Void) async throws {
        try await ProvProgram.with { prov in
            let day = CQLDay(name: name, prov: prov)
            try await day.provision()
            try await body(day)
            try await day.deprovision()
        }
    }

    private func provision() async throws {
        try Files.write(
            "system: \(name)\nserver_count: 3\nclient_count: 2\nmonitor_count: 1\n",
            to: prov.folder + "/c.yml"
        )
        let outcome = try await prov.call(
            ProvProgram.executable,
            ["provision", name, LocalMachines.template, "c.yml", "--yes"],
            limit: .seconds(400)
        )
        .run()
        try #require(outcome.isSuccess, "\(outcome.errorText)")
        #expect(try StateDirectory.open(prov.folder + "/" + name).record.system == name)
    }

    private func run(_ script: String, _ words: [String]) async throws -> Outcome {
        let folder = Files.split(ProvProgram.executable).directory
        return try await prov.call("\(folder)/\(script)", [name] + words, limit: .seconds(240))
            .run()
    }

    @discardableResult
    func script(_ script: String, _ words: String...) async throws -> String {
        let outcome = try await run(script, words)
        try #require(
            outcome.isSuccess || TrialRig.isSpoiltByTheHost(outcome),
            "\(script): \(outcome.outputText)\(outcome.errorText)"
        )
        return outcome.outputText
    }

    @discardableResult
    private func on(_ node: String, _ command: String) async throws -> String {
        let ssh = LocalMachines.repository + "/bin/ssh"
        let outcome = try await prov.call(ssh, [name, node, command]).run()
        try #require(outcome.isSuccess, "\(command): \(outcome.outputText)\(outcome.errorText)")
        return outcome.outputText
    }

    /// What cqlsh on a server prints of a statement, without the table's head.
    @discardableResult
    private func ask(_ node: String, _ statement: String) async throws -> [String] {
        try await on(node, "cqlsh -e '\(statement)' \(node)").split(separator: "\n").dropFirst(2)
            .map { $0.trimmingCharacters(in: .whitespaces) }
    }

    private static func key(_ number: Int) -> String {
        let text = String(repeating: "0", count: 20 - "\(number)".count) + "\(number)"
        return "0x" + text.utf8.map { String($0, radix: 16) }.joined()
    }

    /// Builds the stand-in packages and installs some, as a person does with the vendors'.
    func install(onServers server: [String], onClients client: [String]) async throws {
        let packages = prov.folder + "/packages"
        let build = LocalMachines.repository + "/Tests/standins/build"
        let built = try await prov.call(build, [packages]).run()
        try #require(built.isSuccess, "\(built.errorText)")
        let files = try Files.list(packages)
        let state = try StateDirectory.open(prov.folder + "/" + name)
        let deployment = try await Deployment.connect(to: state)
        for (nodes, names) in [(deployment.servers, server), (deployment.clients, client)] {
            for name in names {
                let file = try #require(files.first { $0.hasPrefix(name + "_") })
                try await deployment.onEach(nodes) { remote in
                    try await remote.upload("\(packages)/\(file)", to: "/tmp/\(file)", mode: 0o644)
                    try await remote.execute(
                        .script("dpkg --install \"$1\" >&2", arguments: [.plain("/tmp/\(file)")])
                    )
                }
            }
        }
        await deployment.close()
    }

    /// Has the servers do what the vendor's cloud image does at its first boot, which takes a while.
    func configureTheImage() async throws {
        for server in Self.servers {
            try await on(
                server,
                """
                sudo systemd-run --quiet --no-block --unit scylla-image-setup --property Type=oneshot \
                --property RemainAfterExit=yes sh -c 'sleep 6; touch /etc/scylla/machine_image_configured'
                """
            )
        }
    }

    /// The settings were written when the image was configured.
    func waitedForTheImage() async throws {
        for server in Self.servers {
            try await on(
                server,
                "test /etc/scylla/scylla.yaml -nt /etc/scylla/machine_image_configured"
            )
        }
    }

    /// Every server sees all of them up and normal, and takes CQL at its private address alone.
    func isWhole() async throws {
        let state = try StateDirectory.open(prov.folder + "/" + name)
        let addresses = state.inventory.nodes.filter { $0.name.hasPrefix("server-") }.map(
            \.privateIP
        )
        for (server, address) in zip(Self.servers, addresses) {
            let rows = try await on(
                server,
                "nodetool status | grep -E '^[UD][NLJM] ' | awk '{ print $1, $2 }'"
            )
            #expect(
                rows.split(separator: "\n").map(String.init).sorted()
                    == addresses.map { "UN \($0)" }.sorted()
            )
            let socket = try await on(server, "sudo ss -Hltn 'sport = :9042' | awk '{ print $4 }'")
            #expect(socket == "\(address):9042\n")
        }
    }

    /// A missing tool is said before anything on a server changes.
    func missesTheTool() async throws {
        let outcome = try await run("populate-and-snapshot", ["--keys", "\(Self.keys)"])
        #expect(outcome.status == .exited(1))
        #expect(
            outcome.errorText.contains(
                "client-1: no \"cassandra-stress\", which cassandra-stress needs"
            )
        )
        let tables = "SELECT durable_writes FROM system_schema.keyspaces WHERE keyspace_name ="
        let rows = try await on("server-0", "cqlsh -e \"\(tables) 'keyspace1'\" server-0")
        #expect(rows.contains("(0 rows)"))
    }

    func populate() async throws {
        let few = try await run("populate-and-snapshot", ["--keys", "1"])
        #expect(few.errorText.contains("\"1\" keys for 2 clients"), "\(few.errorText)")
        try await script("populate-and-snapshot", "--keys", "\(Self.keys)")
        for server in Self.servers {
            #expect(
                try await ask(server, "SELECT count(*) FROM keyspace1.standard1").first
                    == "\(Self.keys)"
            )
        }
        let durable = "SELECT durable_writes FROM system_schema.keyspaces WHERE keyspace_name ="
        let rows = try await on("server-1", "cqlsh -e \"\(durable) 'keyspace1'\" server-1")
        #expect(rows.contains("True"))
        // The dataset lies on the file system of the data, with a part for each of its folders.
        let parts = try await on("server-2", "sudo ls /var/lib/\(name)/prov-datasets/base")
        #expect(parts == "0\n1\n2\n3\nabout\n")
    }

    /// What was deleted, changed and added since the snapshot is as it was.
    func restoresWhatWasTaken() async throws {
        let table = "keyspace1.standard1"
        let value = "SELECT \"C0\" FROM \(table) WHERE key = "
        let old = try await ask("server-1", value + Self.key(5)).first
        #expect(old?.count == 202)
        try await ask("server-1", "DELETE FROM \(table) WHERE key = \(Self.key(4))")
        for (key, new) in [(5, "0x01"), (Self.keys + 1, "0x02")] {
            try await ask(
                "server-2",
                "INSERT INTO \(table) (key, \"C0\") VALUES (\(Self.key(key)), \(new))"
            )
        }
        try await script("restore-and-run", "--rate", "40", "--seconds", "7")
        for server in Self.servers {
            let count = try await ask(server, "SELECT count(*) FROM \(table)").first
            #expect(count == "\(Self.keys)")
            // A load of one write in ten may have written it again: as long, and no longer short.
            #expect(try await ask(server, value + Self.key(5)).first?.count == 202)
            #expect(try await ask(server, value + Self.key(4)).first?.count == 202)
        }
    }

    /// What the trial of the load says, and the logs of cassandra-stress.
    func measured(version: String) async throws {
        let folder = prov.folder + "/trials/" + name
        let trial = folder + "/" + (try #require(try Files.list(folder).first))
        let text = try Files.read(trial + "/trial.json")
        let record = try #require(
            try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        )
        #expect(record["database"] as? String == name)
        let reasons = try #require(record["reasons"] as? [String])
        #expect(reasons.filter { !TrialRig.isOfTheHost($0) } == [])
        #expect(text.contains("cassandra-stress says nothing of its own lateness"))
        let nodes = record["nodes"] as? [String: [String: String]]
        #expect(nodes?["server-2"]?["database"] == version)
        let settings = record["settings"] as? [String: [String: String]]
        #expect(settings?["all"]?["cluster_name"] == "Test Cluster")
        let load = (record["load"] as? [String: [String: Any]])?["mixed"]
        #expect(load?["program"] as? String == "cassandra-stress")
        // Each of the two clients has half of the rate. One by one: on a busy host their programs may
        // begin a second apart, and the ends of their logs are then no common window.
        for client in Self.clients {
            let own = "\(trial)/stress/mixed/\(client)"
            #expect(try Files.read(own + "/output.log").contains("\nEND\n"))
            let logged = try await Summary(of: [own], invalidToo: true).tags
                .filter { $0.tag.hasSuffix("-rt") }
            #expect(logged.map(\.tag) == ["READ-rt", "WRITE-rt"])
            #expect(logged.reduce(0) { $0 + $1.count } == 20 * 7)
        }
    }

    /// Other load programs write the rows and send the requests that they are asked for, each client
    /// its share, and say so when they did not.
    func othersLoad() async throws {
        let state = try StateDirectory.open(prov.folder + "/" + name)
        let deployment = try await Deployment.connect(to: state)
        do {
            let both = ["READ-rt", "READ-st", "WRITE-rt", "WRITE-st"]
            let scyllaBench = ScyllaBench(threads: 4)
            try await load(deployment, scyllaBench, table: "scylla_bench.test", tags: both)
            try await load(deployment, Latte(), table: "latte.prov", tags: ["MIXED-st"])
            try await fails(deployment, scyllaBench, "status 70, it did not come to its end") {
                try await on(
                    "client-1",
                    """
                    until sudo sh -c 'grep -q ^Tag= /var/lib/prov/stress/*/log.hdr'; do sleep 0.2; done
                    sudo pkill --signal INT --full bin/[s]cylla-bench
                    """
                )
            }
            try await on("client-0", "sudo touch /run/standin-scylla-bench-is-silent")
            let silent = "status 65, its log has no latencies: releases 1.2.0 to 1.3.2 write none"
            try await fails(deployment, scyllaBench, silent) {}
        } catch {
            await deployment.close()
            throw error
        }
        await deployment.close()
    }

    private func load(
        _ deployment: Deployment,
        _ program: some LoadProgram,
        table: String,
        tags: [String]
    ) async throws {
        let folder = "\(prov.folder)/\(program.name)"
        let content = DatasetContent(keyCount: 101, valueBytes: 20)
        try await deployment.run(.populate(content), with: program, into: folder)
        let count = try await ask("server-1", "SELECT count(*) FROM \(table)").first
        #expect(count == "101")
        let keyspace = table.prefix { $0 != "." }
        let durable = "SELECT durable_writes FROM system_schema.keyspaces WHERE keyspace_name ="
        let rows = try await on("server-1", "cqlsh -e \"\(durable) '\(keyspace)'\" server-1")
        #expect(rows.contains("True"))
        try await deployment.run(Self.halves, with: program, into: folder)
        let summary = try await Summary(of: ["\(folder)/halves"], invalidToo: true)
        #expect(summary.tags.map(\.tag) == tags)
        // Each of the two clients has half of the rate.
        for client in Self.clients {
            let own = try await Summary(of: ["\(folder)/halves/\(client)"], invalidToo: true).tags
            let sent = own.filter { $0.tag.hasSuffix("-st") }.reduce(0) { $0 + $1.count }
            #expect(sent == 20 * 5, "\(program.name) of \(client)")
        }
    }

    private static let halves = Stress(
        "halves",
        operationsPerSecond: 40,
        for: .seconds(5),
        writeFraction: 0.5,
        on: DatasetContent(keyCount: 101, valueBytes: 20)
    )

    private func fails(
        _ deployment: Deployment,
        _ program: some LoadProgram,
        _ reason: String,
        _ disturb: () async throws -> Void
    ) async throws {
        async let played = deployment.run(
            Self.halves,
            with: program,
            into: prov.folder + "/failed"
        )
        try await disturb()
        do {
            _ = try await played
            Issue.record("it was taken for whole: \(reason)")
        } catch let error as StressError {
            #expect("\(error)".contains(reason), "\(error)")
        }
    }

    func tweak(_ setting: String, _ value: String, unknown: String) async throws {
        let said = try await script("tweak-settings", "\(setting)=\(value)", "auto_snapshot=false")
        #expect(said == "auto_snapshot false\n\(setting) \(value)\n")
        let refused = try await run("tweak-settings", ["\(unknown)=1"])
        #expect(refused.status == .exited(1))
        #expect(
            refused.errorText.contains("\(name) does not know the option \"\(unknown)\""),
            "\(refused.errorText)"
        )
        let file = "/etc/\(name)/\(name).yaml"
        let line = try await on("server-1", "grep -c '^num_tokens: 16   # of each node$' \(file)")
        #expect(line == "1\n")
        // In force from the next start on, which goes through a running cluster.
        let before = try await on("server-1", "pgrep -f '[s]tandin/server.py'")
        try await script("setup")
        #expect(try await on("server-1", "pgrep -f '[s]tandin/server.py'") != before)
        let table = name == "scylla" ? "system.config" : "system_views.settings"
        let rows = try await ask("server-1", "SELECT JSON name, value FROM \(table)")
        #expect(rows.contains("{\"name\": \"\(setting)\", \"value\": \"\(value)\"}"), "\(rows)")
    }

    /// A server that starts and dies is told at once, with its own words.
    func saysWhyItDidNotStart() async throws {
        try await script("tweak-settings", "cluster_name=Another")
        let outcome = try await run("setup", [])
        #expect(outcome.status == .exited(1))
        #expect(
            outcome.errorText.contains(
                "Saved cluster name Test Cluster != configured name Another"
            ),
            "\(outcome.errorText)"
        )
        try await script("tweak-settings", "cluster_name=Test Cluster")
        try await script("setup")
    }

    /// A server that lost its data takes its place again through the others, and has its rows from them.
    func loseAServer() async throws {
        let ids = "nodetool status | grep '^UN' | awk '{ print $7 }' | sort"
        let before = try await on("server-0", ids)
        let unit = name == "scylla" ? "scylla-server" : "cassandra"
        let data = "/var/lib/\(name)"
        try await on(
            "server-2",
            "sudo systemctl stop \(unit) && sudo sh -c 'rm -r \(data)/data/* && rm -f \(data)/commitlog/*'"
        )
        try await script("setup")
        try await isWhole()
        let after = try await on("server-0", ids)
        let (old, new) = (Set(before.split(separator: "\n")), Set(after.split(separator: "\n")))
        #expect(old.intersection(new).count == 2 && new.count == 3)
        let rows = try await on("server-2", "nodetool tablestats keyspace1.standard1")
        #expect(rows.contains("Number of partitions (estimate): \(Self.keys)\n"), "\(rows)")
    }

    private func deprovision() async throws {
        let id = try StateDirectory.find(prov.folder + "/" + name).record.id
        let outcome = try await prov.run("deprovision", name, "--yes")
        try #require(outcome.isSuccess, "\(outcome.errorText)")
        let leftovers = try await prov.call(LocalMachines.template + "/leftovers", [id]).run()
        #expect(leftovers.status == .exited(0), "\(leftovers.outputText)")
    }
}
