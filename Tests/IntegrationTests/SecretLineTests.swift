import DeploymentState
import Shell
import Testing

@Suite(
    "What is printed of a secret",
    .enabled(if: ProvProgram.hasTerraform, "there is neither terraform nor tofu"),
    .timeLimit(.minutes(3))
)
struct SecretLineTests {
    /// A template that tells the value of its variable in every way there is.
    private static func template(_ folder: String, user: String) throws -> String {
        let path = "\(folder)/talkative"
        try Files.makeDirectory(path)
        let text = """
            variable "deployment_name" {}
            variable "word" { type = string }
            resource "terraform_data" "node" {
              for_each = toset(["server-0"])
              input    = var.word
              provisioner "local-exec" {
                command = "echo 'it is ${var.word}'; [ ! -e ../../fail ] || exit 1"
              }
            }
            check "word" {
              assert {
                condition     = var.word == ""
                error_message = "It is ${var.word}."
              }
            }
            output "nodes" {
              value = [{
                name = "server-0", group = "server", public_ip = "198.18.255.1"
                private_ip = "10.0.0.1", user = "\(user)"
                host_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFBST1Ygc2FtcGxlIGhvc3Qga2V5IGZvciB0ZXN0cyE="
              }]
            }
            """
        try Files.write(text, to: path + "/main.tf")
        return path
    }

    @Test("nothing: no warning, no error and no line of a script that terraform passes on")
    func none() async throws {
        try await ProvProgram.with { prov in
            let secret = "hunter22"
            let telling = prov.adding(["WORD": secret])
            try Files.write("word: ${env:WORD}\n", to: "\(prov.folder)/c.yml")
            let plain = try Self.template(prov.folder, user: "root")
            let words = ["provision", "demo", plain, "c.yml"]
            try Files.write("", to: "\(prov.folder)/fail")
            let failed = try await telling.call(words).run()
            #expect(failed.status == .exited(1))
            try Files.remove("\(prov.folder)/fail")
            let made = try await telling.call(words).run()
            #expect(made.isSuccess, "\(made.errorText)")
            let warning = "warning: It is [redacted]."
            #expect(made.errorText.contains("[redacted]"), "\(warning): \(made.errorText)")
            let ended = try await telling.call(["deprovision", "demo"]).run()
            #expect(ended.isSuccess, "\(ended.errorText)")
            _ = try Self.template(prov.folder, user: "${var.word};")
            let refused = try await telling.call(words).run()
            #expect(refused.status == .exited(1))
            #expect(refused.errorText.contains("user"), "\(refused.errorText)")
            for outcome in [refused, failed, made, ended] {
                #expect(!outcome.errorText.contains(secret), "\(outcome.errorText)")
                #expect(!outcome.outputText.contains(secret), "\(outcome.outputText)")
            }
        }
    }
}
