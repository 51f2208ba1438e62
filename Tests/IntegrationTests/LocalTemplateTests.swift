import DeploymentState
import Glibc
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
        arguments: ["life", "image", "kill", "links", "console"]
    )
    func script(name: String) async throws {
        let test = LocalProcess(
            "\(LocalMachines.repository)/Tests/LocalTemplate/\(name)",
            environment: Keeper.shared.environment,
            timeLimit: .seconds(580)
        )
        let outcome = try await test.run()
        #expect(outcome.isSuccess)
    }

    @Test("a wrong suite or package ends no machine before the new image stands")
    func wrongImage() async throws {
        try await ProvProgram.with { prov in
            let counts = "server_count: 1\nclient_count: 1\nmonitor_count: 0\n"
            func provision(_ more: String) async throws -> Outcome {
                try Files.write(counts + more, to: prov.folder + "/c.yml")
                return try await prov.run(
                    "provision",
                    "prov-image",
                    LocalMachines.template,
                    "c.yml"
                )
            }
            func node(_ command: String) async throws -> Outcome {
                try await prov.run("ssh", "prov-image", "server-0", command)
            }
            let made = try await provision("")
            #expect(made.isSuccess, "\(made.errorText)")
            #expect(try await node("sudo touch /kept").isSuccess)
            let health = try await prov.run("doctor", LocalMachines.template)
            #expect(health.isSuccess, "\(health.outputText)\(health.errorText)")
            #expect(health.outputText.contains("prov-image: private, and nothing left half-way\n"))
            for (wrong, says) in [
                ("image_suite: nosuchsuite\n", "the image of nosuchsuite was not made"),
                ("image_packages: [no-such-package]\n", "no-such-package"),
            ] {
                let refused = try await provision(wrong)
                #expect(refused.status == .exited(1))
                #expect(refused.errorText.contains("replace  1 server"), "\(refused.errorText)")
                #expect(refused.errorText.contains(says), "\(refused.errorText)")
                // It outlives the deployment, and is nobody else's to read.
                let log = refused.errorText.matches(of: #/its log, (?<path>\S+),/#).first
                var facts = stat()
                let path = log.map { String($0.path) } ?? ""
                #expect(stat(path, &facts) == 0, "\(refused.errorText)")
                #expect(facts.st_mode & 0o777 == 0o600)
                let kept = try await node("test -e /kept")
                #expect(kept.isSuccess, "\(wrong): \(kept.errorText)")
            }
            // Another limit is a change of the machine that runs.
            let again = try await provision("server_memory_mb: 512\n")
            #expect(again.isSuccess, "\(again.errorText)")
            #expect(
                again.errorText.contains("  change  1 server  server-0\n"),
                "\(again.errorText)"
            )
            #expect(try await node("test -e /kept").isSuccess)
            let id = try DeploymentRecord(file: "\(prov.folder)/prov-image/deployment.json").id
            #expect(try await prov.run("deprovision", "prov-image").isSuccess)
            let left = LocalProcess("\(LocalMachines.template)/leftovers", [id])
            #expect(try await left.run().outputText == "")
        }
    }

    @Test("names the node that does not come up, and what it said last")
    func broken() async throws {
        try await ProvProgram.with { prov in
            let template = prov.folder + "/broken"
            try await prov.call("cp", ["-rL", LocalMachines.template, template]).execute()
            // An address that the machine does not have, and less patience than a user's.
            let edit =
                #"s/ListenAddress [$]address/ListenAddress 203.0.113.1/; s/SECONDS [+] [0-9]+/SECONDS + 3/"#
            try await prov.call("sed", ["-Ei", edit, template + "/node"]).execute()
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
