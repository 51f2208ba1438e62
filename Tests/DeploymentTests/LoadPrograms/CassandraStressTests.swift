import DeploymentState
import Shell
import Testing

@testable import Deployment

@Suite("cassandra-stress")
struct CassandraStressTests {
    private let program = CassandraStress()

    private func stress(
        rate: Double = 1_001,
        bytes: Int = 100,
        writes: Double = 0.1,
        drawn: Stress.Keys = .uniform
    ) -> Stress {
        Stress(
            "mixed",
            operationsPerSecond: rate,
            for: .milliseconds(7_500),
            writeFraction: writes,
            on: DatasetContent(keyCount: 2_001, valueBytes: bytes),
            keys: drawn
        )
    }

    private func words(_ stress: Stress, place: Int = 0) -> String {
        let words = program.command(.example(stress, place: place, port: 9_042))
        #expect(words.prefix(5) == ["bash", "-uo", "pipefail", "-c", CassandraStress.play])
        return words.dropFirst(5).joined(separator: " ")
    }

    @Test("has each client's share of the rate, which adds up to the whole")
    func play() {
        #expect(
            words(stress(), place: 1) == """
                cassandra-stress /var/lib/prov/stress/0a1b2c3d mixed ratio(write=100,read=900) \
                no-warmup duration=8s cl=QUORUM -pop dist=UNIFORM(1..2001) -rate threads=200 \
                fixed=501/s -col n=FIXED(1) size=FIXED(100) -mode native cql3 \
                -node 198.18.0.10 -errors retries=0 ignore -log interval=1s \
                hdrfile=/var/lib/prov/stress/0a1b2c3d/log.hdr
                """
        )
        #expect(words(stress()).contains(" fixed=500/s "))
        #expect(words(stress(writes: 0)).contains("0a1b2c3d read no-warmup"))
        #expect(words(stress(writes: 1)).contains("0a1b2c3d write no-warmup"))
        #expect(words(stress(drawn: .gauss)).contains("dist=GAUSSIAN(1..2001)"))
    }

    @Test("has each client write its rows, of which none is left out and none written twice")
    func fill() {
        let populate = Stress.populate(DatasetContent(keyCount: 2_001, valueBytes: 100))
        #expect(
            words(populate) == """
                cassandra-stress /var/lib/prov/stress/0a1b2c3d write no-warmup n=1000 cl=QUORUM \
                -pop seq=1..1000 -rate threads=200 -col n=FIXED(1) size=FIXED(100) \
                -mode native cql3 -node 198.18.0.10 -errors retries=0 ignore
                """
        )
        #expect(words(populate, place: 1).contains(" n=1001 cl=QUORUM -pop seq=1001..2001 "))
        #expect(program.files(of: populate) == LoadFiles(log: nil, result: nil))
        #expect(program.files(of: stress()) == LoadFiles(log: "log.hdr", result: nil))
    }

    @Test("has its schema made first, and durable writes off and on again around a populating load")
    func schema() throws {
        let populate = Stress.populate(DatasetContent(keyCount: 2_001, valueBytes: 100))
        #expect(program.before(stress(), servers: 3) == nil)
        #expect(program.after(stress(), servers: 3) == nil)
        let before = try #require(program.before(populate, servers: 2))
        let replication =
            #"replication = {'\''class'\'': '\''NetworkTopologyStrategy'\'', '\''replication_factor'\'': 2}"#
        try Golden.expect(
            before,
            is: "cassandra-stress-schema.bash",
            "'CREATE KEYSPACE IF NOT EXISTS keyspace1 WITH \(replication) AND durable_writes = false' "
                + "'ALTER KEYSPACE keyspace1 WITH \(replication) AND durable_writes = false' "
                + #"'CREATE TABLE IF NOT EXISTS keyspace1.standard1 (key blob PRIMARY KEY, "C0" blob)'"#
        )
        try Golden.expect(
            program.after(populate, servers: 2),
            is: "cassandra-stress-schema.bash",
            "'ALTER KEYSPACE keyspace1 WITH durable_writes = true'"
        )
        try Golden.expect(text: CassandraStress.play, is: "cassandra-stress-play.bash")
    }

    @Test("that ended without its END has failed, whatever its status")
    func ending() {
        #expect(program.meaning(ofStatus: 70) == "it did not come to its end")
        #expect(program.meaning(ofStatus: 1) == nil)
    }

    @Test("is not asked for what it cannot play, before anything runs")
    func refused() async throws {
        #expect(throws: Misuse.wholeRate(0.5, of: "mixed")) {
            try program.check(stress(rate: 0.5), clients: 1)
        }
        #expect(throws: Misuse.rateBelowClients(1, clients: 2, of: "mixed")) {
            try program.check(stress(rate: 1), clients: 2)
        }
        #expect(throws: Misuse.emptyValues(of: "mixed")) {
            try program.check(stress(bytes: 0), clients: 1)
        }
        try program.check(stress(rate: 2), clients: 2)
        try await withScripted(["server-0", "client-0"], system: CQLDatabase(.scylla)) {
            deployment,
            all in
            await #expect(throws: Misuse.self) {
                try await deployment.populate(DatasetContent(keyCount: 5, valueBytes: 0))
            }
            #expect(all.flatMap(\.called) == [])
        }
    }

    @Test("turns durable writes on again also after a load that failed")
    func undone() async throws {
        let seen = Calls()
        try await withScripted(["server-0", "client-0"], system: CQLDatabase(.scylla)) { _, call in
            if call.command.text.contains("ALTER KEYSPACE keyspace1 WITH durable_writes = true") {
                await seen.add("on")
            } else if call.command.text.contains("durable_writes = false") {
                await seen.add("off")
            } else if call.input.hasPrefix("# start the load tool") {
                await seen.add("load")
                return RemoteResult(errors: "no", status: .exited(1))
            }
            return RemoteResult()
        } _: { deployment, _ in
            await #expect(throws: FanOutError.self) {
                try await deployment.populate(DatasetContent(keyCount: 5, valueBytes: 10))
            }
        }
        #expect(await seen.names == ["off", "load", "on"])
    }

    private actor Calls {
        var names: [String] = []
        func add(_ name: String) { names.append(name) }
    }
}
