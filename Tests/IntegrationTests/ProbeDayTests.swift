import Deployment
import DeploymentState
import Foundation
import Shell
import Testing

/// What `probe` says of real machines of this host, one of which has a slow network.
@Suite(
    "Probe on prov/local",
    .enabled(if: LocalMachines.canBeMade, LocalMachines.reason),
    .timeLimit(.minutes(5))
)
struct ProbeDayTests {
    /// What a probe can leave behind: a port, a unit, a file.
    private static let leftovers = """
        ! systemctl is-active --quiet prov-probe || echo "its unit runs"
        ss --no-header --listening --tcp --numeric "sport = 5202"
        find /var/lib -maxdepth 2 -name 'prov-probe*'
        """

    @Test("shows the node whose network is slow, and leaves nothing, nor after a kill")
    func slowNetwork() async throws {
        try await ProvProgram.with { prov in
            let counts = "server_count: 2\nclient_count: 1\nmonitor_count: 0\n"
            try Files.write(counts, to: prov.folder + "/c.yml")
            let made = try await prov.run(
                "provision",
                "probe-day",
                LocalMachines.template,
                "c.yml"
            )
            try #require(made.isSuccess, "\(made.errorText)")
            let script = Files.split(ProvProgram.executable).directory + "/probe"
            func node(_ name: String, _ command: String) async throws -> Outcome {
                try await prov.run("ssh", "probe-day", name, command)
            }
            // 20 Mbit/s are 2.5 MB/s; what else the host does makes it slower, never faster.
            let slow = "sudo tc qdisc add dev eth0 root tbf rate 20mbit burst 32kbit latency 50ms"
            #expect(try await node("server-1", slow).isSuccess)

            // A probe that was killed in its middle is in the way of no later one.
            let killed = try await prov.call(
                "timeout",
                ["--signal", "KILL", "3", script, "probe-day", "--seconds", "40"]
            )
            .run()
            #expect(!killed.isSuccess)
            let left = try await node(
                "server-0",
                "systemctl show --property RuntimeMaxUSec --value prov-probe"
            )
            #expect(left.outputText == "1min 40s\n")

            let words = ["probe-day", "--seconds", "8", "--json"]
            let outcome = try await prov.call(script, words).run()
            try #require(outcome.isSuccess, "\(outcome.errorText)")
            let probe = try JSONDecoder().decode(Probe.self, from: Data(outcome.outputText.utf8))
            #expect(Set(probe.nodes.keys) == ["server-0", "server-1", "client-0"])
            // What the socket's buffer took was counted as sent.
            let most = (2.5e6 * 2 + 4e6) / 2
            let sent = probe.nodes.mapValues { $0.sending ?? 0 }
            #expect((1...most).contains(sent["server-1"] ?? 0), "\(sent)")
            #expect((sent["server-0"] ?? 0) > most, "\(sent)")
            let processors = try await node("server-0", "nproc").outputText
            for reading in probe.nodes.values {
                #expect("\(reading.processors)\n" == processors)
                #expect(reading.hashing > 0 && reading.syncing > 0 && reading.writing > 0)
            }
            for name in probe.nodes.keys {
                let left = try await node(name, Self.leftovers)
                #expect(left.outputText == "", "\(name): \(left.outputText)")
            }
            let ended = try await prov.run("deprovision", "probe-day", "--yes")
            #expect(ended.isSuccess, "\(ended.errorText)")
        }
    }
}
