import DeploymentState
import Shell
import Testing

@testable import Deployment

@Suite("The tools of Scylla and Cassandra")
struct CQLToolsTests {
    private static let names = ["server-0", "server-1", "client-0"]

    @Test("are called on the servers that a script names, or on those that are meant")
    func called() async throws {
        try await withScripted(Self.names, system: CQLDatabase(.scylla)) { node, call in
            RemoteResult(output: node)
        } _: { deployment, all in
            let printed = try await deployment.nodetool("cleanup", "keyspace1")
            #expect(printed.count == 2 && printed.allSatisfy { $0.value == $0.key.name })
            #expect(
                all.map { $0.called.map(\.command.text) } == [
                    ["nodetool cleanup keyspace1"], ["nodetool cleanup keyspace1"], [],
                ]
            )
        }
        try await withScripted(Self.names, system: CQLDatabase(.cassandra)) { deployment, all in
            try await deployment.nodetool("drain", on: [deployment.servers[1]])
            try await deployment.cqlsh("SELECT 'a' FROM b.c")
            try await deployment.cqlsh("DROP KEYSPACE d", on: deployment.servers[1])
            let cqlsh = "cqlsh --request-timeout 600 --execute"
            #expect(
                all.map { $0.called.map(\.command.text) } == [
                    [#"\#(cqlsh) 'SELECT '\''a'\'' FROM b.c' 198.18.0.10 9042"#],
                    ["nodetool drain", "\(cqlsh) 'DROP KEYSPACE d' 198.18.0.11 9042"], [],
                ]
            )
        }
    }

    @Test("have a server leave the ring, and stop only when it has left")
    func decommission() async throws {
        try await withScripted(Self.names, system: CQLDatabase(.scylla)) { deployment, all in
            try await deployment.decommission(deployment.servers[1])
            let calls = all[1].called
            #expect(
                calls.map(\.shown) == [
                    "nodetool decommission", Systemd.stop("scylla-server.service").shown,
                ]
            )
            #expect(all[0].called == [])
        }
        try await withScripted(Self.names, system: CQLDatabase(.scylla)) { _, call in
            RemoteResult(errors: "no other normal nodes", status: .exited(2))
        } _: { deployment, all in
            let error = await #expect(throws: FanOutError.self) {
                try await deployment.decommission(deployment.servers[0])
            }
            #expect(error?.description.contains("no other normal nodes") == true)
            #expect(all[0].called.count == 1)
        }
    }

    @Test("are no part of other systems")
    func others() async throws {
        try await withScripted(Self.names) { deployment, all in
            await #expect(throws: Misuse.noCQL(system: "redis")) {
                try await deployment.nodetool("status")
            }
            await #expect(throws: Misuse.noCQL(system: "redis")) {
                try await deployment.cqlsh("SELECT 1")
            }
            #expect(all.flatMap(\.called) == [])
        }
        #expect(
            Misuse.noCQL(system: "redis").description
                == "redis has neither nodetool nor cqlsh: the servers must run scylla or cassandra"
        )
    }

    @Test("are not needed to empty a database: its servers stop, and its folders are emptied")
    func reset() async throws {
        try await withScripted(Self.names, system: CQLDatabase(.scylla)) { deployment, all in
            try await deployment.resetToEmpty()
            let calls = all[1].called
            #expect(calls.first == Systemd.stop("scylla-server.service"))
            #expect(calls.count == 2)
            try Golden.expect(
                calls.last,
                is: "delete-data.bash",
                ["data", "commitlog", "hints", "view_hints"].map { "/var/lib/scylla/\($0)" }
                    .joined(separator: " ")
            )
            #expect(all[2].called == [])
        }
    }
}
