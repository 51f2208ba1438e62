import DeploymentState
import Shell
import Testing

@testable import Deployment

@Suite("PostgreSQL")
struct PostgreSQLTests {
    private let system = PostgreSQL()
    private let file = "/etc/postgresql/15/main/conf.d/prov.conf"

    private func servers(_ count: Int) throws -> [Node] {
        try (0..<count).map { try Node.made("server-\($0)", address: "198.18.0.1\($0)") }
    }

    @Test("has its settings in a file of its own, a replica with the way to the primary")
    func configuration() throws {
        let nodes = try servers(2)
        let primary = try system.configuration(
            file,
            from: "",
            for: nodes[0],
            in: nodes,
            settings: ["shared_buffers": "256MB", "Log_Line_Prefix": "it's %m"]
        )
        let common = """
            port = '5432'
            ssl = 'off'
            max_wal_senders = '10'
            max_replication_slots = '10'
            wal_retrieve_retry_interval = '200ms'

            """
        let tweaked = "log_line_prefix = 'it''s %m'\nshared_buffers = '256MB'\n"
        #expect(primary == "listen_addresses = '127.0.0.1,198.18.0.10'\n" + common + tweaked)
        let replica = try system.configuration(
            file,
            from: "",
            for: nodes[1],
            in: nodes,
            settings: [:]
        )
        #expect(
            replica == "listen_addresses = '127.0.0.1,198.18.0.11'\n" + common + """
                primary_conninfo = 'host=198.18.0.10 port=5432 user=postgres sslmode=disable \
                passfile=/etc/postgresql/15/main/pgpass application_name=server-1'
                primary_slot_name = 'server_1'

                """
        )
        let found = system.settings(in: replica, of: file)
        #expect(found["ssl"] == "off" && found["primary_conninfo"] == nil)
        #expect(system.settings(in: primary, of: file)["log_line_prefix"] == "it's %m")
        // What was set stays, until it is removed; comments stay as well.
        let kept = try system.configuration(
            file,
            from: "# mine\n" + primary,
            for: nodes[0],
            in: nodes,
            settings: ["shared_buffers": ""]
        )
        #expect(kept == "# mine\n" + primary.replacing("shared_buffers = '256MB'\n", with: ""))
        // A former replica that became the first has no primary any more.
        let first = try system.configuration(
            file,
            from: replica,
            for: nodes[1],
            in: [nodes[1]],
            settings: [:]
        )
        #expect(!first.contains("primary_"))
    }

    @Test("takes no setting that the deployment makes, and none that its file cannot hold")
    func refused() throws {
        let nodes = try servers(1)
        for (name, value) in [
            ("listen_addresses", "*"), ("PORT", "1"), ("hba_file", "/x"), ("a b", "1"),
            ("", "1"), ("work_mem", "1\n2"), ("1x", "2"), ("log_line_prefix", "\\"),
        ] {
            #expect(throws: DatabaseError.self) {
                try system.configuration(
                    file,
                    from: "",
                    for: nodes[0],
                    in: nodes,
                    settings: [name: value]
                )
            }
        }
    }

    @Test("sends these texts to its servers")
    func texts() throws {
        let nodes = try servers(3)
        let folder = "/etc/postgresql/15/main"
        let join = "/var/lib/postgresql/15/main \(folder)/conf.d/prov.conf \(folder)/pgpass"
        try Golden.expect(
            system.beforeStart(nodes[1], through: [nodes[0], nodes[2]]),
            is: "postgresql-begin.bash",
            "\(join) 'server-0, server-2'"
        )
        try Golden.expect(
            system.beforeStart(nodes[0], through: []),
            is: "postgresql-begin.bash",
            "\(join) ''"
        )
        try Golden.expect(
            system.install(),
            is: "postgresql-install.bash",
            "postgresql-15 prometheus-postgres-exporter"
        )
        try Golden.expect(
            system.isServing(nodes[0], in: nodes),
            is: "postgresql-serves.bash",
            "primary 2"
        )
        try Golden.expect(
            system.isServing(nodes[2], in: nodes),
            is: "postgresql-serves.bash",
            "replica 2"
        )
        try Golden.expect(system.isQuiet(nodes[0]), is: "postgresql-quiet.bash")
        try Golden.expect(system.flush(nodes[0]), is: "postgresql-flush.bash")
        try Golden.expect(system.census(nodes[0]), is: "postgresql-census.bash")
        try Golden.expect(system.fingerprint(nodes[0]), is: "postgresql-fingerprint.bash")
        try Golden.expect(system.inForce(nodes[0]), is: "postgresql-in-force.bash")
        try Golden.expect(
            system.standing(nodes[0]),
            is: "postgresql-standing.bash",
            "5432 \(folder)/pgpass"
        )
        try Golden.expect(
            system.takePassword(),
            is: "postgresql-password.bash",
            "\(folder)/pgpass postgresql@15-main.service prometheus-postgres-exporter.service"
        )
        #expect(
            system.isMember(nodes[0])?.command.text
                == "sudo -n test -e /var/lib/postgresql/15/main/prov"
        )
        #expect(
            system.isUp(nodes[1]).command.text
                == "/usr/lib/postgresql/15/bin/pg_isready --quiet --host 198.18.0.11 --port 5432"
        )
    }

    @Test("has its password in files that no record shows and that its own user alone can read")
    func password() throws {
        let node = try servers(1)[0]
        let files = system.passwordFiles("0a1b", for: node)
        #expect(
            files.map(\.text) == [
                "*:*:*:postgres:0a1b\n",
                """
                ARGS="--web.listen-address=198.18.0.10:9187"
                DATA_SOURCE_NAME="postgresql://postgres:0a1b@127.0.0.1:5432/postgres?sslmode=disable"

                """,
            ]
        )
        #expect(files.allSatisfy { $0.isSecret && $0.mode == "0600" })
        #expect(files.map(\.owner) == ["postgres:postgres", "root:root"])
        #expect(system.files(for: node, in: [node]).allSatisfy { !$0.text.contains("trust") })
    }

    @Test("drops the slots of replicas that are gone, and has data take the password")
    func join() throws {
        let nodes = try servers(2)
        func calls(_ answer: String) throws -> [String] {
            let step = try system.join(nodes, standing: [nodes[0]: answer, nodes[1]: "unknown\n"])
            guard let step else { return [] }
            #expect(step.lostKeys == [:] && !step.isLast)
            #expect(Set(step.calls.keys) == [nodes[0]])
            return step.calls.values.flatMap { $0 }.map(\.shown)
        }
        #expect(try calls("known\nserver_1\n") == [])
        #expect(
            try calls("known\nserver_1\nserver_2\nserver_3\n") == [
                "sudo -n bash -euo pipefail -s -- server_2 server_3 "
                    + "<<< drop the slots of replicas that are gone"
            ]
        )
        let both = try calls("unknown\nserver_2\n")
        #expect(both.count == 2 && both[0].hasSuffix("let a running postgresql take its password"))
        #expect(throws: DatabaseError.self) { try calls("psql: error\n") }
    }

    @Test("says its version, every setting, and which replica does not stream")
    func inForce() throws {
        let answer =
            "15.18 (Debian 15.18-0+deb12u1)\n--\nfsync=on\nsearch_path=\"$user\", a=b\n--\n"
        #expect(
            try system.inForce(from: answer)
                == InForce(
                    version: "15.18 (Debian 15.18-0+deb12u1)",
                    settings: ["fsync": "on", "search_path": "\"$user\", a=b"]
                )
        )
        #expect(
            try system.inForce(from: answer + "server_1\n").faults
                == ["replica \"server_1\" does not stream"]
        )
        #expect(throws: DatabaseError.self) { try system.inForce(from: "15.18\n--\n") }
    }
}
