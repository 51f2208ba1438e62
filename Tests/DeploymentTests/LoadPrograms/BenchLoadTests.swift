import Testing

@testable import Deployment

extension LoadPart {
    /// The part of one client of two, of a load that writes 1,001 keys unless told otherwise.
    static func example(
        _ stress: Stress = .populate(DatasetContent(keyCount: 1_001, valueBytes: 100)),
        place: Int = 0,
        port: Int = 6_379,
        folder: String = "/var/lib/prov/stress/0a1b2c3d"
    ) -> LoadPart {
        LoadPart(
            stress: stress,
            place: place,
            clients: 2,
            servers: ["198.18.0.10:\(port)"],
            start: 1_795_219_200.5,
            folder: folder,
            passwordFile: "/etc/prov/redis-password"
        )
    }
}

@Suite("bench load")
struct BenchLoadTests {
    private let program = BenchLoad(["--cluster"])
    private let content = DatasetContent(keyCount: 1_001, valueBytes: 100)

    private func value(_ option: String, _ words: [String]) throws -> String {
        let index = try #require(words.firstIndex(of: "--" + option))
        return words[index + 1]
    }

    @Test("gives each client the whole rate and its part of it, the same start, and its own seed")
    func openLoop() {
        let stress = Stress(
            "mixed",
            operationsPerSecond: 50_000,
            for: .seconds(30),
            writeFraction: 0.1,
            on: content,
            keys: .gauss
        )
        #expect(
            program.command(.example(stress, place: 1)).joined(separator: " ") == """
                /opt/prov/bench load 198.18.0.10:6379 --cluster --rate 50000 --duration 30.0s \
                --keys 1001 --distribution gauss --write-fraction 0.1 --start-at 1795219200.5 \
                --value-size 100 --connections 24 --timeout 10.0s --max-outstanding 1000000 \
                --seed 2 --part 2/2 --log /var/lib/prov/stress/0a1b2c3d/log.hdr \
                --result /var/lib/prov/stress/0a1b2c3d/result.json \
                --metrics /run/prov-metrics/stress-0a1b2c3d.prom --stress mixed
                """
        )
    }

    @Test("never divides the rate, and writes it as the load tool reads it")
    func rates() throws {
        for (rate, expected) in [
            (20_000.0, "20000"), (20_000.0 / 3, "6666.666667"), (0.000_001, "0.000001"),
            (10_000_000, "10000000"), (0.5, "0.5"),
        ] {
            let stress = Stress(
                "mixed",
                operationsPerSecond: rate,
                for: .seconds(30),
                writeFraction: 0.1,
                on: content
            )
            #expect(try value("rate", program.command(.example(stress))) == expected)
        }
    }

    @Test("gives each client every N-th key to populate, of all of them")
    func populate() throws {
        let words = (0..<2).map { program.command(.example(place: $0)) }
        #expect(try words.map { try value("part", $0) } == ["1/2", "2/2"])
        #expect(try words.map { try value("requests", $0) } == ["1001", "1001"])
        #expect(try words.map { try value("keys", $0) } == ["1001", "1001"])
        #expect(words.allSatisfy { $0.last == "--stop-on-failure" })
    }
}
