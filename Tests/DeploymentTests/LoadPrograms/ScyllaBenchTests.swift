import DeploymentState
import Shell
import Testing

@testable import Deployment

@Suite("scylla-bench", .timeLimit(.minutes(2)))
struct ScyllaBenchTests {
    private let program = ScyllaBench()

    private func words(_ stress: Stress, place: Int = 0) -> String {
        let words = program.command(.example(stress, place: place, port: 9_042))
        #expect(words.prefix(5) == ["bash", "-uo", "pipefail", "-c", ScyllaBench.play])
        return words.dropFirst(5).joined(separator: " ")
    }

    @Test("has each client's share of the rate, and a log whose tags are ours")
    func play() {
        let common = """
            -nodes 198.18.0.10 -replication-factor 1 -consistency-level quorum -connection-count 24 \
            -timeout 10.0s -clustering-row-count 1 -clustering-row-size 100
            """
        #expect(
            words(CQLLoads.stress(), place: 1) == """
                scylla-bench /var/lib/prov/stress/0a1b2c3d 1795219200.5 s/^#\\[Basetime:/#[BaseTime:/; \
                s/^Tag=co-fixed,/Tag=READ-rt,/; s/^Tag=raw,/Tag=READ-st,/ -mode read \
                -workload uniform -partition-count 2001 -duration 7.5s -max-rate 500 \
                -concurrency 50 -retry-number 0 \(common)
                """
        )
        #expect(words(CQLLoads.stress(writes: 1)).contains(" -mode write -workload uniform "))
        #expect(words(CQLLoads.stress(writes: 0.5)).contains(" -mode mixed -workload uniform "))
    }

    @Test("has each client write its rows, of which none is left out and none written twice")
    func fill() {
        let populate = CQLLoads.populate
        #expect(
            words(populate) == """
                scylla-bench /var/lib/prov/stress/0a1b2c3d 1795219200.5  -mode write \
                -workload sequential -partition-offset 0 -partition-count 1000 -concurrency 50 \
                -error-limit 1 -nodes 198.18.0.10 -replication-factor 1 -consistency-level quorum \
                -connection-count 24 -timeout 10.0s -clustering-row-count 1 \
                -clustering-row-size 100
                """
        )
        #expect(
            words(populate, place: 1).contains(" -partition-offset 1000 -partition-count 1001 ")
        )
        let few = Stress.populate(DatasetContent(keyCount: 5, valueBytes: 1))
        #expect(words(few).contains(" -partition-count 2 -concurrency 2 "))
        #expect(program.files(of: populate) == LoadFiles(log: nil, result: nil))
        #expect(program.files(of: CQLLoads.stress()) == LoadFiles(log: "log.hdr", result: nil))
    }

    @Test("has its schema made before rows are written, and durable writes on again behind them")
    func schema() throws {
        #expect(program.before(CQLLoads.stress(), servers: 3) == nil)
        #expect(program.after(CQLLoads.stress(), servers: 3) == nil)
        let before = try #require(program.before(CQLLoads.populate, servers: 2))
        #expect(before.input.hasPrefix("# change the schema of scylla-bench\n"))
        let text = before.command.text
        #expect(text.contains(" scylla_bench WITH "))
        #expect(text.contains(#"'\''replication_factor'\'': 2} AND durable_writes = false"#))
        #expect(
            text.contains("scylla_bench.test (pk bigint, ck bigint, v blob, PRIMARY KEY (pk, ck))")
        )
        let after = try #require(program.after(CQLLoads.populate, servers: 2))
        #expect(
            after.command.text.hasSuffix("'ALTER KEYSPACE scylla_bench WITH durable_writes = true'")
        )
    }

    @Test("is the user's own file where one is given")
    func own() {
        #expect(program.needs == [.program("scylla-bench")])
        let own = ScyllaBench(file: "bin/scylla-bench")
        #expect(own.needs == [.upload("bin/scylla-bench", to: "/opt/prov/scylla-bench")])
        #expect(own.command(.example(CQLLoads.populate))[5] == "/opt/prov/scylla-bench")
    }

    @Test("is not asked for what it cannot play, before anything runs")
    func refused() throws {
        func problem(_ stress: Stress, clients: Int = 2) throws -> String {
            let error = try #require(throws: Misuse.self) {
                try program.check(stress, clients: clients)
            }
            return error.description
        }
        // It would send 450 a second, and nobody would know.
        #expect(
            try problem(CQLLoads.stress(rate: 499), clients: 1) == """
                stress mixed: scylla-bench divides "499" requests per second among 50 threads on \
                each of 1 clients; give a multiple of 50
                """
        )
        #expect(try problem(CQLLoads.stress(rate: 0.5)).contains("give a multiple of 100"))
        #expect(try problem(CQLLoads.stress(writes: 0.1)).contains("give 0, 0.5 or 1"))
        #expect(try problem(CQLLoads.stress(drawn: .gauss)).contains("draws keys evenly only"))
        try program.check(CQLLoads.stress(rate: 500), clients: 2)
        try program.check(CQLLoads.populate, clients: 2)
    }

    /// Writes such lines to the log that it is given, and says that it ended.
    private func tool(_ lines: String, end: String = "Total ops:\t 7") -> String {
        """
        while [ "$1" != -hdr-latency-file ]; do shift; done
        printf '#[Histogram log format version 1.3]\\n#[Basetime: 1795219200 (seconds since epoch)]\\n' >"$2"
        printf '\(lines)' >>"$2"
        printf '\\nResults\\n\(end)\\n'
        """
    }

    private static let head =
        "#[Histogram log format version 1.3]\n#[BaseTime: 1795219200 (seconds since epoch)]\n"

    @Test("leaves a log in which each request stands once, by when it was due and when it was sent")
    func log() async throws {
        let one = try await CQLLoads.play(
            program,
            CQLLoads.stress(),
            as: tool("Tag=co-fixed,0,1,2,A\\nTag=raw,0,1,2,B\\n")
        )
        #expect(one.outcome.status == .exited(0), "\(one.outcome)")
        #expect(one.log == Self.head + "Tag=READ-rt,0,1,2,A\nTag=READ-st,0,1,2,B\n")
        let kinds = "co-fixed raw raw-read co-fixed-read raw-write co-fixed-write"
        let both = try await CQLLoads.play(
            program,
            CQLLoads.stress(writes: 0.5),
            as: tool(kinds.split(separator: " ").map { "Tag=\($0),0,1,2,A\\n" }.joined())
        )
        #expect(both.outcome.status == .exited(0))
        let tags = ["READ-st", "READ-rt", "WRITE-st", "WRITE-rt"]
        #expect(both.log == Self.head + tags.map { "Tag=\($0),0,1,2,A\n" }.joined())
    }

    @Test("that logged nothing, was interrupted, or said no end has failed, whatever its status")
    func ending() async throws {
        let line = "Tag=raw,0,1,2,B\\n"
        for (tool, status) in [
            (tool(""), 65), (tool(line, end: "Total ops:\\t 7\\ninterrupted"), 70),
            (tool(line, end: "Time (avg):\\t 1s"), 70), ("exit 2", 2), ("kill -KILL $$", 137),
        ] {
            let played = try await CQLLoads.play(program, CQLLoads.stress(), as: tool)
            #expect(played.outcome.status == .exited(Int32(status)), "\(tool)")
        }
        let filled = try await CQLLoads.play(program, CQLLoads.populate, as: "echo Total ops: 7")
        #expect(filled.outcome.status == .exited(0))
        #expect(filled.log == nil)
        #expect(program.meaning(ofStatus: 65)?.contains("1.2.0 to 1.3.2") == true)
        #expect(program.meaning(ofStatus: 70) == "it did not come to its end")
        #expect(program.meaning(ofStatus: 137) == nil)
    }
}
