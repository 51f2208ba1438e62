import Testing

@testable import Deployment

@Suite("Loader")
struct LoaderTests {
    private let content = DatasetContent(keyCount: 1_001, valueBytes: 100)

    private func loader(_ stress: Stress, place: Int) -> Loader {
        Loader(run: "0a1b2c3d", stress: stress, place: place, clients: 2)
    }

    @Test("gives each client its share of the rate, the same start and a seed of its own")
    func openLoop() {
        let stress = Stress(
            "mixed",
            operationsPerSecond: 50_000,
            for: .seconds(30),
            writeFraction: 0.1,
            on: content,
            keys: .gauss
        )
        let words = loader(stress, place: 1).arguments(
            servers: ["198.18.0.10:6379"],
            start: 1_795_219_200.5
        )
        #expect(
            words.joined(separator: " ") == """
                load 198.18.0.10:6379 --cluster --rate 25000.0 --duration 30.0s --keys 1001 \
                --distribution gauss --write-fraction 0.1 --start-at 1795219200.5 --value-size 100 \
                --connections 24 --timeout 10.0s --seed 2 --log /var/lib/prov/stress/0a1b2c3d/log.hdr
                """
        )
    }

    @Test("gives each client keys of its own to populate, and none is left out")
    func populate() throws {
        let words = (0..<2).map {
            loader(.populate(content), place: $0).arguments(servers: [], start: 0)
        }
        func value(_ option: String, _ words: [String]) throws -> Int {
            let index = try #require(words.firstIndex(of: "--" + option))
            return try #require(Int(words[index + 1]))
        }
        #expect(try words.map { try value("first-key", $0) } == [0, 500])
        #expect(try words.map { try value("requests", $0) } == [500, 501])
    }

    @Test(
        "reads how systemd says that the unit stands",
        arguments: [
            ("loaded", "active", "running", "success", "0", Loader.Status.State.running),
            ("loaded", "active", "exited", "success", "0", .succeeded),
            ("loaded", "failed", "failed", "signal", "9", .failed("killed by signal 9")),
            ("loaded", "failed", "failed", "exit-code", "1", .failed("exit status 1")),
            ("loaded", "failed", "failed", "oom-kill", "9", .failed("oom-kill")),
            (
                "not-found", "inactive", "dead", "success", "0",
                .failed("its unit is gone: was the node rebooted?")
            ),
        ]
    )
    func status(
        load: String,
        active: String,
        sub: String,
        result: String,
        code: String,
        state: Loader.Status.State
    ) {
        let text = """
            Result=\(result)
            ExecMainStatus=\(code)
            LoadState=\(load)
            ActiveState=\(active)
            SubState=\(sub)
            --
            11 s  10,000/s
            12 s  10,000/s
            """
        let stress = Stress.populate(content)
        #expect(
            loader(stress, place: 0).status(from: text)
                == .init(state: state, lastLines: ["11 s  10,000/s", "12 s  10,000/s"])
        )
    }
}
