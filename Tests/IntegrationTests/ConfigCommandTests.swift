import DeploymentState
import Foundation
import Shell
import Testing

@Suite("prov config", .timeLimit(.minutes(2)))
struct ConfigCommandTests {
    private static func withConfigs(_ body: (ProvProgram) async throws -> Void) async throws {
        try await ProvProgram.with { program in
            let credentials = "secret_key: s3cret\naccess_key: AKID\nowner: me\n"
            try Files.write(credentials, to: program.folder + "/credentials.yml")
            let config = "server_count: 4\nowner: you\ntags: {team: db}\n"
            try Files.write(config, to: program.folder + "/c.yml")
            try await body(program)
        }
    }

    @Test("shows each key with the file and line that set it, and no secret")
    func text() async throws {
        try await Self.withConfigs { program in
            let outcome = try await program.run("config", "credentials.yml", "c.yml")
            #expect(
                outcome.outputText == """
                    secret_key: "[redacted]"  # credentials.yml:1
                    access_key: "[redacted]"  # credentials.yml:2
                    owner: you  # c.yml:2
                    server_count: 4  # c.yml:1
                    tags:  # c.yml:3
                      team: db  # c.yml:3

                    """
            )
            #expect(outcome.errorText.isEmpty)
        }
    }

    @Test("as JSON, values keep their types")
    func json() async throws {
        try await Self.withConfigs { program in
            let outcome = try await program.run("config", "--json", "credentials.yml", "c.yml")
            let object =
                try JSONSerialization.jsonObject(with: Data(outcome.output)) as? [String: Any]
            let settings = try #require(object?["settings"] as? [[String: Any]])
            #expect(settings.map { $0["key"] as? String }.contains("owner"))
            let count = try #require(settings.first { $0["key"] as? String == "server_count" })
            #expect(count["value"] as? Int == 4)
            #expect(count["file"] as? String == "c.yml")
            #expect(count["line"] as? Int == 1)
            #expect(count["secret"] as? Bool == false)
            #expect(!outcome.outputText.contains("s3cret"))
        }
    }

    @Test("the JSON Schema is JSON")
    func schema() async throws {
        try await Self.withConfigs { program in
            let outcome = try await program.run("config", "--schema")
            #expect(try JSONSerialization.jsonObject(with: Data(outcome.output)) is [String: Any])
        }
    }

    @Test("with a template its own keys are known, and those that it needs are asked for")
    func template() async throws {
        try await Self.withConfigs { program in
            try Files.makeDirectory(program.folder + "/T")
            let template = """
                variable "deployment_name" { type = string }
                variable "disks" { type = number }
                output "nodes" { value = [] }
                """
            try Files.write(template, to: program.folder + "/T/main.tf")
            let short = try await program.run("config", "c.yml", "--template", "T")
            #expect(short.errorText == "c.yml: missing key \"disks\", which T needs\n")
            #expect(short.status == .exited(1))
            try Files.write("disks: 2\n", to: program.folder + "/d.yml")
            let unknown = try await program.run("config", "d.yml")
            #expect(unknown.errorText.hasPrefix("d.yml:1:1: unknown key \"disks\""))
            let known = try await program.run("config", "d.yml", "--template", "T")
            #expect(known.outputText == "disks: 2  # d.yml:1\n")
        }
    }

    @Test("of a deployment, it shows what was kept", .enabled(if: ProvProgram.hasTerraform))
    func deployment() async throws {
        try await Self.withConfigs { program in
            let made = try await program.run(
                "provision",
                "demo",
                ProvProgram.processes,
                "credentials.yml",
                "c.yml"
            )
            #expect(made.isSuccess, "\(made.errorText)")
            let files = try await program.run("config", "credentials.yml", "c.yml")
            try Files.remove(program.folder + "/c.yml")
            let kept = try await program.run("config", "demo")
            #expect(kept.outputText == files.outputText)
            let json = try await program.run("config", "demo", "--json")
            let object = try JSONSerialization.jsonObject(with: Data(json.output)) as? [String: Any]
            let settings = try #require(object?["settings"] as? [[String: Any]])
            let owner = try #require(settings.first { $0["key"] as? String == "owner" })
            #expect(owner["file"] as? String == "c.yml")
            #expect(owner["line"] as? Int == 2)
            let secret = try #require(settings.first { $0["key"] as? String == "secret_key" })
            #expect(secret["value"] as? String == "[redacted]")
            #expect(secret["secret"] as? Bool == true)
        }
    }

    @Test(
        "what a later file replaces and what the template does not use is said by plan and provision",
        .enabled(if: ProvProgram.hasTerraform)
    )
    func said() async throws {
        try await ProvProgram.with { program in
            try Files.write("server_count: 6\nregion: us-east-1\n", to: program.folder + "/a.yml")
            try Files.write("server_count: 1\n", to: program.folder + "/b.yml")
            for verb in ["plan", "provision"] {
                let words = [verb, "demo", ProvProgram.processes, "a.yml", "b.yml"]
                let outcome = try await program.call(words).run()
                #expect(outcome.isSuccess, "\(outcome.errorText)")
                let lines = outcome.errorText.split(separator: "\n").prefix(2).map(String.init)
                #expect(
                    lines == [
                        "server_count: 1 from b.yml replaces 6 from a.yml",
                        "a.yml:2:1: warning: \(ProvProgram.processes) does not use \"region\"",
                    ]
                )
            }
        }
    }

    @Test("a word that is neither deployment nor file has the nearest one named")
    func missing() async throws {
        try await Self.withConfigs { program in
            let file = try await program.run("config", "x.yml")
            #expect(file.errorText == "x.yml: no such file (did you mean \"c.yml\"?)\n")
            let name = try await program.run("config", "nothing")
            #expect(name.errorText.hasPrefix("prov: no deployment \"nothing\" in "))
        }
    }
}
