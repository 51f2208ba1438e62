import DeploymentState
import Foundation
import LoadResult
import Shell
import Synchronization
import Testing

@testable import Deployment

@Suite("What a load program needs")
struct LoadNeedsTests {
    private let content = DatasetContent(keyCount: 1, valueBytes: 1)

    @Test("is looked for by its path, or by its name where root would find it")
    func look() async throws {
        let needs: [ClientNeed] = [
            .program("/bin/sh"), .package("never-looked-for"), .program("ls"),
            .program("/no/such"), .upload("here", to: "/no/other"),
        ]
        let call = LoadNeeds.look(for: needs)
        #expect(
            call.command.text == "bash -euo pipefail -s -- /bin/sh ls /no/such /no/other"
        )
        let outcome = try await LocalProcess(
            "/bin/sh",
            ["-c", call.command.text],
            input: Array(call.input.utf8),
            timeLimit: .seconds(20)
        )
        .run()
        #expect(outcome.status == .exited(LoadNeeds.missing))
        #expect(outcome.outputText == "/no/such\n/no/other\n")
        #expect(
            call.input == """
                # look for what a load needs
                PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
                status=0
                for name; do
                    command -v -- "$name" >/dev/null || { echo "$name"; status=66; }
                done
                exit $status

                """
        )
    }

    @Test("and is missing is said before any data is touched, by every step that loads")
    func missing() async throws {
        let answer = { @Sendable (_: String, call: RemoteCall) in
            call.input.hasPrefix("# look for what a load needs")
                ? RemoteResult(output: "/opt/prov/bench\n", status: .exited(LoadNeeds.missing))
                : RemoteResult()
        }
        try await withScripted(["server-0", "client-0"], answer: answer) { deployment, remotes in
            func refused(_ work: () async throws -> Void) async {
                let error = await #expect(throws: FanOutError.self) { try await work() }
                #expect(
                    error?.description == """
                        1 of 1 nodes failed
                        client-0: no "/opt/prov/bench", which bench load needs; run: \
                        swift run setup demo
                        """
                )
            }
            await refused { try await deployment.populate(content) }
            await refused { _ = try await deployment.run(.populate(content), into: "/none") }
            await refused { _ = try await deployment.measure("x", in: "/none") { _, _ in } }
            #expect(remotes[0].called == [])
            #expect(Set(remotes[1].called) == [LoadNeeds.look(for: [.program("/opt/prov/bench")])])
        }
    }

    @Test("is installed: packages, files that differ, and nothing of what is there")
    func installed() async throws {
        let folder = try Files.makeTemporaryDirectory("prov-needs")
        defer { try? Files.remove(folder) }  // else the system's cleaning
        try Files.write("x", to: folder + "/tool")
        let program = CommandLoad(
            "/opt/mine/tool",
            needs: [.package("some"), .upload(folder + "/tool", to: "/opt/mine/tool")],
            words: { _ in [] }
        )
        // SHA-256 of "x"
        let digest = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
        for (present, moves) in [(digest + "  /opt/mine/tool\n", false), ("", true)] {
            try await withScripted(["client-0"]) { _, call in
                let text = call.command.text
                if text.hasPrefix("mktemp") { return RemoteResult(output: "/tmp/prov-a\n") }
                return RemoteResult(output: text.hasPrefix("sha256sum") ? present : "")
            } _: { deployment, remotes in
                try await deployment.installLoadProgram(program)
                let texts = remotes[0].called.map(\.command.text)
                #expect(texts.first?.hasSuffix("-s -- some") == true)
                #expect(
                    texts.contains(
                        "sudo -n install -D --mode 0755 /tmp/prov-a/bench /opt/mine/tool"
                    ) == moves
                )
            }
        }
    }

    @Test("beside a result of its own: without one a trial is questionable, not invalid")
    func unwitnessed() throws {
        var evidence = try Evidence.whole()
        evidence.load.isWitnessed = false
        evidence.load.program = "redis-benchmark"
        evidence.results = [:]
        #expect(
            Validity.loaderFindings(evidence, ValidityLimits()).map(\.text) == [
                "mixed: redis-benchmark says nothing of its own lateness and failures: "
                    + "nobody judged them"
            ]
        )
    }

    @Test("of random moments may be more or fewer than of even ones")
    func random() throws {
        var evidence = try Evidence.whole()
        evidence.load.isRandom = true
        for (due, findings) in [(300_000, []), (303_000, []), (296_600, ["due"])] {
            for client in evidence.clients {
                evidence.results[client]?.due = due
                evidence.results[client]?.settled = due
            }
            let found = Validity.loaderFindings(evidence, ValidityLimits()).map(\.kind)
            #expect(Set(found) == Set(findings))
        }
    }
}
