import Inventory
import Shell
import TestSupport
import Testing

/// `prov/local` driven by terraform alone, in shell scripts that say what must hold of it.
@Suite(
    "prov/local",
    .enabled(if: LocalMachines.canBeMade, LocalMachines.reason),
    .timeLimit(.minutes(10))
)
struct LocalTemplateTests {
    @Test(
        "makes, keeps, repairs and ends machines",
        arguments: ["life", "image", "kill"]
    )
    func script(name: String) async throws {
        let test = LocalProcess(
            "\(LocalMachines.repository)/Tests/LocalTemplate/\(name)",
            environment: Keeper.shared.environment,
            timeLimit: .seconds(580)
        )
        let outcome = try await test.run()
        #expect(
            outcome.isSuccess,
            "\(name): \(outcome.ending)\n\(outcome.outputText)\(outcome.errorText)"
        )
    }

    @Test("names the node that does not come up, and what it said last")
    func broken() async throws {
        try await ProvProgram.with { prov in
            let template = prov.folder + "/broken"
            try await prov.call("cp", ["-rL", LocalMachines.template, template]).execute()
            // An address that the machine does not have, and less patience than a user's.
            let edit =
                #"s/ListenAddress \$address/ListenAddress 203.0.113.1/; s/SECONDS + 60/SECONDS + 3/"#
            try await prov.call("sed", ["-i", edit, template + "/node"]).execute()
            let counts = "server_count: 1\nclient_count: 1\nmonitor_count: 0\n"
            try Files.write(counts, to: prov.folder + "/c.yml")
            let outcome = try await prov.run("provision", "demo", "broken", "c.yml", "--yes")
            #expect(outcome.status == .exited(1))
            for word in [
                "server-0", "client-0", "does not answer SSH", "Failed to start ssh.service",
                "/demo/log/",
            ] {
                #expect(outcome.errorText.contains(word), "no \(word) in: \(outcome.errorText)")
            }
        }
    }
}
