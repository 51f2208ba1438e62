import DeploymentState
import Shell
import Testing

@Suite("Consent to a plan", .enabled(if: ProvProgram.hasTerraform), .timeLimit(.minutes(2)))
struct ConsentTests {
    /// Provisions at a terminal, at which the answers are typed.
    private func provision(
        _ prov: ProvProgram,
        servers: Int,
        typing answers: String
    ) async throws -> Outcome {
        try Files.write("server_count: \(servers)\n", to: "\(prov.folder)/c.yml")
        let words = ["provision", "demo", ProvProgram.processes, "c.yml"]
        return try await prov.atTerminal(words, typing: answers).run()
    }

    private func servers(_ prov: ProvProgram) throws -> Int {
        try StateDirectory.open("demo", in: prov.folder, home: nil).inventory.nodes.count
    }

    @Test("is asked for at a terminal, and by the name of each server that would end")
    func terminal() async throws {
        try await ProvProgram.with { prov in
            let no = try await provision(prov, servers: 2, typing: "n\n")
            #expect(no.status == .exited(1))
            #expect(no.outputText.contains("add  2 servers"), "\(no.outputText)")
            #expect(no.outputText.contains("prov: demo: not confirmed; nothing was changed"))
            #expect(!Files.exists("\(prov.folder)/demo"))

            let yes = try await provision(prov, servers: 2, typing: "y\n")
            #expect(yes.isSuccess, "\(yes.outputText)")
            #expect(try servers(prov) == 2)

            let record = try DeploymentRecord(file: "\(prov.folder)/demo/deployment.json")
            for answers in ["n\n", "y\nserver-0\n", "y\n\n"] {
                let kept = try await provision(prov, servers: 1, typing: answers)
                #expect(kept.status == .exited(1), "\(kept.outputText)")
                #expect(try servers(prov) == 2)
                #expect(try DeploymentRecord(file: "\(prov.folder)/demo/deployment.json") == record)
            }
            let gone = try await provision(prov, servers: 1, typing: "y\nserver-1\n")
            #expect(gone.outputText.contains("type server-1 to go on: "))
            #expect(gone.isSuccess, "\(gone.outputText)")
            #expect(try servers(prov) == 1)
        }
    }

    @Test("is not needed for a plan, which changes nothing and leaves nothing behind")
    func plan() async throws {
        try await ProvProgram.with { prov in
            try Files.makeDirectory("\(prov.folder)/temporary")
            let quiet = prov.adding(["TMPDIR": "\(prov.folder)/temporary"])
            try Files.write("server_count: 2\ntoken: s3cret-value\n", to: "\(prov.folder)/c.yml")
            let words = ["plan", "demo", ProvProgram.processes, "c.yml"]
            let new = try await quiet.call(words).execute()
            #expect(
                new.outputText == "demo with processes:\n  add  2 servers\n"
            )
            #expect(!Files.exists("\(prov.folder)/demo"))

            #expect(try await quiet.run("provision", "demo", words[2], "c.yml").isSuccess)
            #expect(try await quiet.call(words).execute().outputText == "demo: no changes\n")
            let there = try await listing(prov)
            try Files.write("server_count: 1\n", to: "\(prov.folder)/c.yml")
            let fewer = try await quiet.call(words).execute()
            #expect(
                fewer.outputText == """
                    demo with processes:
                      destroy  1 server  server-1
                      server_count: 2 → 1
                      token: [redacted] → the default

                    """
            )
            #expect(try await listing(prov) == there)
            #expect(try Files.list("\(prov.folder)/temporary") == [])
        }
    }

    /// Every file of the deployment with its digest; the lock is written by whoever looks.
    private func listing(_ prov: ProvProgram) async throws -> String {
        let script = "find demo -type f ! -name lock -exec sha256sum {} + | sort"
        return try await prov.call("sh", ["-c", script]).execute().outputText
    }
}
