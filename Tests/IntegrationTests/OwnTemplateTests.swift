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
}
