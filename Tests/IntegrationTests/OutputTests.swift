import DeploymentState
import Foundation
import Shell
import Testing

@Suite("prov output", .timeLimit(.minutes(2)), .enabled(if: ProvProgram.hasTerraform))
struct OutputTests {
    private static let template = """
        variable "deployment_name" { type = string }
        output "nodes" { value = [] }
        output "note" { value = "as it is: ${var.deployment_name}" }
        output "count" { value = 3 }
        variable "token" { type = string }
        output "url" { value = "redis://:${var.token}@server-0" }
        output "password" {
          value     = "s3cret"
          sensitive = true
        }
        """

    @Test("prints what terraform keeps, secrets only when named")
    func outputs() async throws {
        try await ProvProgram.with { plain in
            let program = plain.adding(["TOKEN_OF_TESTS": "t0ken-0f-tests"])
            try Files.write("token: ${env:TOKEN_OF_TESTS}\n", to: program.folder + "/c.yml")
            try Files.makeDirectory(program.folder + "/T")
            try Files.write(Self.template, to: program.folder + "/T/main.tf")
            let made = try await program.run("provision", "demo", "T", "c.yml")
            #expect(made.isSuccess, "\(made.errorText)")
            let text = try await program.run("output", "demo")
            #expect(
                text.outputText
                    == "count = 3\nnodes = [\n\n]\nnote = as it is: demo\npassword = [redacted]\n"
                    + "url = redis://:[redacted]@server-0\n"
            )
            let json = try await program.run("output", "demo", "--json")
            #expect(!json.outputText.contains("t0ken"))
            let url = try await program.run("output", "demo", "url")
            #expect(url.outputText == "redis://:t0ken-0f-tests@server-0\n")
            let object = try JSONSerialization.jsonObject(with: Data(json.output)) as? [String: Any]
            #expect(object?["count"] as? Int == 3)
            #expect(object?["password"] as? String == "[redacted]")
            #expect(try await program.run("output", "demo", "password").outputText == "s3cret\n")
            let quoted = try await program.run("output", "demo", "note", "--json")
            #expect(quoted.outputText == "\"as it is: demo\"\n")
            let wrong = try await program.run("output", "demo", "nots")
            #expect(wrong.status == .exited(1))
            #expect(
                wrong.errorText
                    == "prov: no output \"nots\" (did you mean \"note\"?); there are: count"
                    + " nodes note password url\n"
            )
        }
    }
}
