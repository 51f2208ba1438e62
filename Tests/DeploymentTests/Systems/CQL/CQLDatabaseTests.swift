import DeploymentState
import Shell
import Testing

@testable import Deployment

@Suite("Scylla and Cassandra")
struct CQLDatabaseTests {
    private static let both = [CQLDatabase(.scylla), CQLDatabase(.cassandra)]

    private static let yaml = """
        # One node.
        cluster_name: 'Test Cluster'
        seed_provider:
            - class_name: org.apache.cassandra.locator.SimpleSeedProvider
              parameters:
                  - seeds: "127.0.0.1:7000"
        listen_address: localhost  # of the others
        # enable_tablets: true
        rpc_address: localhost
        client_encryption_options:
            enabled: false

        """

    private func servers(_ count: Int) throws -> [Node] {
        try (0..<count).map { try Node.made("server-\($0)", address: "198.18.0.1\($0)") }
    }

    private func configured(
        _ database: CQLDatabase,
        _ settings: [String: String],
        from text: String = yaml
    ) throws -> String {
        let nodes = try servers(2)
        return try database.configuration(
            database.product.settingsFile,
            from: text,
            for: nodes[1],
            in: nodes,
            settings: settings
        )
    }

    @Test("have their addresses and the seed in the vendor's file, whose comments stay")
    func configuration() throws {
        let text = try configured(
            CQLDatabase(.scylla),
            [
                "enable_tablets": "false", "ring_delay_ms": "0", "cluster_name": "mine",
                "client_encryption_options.enabled": "true",
            ]
        )
        #expect(
            text == """
                # One node.
                cluster_name: 'mine'
                seed_provider:
                    - class_name: org.apache.cassandra.locator.SimpleSeedProvider
                      parameters:
                          - seeds: "198.18.0.10"
                listen_address: 198.18.0.11  # of the others
                # enable_tablets: true
                enable_tablets: false
                rpc_address: 198.18.0.11
                client_encryption_options:
                    enabled: true
                prometheus_address: 198.18.0.11
                ring_delay_ms: 0

                """
        )
        #expect(try configured(CQLDatabase(.scylla), ["ring_delay_ms": "0"], from: text) == text)
        let without = try configured(CQLDatabase(.scylla), ["ring_delay_ms": ""], from: text)
        #expect(without == text.replacing("ring_delay_ms: 0\n", with: ""))
        let plain = try configured(CQLDatabase(.cassandra), [:])
        #expect(!plain.contains("prometheus"))
        let found = try CQLDatabase(.scylla).settings(
            in: text + "replace_node_first_boot: 1\n",
            of: "/etc/scylla/scylla.yaml"
        )
        #expect(found["ring_delay_ms"] == "0" && found["replace_node_first_boot"] == nil)
    }

    @Test("of Java, has system properties in a file of their own")
    func properties() throws {
        let (database, nodes) = (CQLDatabase(.cassandra), try servers(1))
        let file = "/etc/cassandra/jvm-server.options"
        #expect(database.configurationFiles == ["/etc/cassandra/cassandra.yaml", file])
        func options(_ settings: [String: String], from text: String) throws -> String {
            try database.configuration(
                file,
                from: text,
                for: nodes[0],
                in: nodes,
                settings: settings
            )
        }
        let vendor = "# heap\n-ea\n#-Dcassandra.x=1\n-Dcassandra.ring_delay_ms=30000\n"
        let set = ["cassandra.ring_delay_ms": "0", "cassandra.x": "2", "num_tokens": "4"]
        let text = try options(set, from: vendor)
        #expect(
            text
                == "# heap\n-ea\n#-Dcassandra.x=1\n-Dcassandra.ring_delay_ms=0\n-Dcassandra.x=2\n"
        )
        let more = text + "-Dcassandra.replace_address_first_boot=198.18.0.10\n"
        #expect(
            try database.settings(in: more, of: file)
                == ["cassandra.ring_delay_ms": "0", "cassandra.x": "2"]
        )
        #expect(
            try options(["cassandra.x": "", "cassandra.ring_delay_ms": "30000"], from: text)
                == vendor
        )
        // A property is no option of the other file, nor of Scylla.
        let yaml = try configured(database, set)
        #expect(yaml.contains("num_tokens: 4") && !yaml.contains("ring_delay"))
        for (name, value) in [("cassandra.replace_address", "x"), ("cassandra.a", "b c")] {
            #expect(throws: DatabaseError.self) { try options([name: value], from: vendor) }
        }
    }

    @Test(
        "take no setting that the deployment makes, and none that their file cannot hold",
        arguments: [
            ("seed_provider", "x", #"setting "seed_provider" is not free: the deployment sets it"#),
            (
                "seed_provider.0.class_name", "x",
                #"setting "seed_provider.0.class_name" is not free: the deployment sets it"#
            ),
            (
                "listen_address", "x",
                #"setting "listen_address" is not free: the deployment sets it"#
            ),
            (
                "data_file_directories", "[/a]",
                #"setting "data_file_directories" is not free: the deployment sets it"#
            ),
            (
                "num tokens", "1",
                #"setting "num tokens=1" has a line break, or no name: write NAME=VALUE"#
            ), ("a..b", "1", #"setting "a..b=1" has a line break, or no name: write NAME=VALUE"#),
            (
                "a", "1\nb: 2",
                "setting \"a=1\nb: 2\" has a line break, or no name: write NAME=VALUE"
            ),
            (
                "a", "x\u{7}y",
                #"the value of setting "a" has the control character U+0007: leave it out"#
            ),
        ]
    )
    func refused(name: String, value: String, problem: String) throws {
        for database in Self.both {
            let error = #expect(throws: DatabaseError.self) {
                try configured(database, [name: value])
            }
            #expect(error?.description == problem)
        }
    }

    @Test("whose file lacks the seeds are refused before anything is written")
    func noSeeds() {
        let error = #expect(throws: DatabaseError.self) {
            try configured(CQLDatabase(.scylla), [:], from: "a: 1\n")
        }
        #expect(error?.description.contains("no seed_provider with the parameter seeds") == true)
    }

    @Test("send these texts to their servers", arguments: both)
    func texts(database: CQLDatabase) throws {
        let (nodes, name) = (try servers(3), database.name)
        let file = database.product.settingsFile
        let check = database.check([file: "num_tokens: 1\na: {b: 1}\n"], with: "")
        let packaged = "/var/lib/prov/packaged/\(name).yaml"
        try Golden.expect(check, is: "\(name)-check.bash", "\(packaged) a num_tokens")
        let data = "/var/lib/\(name)"
        try Golden.expect(database.isMember(nodes[0]), is: "cql-member.bash", data)
        let (key, by) =
            name == "scylla"
            ? ("'replace_node_first_boot: '", "id")
            : ("-Dcassandra.replace_address_first_boot=", "address")
        let other = database.configurationFiles.last ?? ""
        try Golden.expect(
            database.beforeStart(nodes[2], through: [nodes[1], nodes[0]]),
            is: "cql-join.bash",
            "198.18.0.12 \(file) \(other) \(key) \(by) 198.18.0.11"
        )
        try Golden.expect(
            database.beforeStart(nodes[0], through: []),
            is: "cql-join.bash",
            "198.18.0.10 \(file) \(other) \(key) \(by) ''"
        )
        try Golden.expect(
            database.isServing(nodes[0], in: nodes),
            is: "cql-serves.bash",
            "198.18.0.10 198.18.0.11 198.18.0.12"
        )
        try Golden.expect(database.isQuiet(nodes[0]), is: "\(name)-quiet.bash", "198.18.0.10")
        try Golden.expect(database.census(nodes[0]), is: "\(name)-census.bash", "198.18.0.10")
        #expect(
            database.inForce(nodes[0]).command.text.hasSuffix(
                name == "scylla"
                    ? #" 198.18.0.10 'SELECT JSON version FROM system.versions WHERE key = '\''local'\''' 'SELECT JSON name, value FROM system.config'"#
                    : " 198.18.0.10 'SELECT JSON release_version FROM system.local' 'SELECT JSON name, value FROM system_views.settings'"
            )
        )
        try Golden.expect(text: database.inForce(nodes[0]).input, is: "\(name)-in-force.bash")
        try Golden.expect(text: database.install().input, is: "\(name)-install.bash")
        #expect(database.install().command.text == "sudo -n bash -euo pipefail -s -- \(name)")
        #expect(database.flush(nodes[0]).command.text == "nodetool flush")
        #expect(database.standing(nodes[0])?.command.text == "nodetool status")
        #expect(
            database.isUp(nodes[0]).command.text
                == #"timeout 5 bash -c 'exec 3<>"/dev/tcp/$0/$1"' 198.18.0.10 9042"#
        )
    }

    @Test("remove members that are down and no servers any more; others they leave alone")
    func strangers() throws {
        let nodes = try servers(2)
        let ring = """
            Datacenter: datacenter1
            =======================
            Status=Up/Down
            |/ State=Normal/Leaving/Joining/Moving
            --  Address      Load       Tokens  Owns    Host ID                               Rack
            UN  198.18.0.10  70.1 KiB   16      66.7%   5ad7fbd5-95ca-4d3c-8fb0-8ab6b1a3b1a1  rack1
            DN  198.18.0.11  70.1 KiB   16      66.7%   5ad7fbd5-95ca-4d3c-8fb0-8ab6b1a3b1a2  rack1
            UN  198.18.0.12  70.1 KiB   16      66.7%   5ad7fbd5-95ca-4d3c-8fb0-8ab6b1a3b1a3  rack1

            """
        let database = CQLDatabase(.cassandra)
        #expect(database.join(nodes, standing: [nodes[0]: ring, nodes[1]: ring]) == nil)
        let more =
            ring
            + "DN  198.18.0.13  ?          16      66.7%   5ad7fbd5-95ca-4d3c-8fb0-8ab6b1a3b1a4  rack1\n"
        let step = database.join(nodes, standing: [nodes[0]: more])
        #expect(
            step?.calls.mapValues { $0.map(\.command.text) } == [
                nodes[0]: ["nodetool removenode 5ad7fbd5-95ca-4d3c-8fb0-8ab6b1a3b1a4"]
            ]
        )
        #expect(step?.lostKeys == [:])
    }

    @Test("say their version and settings, as cqlsh shows JSON")
    func inForce() throws {
        let answer = #"""

             [json]
            ------------------------
             {"version": "2025.1.2"}

            (1 rows)

             [json]
            -------------------------------------------------------------
                      {"name": "cluster_name", "value": "\\"a \\\\\\"b\\""}
                              {"name": "ring_delay_ms", "value": "0"}
                               {"name": "broadcast", "value": null}

            (3 rows)

            """#
        let found = try CQLDatabase(.scylla).inForce(from: answer)
        #expect(found.version == "2025.1.2")
        #expect(
            found.settings == [
                "cluster_name": #"a \"b"#, "ring_delay_ms": "0", "broadcast": "",
            ]
        )
        for bad in ["", "Connection error", " {\"version\": \"1\"}\n", " {broken}\n"] {
            #expect(throws: DatabaseError.self) { try CQLDatabase(.scylla).inForce(from: bad) }
        }
    }

    @Test("start in the order that a script chooses; one by one without")
    func order() {
        #expect(CQLDatabase(.scylla).joining == .sequence)
        #expect(CQLDatabase(.scylla, joining: .waves).joining == .waves)
    }
}
