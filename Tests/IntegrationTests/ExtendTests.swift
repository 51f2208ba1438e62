import DeploymentState
import FoundationEssentials
import Shell
import Testing

@Suite(
    "prov extend changes the end alone",
    .enabled(if: ProvProgram.hasTerraform),
    .timeLimit(.minutes(3))
)
struct ExtendTests {
    /// A template whose machines are nothing but terraform's own resources.
    private static func template(clients: Int) -> String {
        """
        variable "deployment_name" {}
        variable "expires_at" { default = null }
        variable "client_count" {
          type    = number
          default = \(clients)
        }

        resource "terraform_data" "node" {
          for_each = toset([for i in range(var.client_count) : "client-${i}"])
        }

        resource "terraform_data" "end" {
          input = var.expires_at
        }

        output "nodes" {
          value = [
            for name, node in terraform_data.node : {
              name = name, group = "client", public_ip = "127.0.0.1", private_ip = "127.0.0.1", user = "me"
            }
          ]
        }

        """
    }

    @Test("what a config or the template says otherwise by now is neither made nor ended")
    func alone() async throws {
        try await ProvProgram.with { prov in
            let (folder, files) = (prov.folder + "/own", StateFiles(prov.folder + "/ext"))
            try Files.makeDirectory(folder)
            try Files.write(Self.template(clients: 2), to: folder + "/main.tf")
            try Files.write("x_note: first\n", to: prov.folder + "/c.yml")
            let make = ["provision", "ext", folder, "c.yml", "--ttl", "2h", "--no-ssh"]
            let made = try await prov.call(make + ["--yes"]).run()
            #expect(made.isSuccess, "\(made.errorText)")
            let end = try DeploymentRecord(of: files).expiresAt

            try Files.write("client_count: 5\n", to: prov.folder + "/c.yml")
            let extended = try await prov.run("extend", "ext", "1h", "--no-ssh")
            #expect(extended.isSuccess, "\(extended.errorText)")
            let later = try DeploymentRecord(of: files).expiresAt
            #expect(later == end?.addingTimeInterval(3_600))
            let state = try Files.read(files.terraform + "/terraform.tfstate")
            #expect(state.contains("client-1") && !state.contains("client-2"))

            // As a provision that nobody agreed to leaves the copy.
            try Files.write(Self.template(clients: 1), to: files.terraform + "/main.tf")
            let refused = try await prov.run("extend", "ext", "1h", "--no-ssh", "--yes")
            #expect(refused.status == .exited(1))
            let says = "prov: ext: more than its end would change: destroy client-1; "
            #expect(refused.errorText.contains(says), "\(refused.errorText)")
            #expect(try DeploymentRecord(of: files).expiresAt == later)
            #expect(try Files.read(files.terraform + "/terraform.tfstate") == state)
        }
    }
}
