import DeploymentState
import Foundation
import Shell
import Testing

@testable import Deployment

@Suite("Probe")
struct ProbeTests {
    private static let fast = """
        processors=2
        hashing=3200000000
        syncing=900
        writing=1500000000
        connecting=45
        sending=2000000000
        stolen=0.012

        """
    private static let slow = fast.replacing("hashing=3200000000", with: "hashing=1600000000")

    private static func answer(_ node: String, _ call: RemoteCall) -> RemoteResult {
        guard call.shown.hasSuffix("measure this node") else { return RemoteResult() }
        return RemoteResult(output: node == "server-1" ? slow : fast)
    }

    @Test("measures all nodes, each sending to the next, and takes data no longer than that")
    func calls() async throws {
        let names = ["server-0", "server-1", "client-0"]
        try await withScripted(names, answer: { Self.answer($0, $1) }) { deployment, remotes in
            let probe = try await deployment.probe(for: .seconds(8))
            #expect(Set(probe.nodes.keys) == Set(names))
            let first = remotes[0].called
            try Golden.expect(
                first.first,
                is: "probe-receive.bash",
                "prov-probe 68 198.18.0.10 5202"
            )
            try Golden.expect(
                first.dropFirst().first,
                is: "probe-measure.bash",
                "/var/lib/redis 2.0 198.18.0.11 5202"
            )
            try Golden.expect(first.last, is: "probe-end.bash", "prov-probe")
            #expect(first.count == 3)
            #expect(first[1].timeLimit == .seconds(68))
            let last = remotes[2].called.map { $0.command.text }
            #expect(
                last[1] == "sudo -n bash -euo pipefail -s -- /var/lib 2.0 198.18.0.10 5202"
            )
        }
    }

    @Test("says how far apart the nodes of a group are")
    func table() async throws {
        let names = ["server-0", "server-1", "client-0"]
        try await withScripted(names, answer: { Self.answer($0, $1) }) { deployment, _ in
            let probe = try await deployment.probe()
            #expect(
                probe.description == """
                    node      processors  SHA-256 MB/s  synced writes/s  write MB/s  send MB/s  connect µs  stolen %
                    ────────────────────────────────────────────────────────────────────────────────────────────────
                    client-0           2        3200.0              900      1500.0     2000.0          45       1.2
                    ────────────────────────────────────────────────────────────────────────────────────────────────
                    server-0           2        3200.0              900      1500.0     2000.0          45       1.2
                    server-1           2        1600.0              900      1500.0     2000.0          45       1.2
                    apart by                      67 %              0 %         0 %        0 %         0 %

                    """
            )
            let spread = try #require(probe.spread(of: .hashing, over: names))
            #expect(spread == Probe.Spread(lowest: 1.6e9, median: 3.2e9, highest: 3.2e9))
            #expect(probe.spread(of: .hashing, over: ["monitor-0"]) == nil)
            let read = try JSONDecoder().decode(Probe.self, from: Data(try probe.json.utf8))
            #expect(read == probe)
        }
    }

    @Test("one node alone opens no port and has no network to measure")
    func alone() async throws {
        let answer = Self.fast.replacing(#/(connecting|sending)=.*\n/#, with: "")
        try await withScripted(["server-0"]) { _, _ in
            RemoteResult(output: answer)
        } _: { deployment, remotes in
            let probe = try await deployment.probe()
            #expect(remotes[0].called.count == 1)
            #expect(probe.nodes["server-0"]?.sending == nil)
            #expect(probe.description.contains("     -           -       1.2\n"))
        }
    }

    @Test("a node that fails is named, and no node goes on taking data")
    func failure() async throws {
        try await withScripted(["server-0", "server-1"]) { node, call in
            guard node == "server-1", call.shown.hasSuffix("measure this node") else {
                return Self.answer(node, call)
            }
            return RemoteResult(errors: "/var/lib has only 5 MiB free\n", status: .exited(1))
        } _: { deployment, remotes in
            let error = await #expect(throws: FanOutError.self) { try await deployment.probe() }
            let text = try #require(error).description
            #expect(text.hasPrefix("1 of 2 nodes failed\nserver-1: exit status 1 from: sudo"))
            #expect(text.hasSuffix("<<< measure this node\n    /var/lib has only 5 MiB free"))
            for remote in remotes {
                #expect(
                    remote.called.last?.shown.hasSuffix("take no more of a probe's data") == true
                )
            }
        }
    }

    @Test(
        "what a node says is believed only if it is whole and can be",
        arguments: [
            "", "processors=2\n", fast.replacing("stolen=0.012", with: "stolen=2"),
            fast.replacing("syncing=900", with: "syncing=-1"),
            fast.replacing("syncing=900", with: "syncing=inf"),
            fast.replacing("processors=2", with: "processors=0"),
            fast.replacing("connecting=45\n", with: ""), fast + "rubbish\n",
        ]
    )
    func unreadable(text: String) async throws {
        #expect(Probe.Reading(text) == nil)
        try await withScripted(["server-0"]) { _, _ in
            RemoteResult(output: text)
        } _: { deployment, _ in
            let error = await #expect(throws: FanOutError.self) { try await deployment.probe() }
            let text = try #require(error).description
            #expect(text.contains("its figures cannot be read: \""))
        }
    }

    @Test("is refused before anything runs where it cannot be what was meant")
    func misuse() async throws {
        let addresses = ["198.18.0.10", "8.8.8.8"]
        try await withScripted(["server-0", "server-1"], addresses: addresses) {
            deployment,
            remotes in
            for length in [Duration.seconds(3), .seconds(3_601)] {
                await #expect(throws: Misuse.probe(length)) {
                    try await deployment.probe(for: length)
                }
            }
            await #expect(throws: PublicAddressError.self) { try await deployment.probe() }
            #expect(remotes.allSatisfy { $0.called.isEmpty })
        }
    }

    @Test("stands in the record of the trial that it belongs to")
    func trial() async throws {
        let reading = try #require(Probe.Reading(Self.fast))
        let notes = TrialNotes()
        notes.add(Probe(nodes: ["server-0": reading]))
        var record = TrialRecord(
            deployment: "demo",
            deploymentId: "0a1b2c3d",
            label: "x",
            started: Date(timeIntervalSince1970: 0),
            limits: ValidityLimits(),
            database: "redis",
            configs: [:],
            nodes: [:]
        )
        record.take(notes)
        #expect(record.probes == [Probe(nodes: ["server-0": reading])])
        record.take(TrialNotes())
        #expect(record.probes == nil)
    }
}
