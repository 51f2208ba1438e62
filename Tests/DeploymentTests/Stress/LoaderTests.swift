import DeploymentState
import Shell
import Testing

@testable import Deployment

@Suite("Loader")
struct LoaderTests {
    private let content = DatasetContent(keyCount: 1_001, valueBytes: 100)

    private func loader(_ stress: Stress, place: Int) -> Loader {
        Loader(
            run: "0a1b2c3d",
            stress: stress,
            words: ["--cluster"],
            place: place,
            clients: 2
        )
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
        let words = loader(stress, place: 1).arguments(
            servers: ["198.18.0.10:6379"],
            start: 1_795_219_200.5
        )
        #expect(
            words.joined(separator: " ") == """
                load 198.18.0.10:6379 --cluster --rate 50000 --duration 30.0s --keys 1001 \
                --distribution gauss --write-fraction 0.1 --start-at 1795219200.5 --value-size 100 \
                --connections 24 --timeout 10.0s --max-outstanding 1000000 --seed 2 --part 2/2 \
                --log /var/lib/prov/stress/0a1b2c3d/log.hdr \
                --result /var/lib/prov/stress/0a1b2c3d/result.json
                """
        )
    }

    @Test("finds the password in a file of the client's, whose name is all that its words hold")
    func password() throws {
        let call = loader(.populate(content), place: 0).start(
            servers: ["198.18.0.10:6379"],
            start: 2,
            now: 1,
            passwordFile: "/etc/prov/redis-password"
        )
        #expect(
            call.command.text.hasPrefix(
                "sudo -n bash -euo pipefail -s -- prov-stress-0a1b2c3d.service "
                    + "/var/lib/prov/stress/0a1b2c3d 1.0 /etc/prov/redis-password /opt/prov/bench load "
            )
        )
        let line =
            #"[ -z "$password" ] || [ ! -e "$password" ] || set -- "$@" --password-file "$password""#
        #expect(call.input.contains("unit=$1 directory=$2 ours=$3 password=$4; shift 4\n"))
        #expect(call.input.contains(line + "\n"))
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
            let words = loader(stress, place: 0).arguments(servers: [], start: 0)
            let index = try #require(words.firstIndex(of: "--rate"))
            #expect(words[index + 1] == expected)
        }
    }

    @Test("gives each client every N-th key to populate, of all of them")
    func populate() throws {
        let words = (0..<2).map {
            loader(.populate(content), place: $0).arguments(servers: [], start: 0)
        }
        func value(_ option: String, _ words: [String]) throws -> String {
            let index = try #require(words.firstIndex(of: "--" + option))
            return words[index + 1]
        }
        #expect(try words.map { try value("part", $0) } == ["1/2", "2/2"])
        #expect(try words.map { try value("requests", $0) } == ["1001", "1001"])
        #expect(try words.map { try value("keys", $0) } == ["1001", "1001"])
    }

    @Test(
        "reads how systemd says that the unit stands",
        arguments: [
            ("loaded", "active", "running", "success", "0", Loader.Status.State.running),
            ("loaded", "active", "exited", "success", "0", .succeeded),
            (
                "loaded", "failed", "failed", "signal", "9",
                .failed("ended early: killed by signal 9")
            ),
            ("loaded", "failed", "failed", "exit-code", "1", .failed("failed: exit status 1")),
            ("loaded", "failed", "failed", "oom-kill", "9", .failed("ended early: oom-kill")),
            (
                "not-found", "inactive", "dead", "success", "0",
                .failed("is gone: was the node rebooted?")
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
        #expect(
            loader(stress, place: 0).status(from: text + "\n\n-- log\nTag=READ-rt,0\n--\n")
                == .init(
                    state: state,
                    lastLines: ["11 s  10,000/s", "12 s  10,000/s"],
                    log: "Tag=READ-rt,0\n--\n"
                )
        )
    }

    @Test("is asked how it stands and what it has logged since, in one call and not as root")
    func poll() {
        let call = loader(.populate(content), place: 0).poll(from: 120)
        #expect(
            call.command.text
                == "bash -euo pipefail -s -- prov-stress-0a1b2c3d.service "
                + "/var/lib/prov/stress/0a1b2c3d/output.log /var/lib/prov/stress/0a1b2c3d/log.hdr 121"
        )
        #expect(
            call.input == """
                # look at the load tool
                systemctl show --property LoadState,ActiveState,SubState,Result,ExecMainStatus "$1"
                echo --
                tail --lines 5 "$2" 2>/dev/null || true
                printf '\\n-- log\\n'
                { tail --bytes "+$4" "$3" | head --bytes 4194304; } 2>/dev/null || true

                """
        )
    }

    @Test("copies of the logs grow piece by piece, and go with the end")
    func copies() throws {
        let folder = try Files.makeTemporaryDirectory("prov-copies")
        defer { try? Files.remove(folder) }  // else the system's cleaning
        var copies = LiveLogs(of: "mixed", in: folder)
        copies.add("", of: "client-0")
        #expect(!Files.exists(folder + "/mixed"))
        copies.add("a line\nhalf a", of: "client-0")
        copies.add(" line\n", of: "client-0")
        copies.add("other\n", of: "client-1")
        #expect(copies.places == ["client-0": 19, "client-1": 6])
        let path = folder + "/mixed/client-0/live.log"
        #expect(try Files.read(path) == "a line\nhalf a line\n")
        // what cannot be written ends nothing
        try Files.remove(folder + "/mixed")
        copies.add("more\n", of: "client-0")
        #expect(copies.places["client-0"] == 24)
        LiveLogs.remove(in: folder + "/mixed/client-1")
    }
}
