import Shell
import Testing

@testable import Deployment

@Suite("pgbench")
struct PgbenchTests {
    private let program = Pgbench()

    private func stress(
        keys: Int = 500_000,
        bytes: Int = 100,
        writes: Double = 0.1,
        drawn: Stress.Keys = .uniform
    ) -> Stress {
        Stress(
            "mixed",
            operationsPerSecond: 1_000,
            for: .seconds(8),
            writeFraction: writes,
            on: DatasetContent(keyCount: keys, valueBytes: bytes),
            keys: drawn
        )
    }

    @Test("gives each client its share of the rate, and plays before the start and behind the end")
    func play() {
        let words = program.command(.example(stress(), place: 1, port: 5_432))
        #expect(words.prefix(5) == ["bash", "-euo", "pipefail", "-c", Pgbench.play])
        #expect(
            words.dropFirst(5).joined(separator: " ") == """
                /usr/lib/postgresql/15/bin/pgbench /etc/prov/redis-password \
                /var/lib/prov/stress/0a1b2c3d 1795219196.5 random(1, 500000) /opt/prov/bench \
                --start-at 1795219200.5 --duration 8.0 --rate 1000 --part 2/2 --keys 500000 \
                --distribution uniform --write-fraction 0.1 --connections 24 --seed 2 \
                --log /var/lib/prov/stress/0a1b2c3d/log.hdr \
                --result /var/lib/prov/stress/0a1b2c3d/result.json --no-vacuum --log \
                --log-prefix /var/lib/prov/stress/0a1b2c3d/transactions --rate 500 --time 14 \
                --client 24 --jobs 1 --random-seed 2 --progress 1 --file read.sql@900 \
                --file write.sql@100 --host 198.18.0.10 --port 5432 --username postgres postgres
                """
        )
        let gauss = program.command(.example(stress(drawn: .gauss), port: 5_432))
        #expect(gauss.contains("random_gaussian(1, 500000, 3)"))
        let reads = program.command(.example(stress(writes: 0), port: 5_432))
        #expect(reads.contains("read.sql@1000") && reads.contains("write.sql@0"))
    }

    @Test("plays by this script, which knows the password by its file's name alone")
    func script() throws {
        try Golden.expect(text: Pgbench.play, is: "pgbench-play.bash")
        try Golden.expect(text: Pgbench.fill, is: "pgbench-fill.bash")
    }

    @Test("is called by systemd with its script as it is, whose variables systemd leaves alone")
    func escaped() {
        let loader = Loader(run: "0a1b2c3d", program: program, part: .example(stress()))
        let words = loader.start(now: 1).command.text
        #expect(words.contains(#"PGPASSWORD=$$(cat "$$password")"#))
    }

    @Test("fills from the first client alone, and its rows are counted by the database")
    func fill() {
        let populate = Stress.populate(DatasetContent(keyCount: 500_000, valueBytes: 100))
        #expect(
            program.command(.example(populate, port: 5_432)).dropFirst(5).joined(separator: " ")
                == "/usr/lib/postgresql/15/bin/pgbench /etc/prov/redis-password --scale 5 "
                + "--host 198.18.0.10 --port 5432 --username postgres postgres"
        )
        #expect(program.command(.example(populate, place: 1, port: 5_432)) == ["true"])
        #expect(program.files(of: populate) == LoadFiles(log: nil, result: nil))
        #expect(program.files(of: stress()) == LoadFiles())
    }

    @Test("is not asked for rows that it cannot make, before anything runs")
    func refused() async throws {
        #expect(throws: Misuse.pgbenchKeys(500_001, of: "mixed")) {
            try program.check(stress(keys: 500_001), clients: 1)
        }
        #expect(throws: Misuse.pgbenchBytes(99, of: "mixed")) {
            try program.check(stress(bytes: 99), clients: 1)
        }
        #expect(
            Misuse.pgbenchKeys(5, of: "populate").description
                == #"stress populate: "5" keys; pgbench makes them by the 100,000: give a multiple of that"#
        )
        try await withScripted(["server-0", "client-0"], system: PostgreSQL()) { deployment, all in
            await #expect(throws: Misuse.self) {
                try await deployment.populate(DatasetContent(keyCount: 5, valueBytes: 100))
            }
            #expect(all.flatMap(\.called) == [])
        }
    }
}
