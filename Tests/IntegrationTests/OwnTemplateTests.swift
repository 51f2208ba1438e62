import DeploymentState
import Shell
import Testing

@Suite("A user's own template", .enabled(if: ProvProgram.hasTerraform), .timeLimit(.minutes(3)))
struct OwnTemplateTests {
    private func template(_ nodes: String, in folder: String) throws -> String {
        let path = folder + "/own"
        try Files.makeDirectory(path)
        let text = """
            variable "deployment_name" {}

            resource "terraform_data" "node" {
              input = "10.0.0.1"
              provisioner "local-exec" { command = "touch '\(folder)/made'" }
            }

            \(nodes)

            """
        try Files.write(text, to: path + "/main.tf")
        return path
    }

    @Test(
        "whose output lacks something is refused before anything is made, with all that is missing",
        arguments: [
            (
                "output \"node\" { value = [] }",
                """
                prov: %/own: the template declares no output "nodes" (see the template contract)

                """
            ),
            (
                "output \"nodes\" { value = { name = terraform_data.node.id } }",
                """
                prov: the template's output "nodes" does not fit:
                  output "nodes" is a map, not a list

                """
            ),
            (
                """
                output "nodes" {
                  value = [
                    { name = "server-0", public_ip = terraform_data.node.output, user = "me" },
                    { name = "server-1", group = "server", public_ip = "10.0.0.2", private_ip = "10.0.0.2", user = null },
                  ]
                }
                """,
                """
                prov: the template's output "nodes" does not fit:
                  nodes[0] (server-0): no "group"
                  nodes[0] (server-0): no "private_ip"
                  nodes[1] (server-1): no "user"

                """
            ),
        ]
    )
    func refused(nodes: String, error: String) async throws {
        try await ProvProgram.with { prov in
            let path = try template(nodes, in: prov.folder)
            let outcome = try await prov.run("provision", "mine", path)
            #expect(outcome.status == .exited(1))
            let expected = error.split(separator: "%", omittingEmptySubsequences: false)
                .joined(separator: prov.folder)
            #expect(outcome.errorText.hasSuffix(expected), "\(outcome.errorText)")
            #expect(!Files.exists("\(prov.folder)/made"))
        }
    }

    @Test("whose sweep prints a secret has it in no log")
    func sweepLog() async throws {
        try await ProvProgram.with { plain in
            let prov = plain.adding(["PROV_TEST_TOKEN": "Tok3nOfASweep"])
            let path = try template(
                "variable \"token\" { type = string }\noutput \"nodes\" { value = [] }",
                in: prov.folder
            )
            let sweep = "#!/bin/sh\necho \"found $PROV_TEST_TOKEN\"\nexit 1\n"
            try Files.write(sweep, to: path + "/sweep", mode: 0o700)
            try Files.write("token: ${env:PROV_TEST_TOKEN}\n", to: "\(prov.folder)/c.yml")
            let made = try await prov.call(["provision", "mine", path, "c.yml"]).run()
            #expect(made.isSuccess, "\(made.errorText)")
            let ended = try await prov.run("deprovision", "mine")
            #expect(ended.status == .exited(1))
            let folder = "\(prov.folder)/mine/log"
            let logs = try Files.list(folder).filter { $0.hasSuffix("-sweep.log") }
            let text = try Files.read("\(folder)/\(try #require(logs.first))")
            #expect(text.contains("found ") && !text.contains("Tok3nOfASweep"), "\(text)")
            // It ends then.
            try Files.write("#!/bin/sh\n", to: "\(prov.folder)/mine/tf/sweep", mode: 0o700)
        }
    }

    @Test("that keeps its state elsewhere is refused before anything is made")
    func backend() async throws {
        try await ProvProgram.with { prov in
            let backend = "terraform {\n  backend \"local\" { path = \"state/my.tfstate\" }\n}\n"
            let path = try template(backend + "output \"nodes\" { value = [] }", in: prov.folder)
            for words in [["plan", "mine", path], ["provision", "mine", path, "--yes"]] {
                let outcome = try await prov.asking(words).run()
                #expect(outcome.status == .exited(1))
                let says =
                    "tf: the template keeps its state in the backend \"local\", where prov cannot"
                #expect(outcome.errorText.contains(says), "\(outcome.errorText)")
            }
            #expect(!Files.exists("\(prov.folder)/made"))
            #expect(!Files.exists("\(prov.folder)/mine"))
        }
    }
}
