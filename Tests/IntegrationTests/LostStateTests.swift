import DeploymentState
import Shell
import Testing

@Suite(
    "A lost terraform state",
    .enabled(if: ProvProgram.hasTerraform),
    .timeLimit(.minutes(3))
)
struct LostStateTests {
    /// A template without `cloud` and `sweep`, whose machine is the file `machine`.
    private static func template(_ folder: String) throws -> String {
        let path = "\(folder)/plain"
        try Files.makeDirectory(path)
        let text = """
            variable "deployment_name" {}
            resource "terraform_data" "node" {
              for_each = toset(["server-0"])
              input    = "\(folder)/machine"
              provisioner "local-exec" {
                command = "touch '${self.input}'"
              }
              provisioner "local-exec" {
                when    = destroy
                command = "rm '${self.input}'"
              }
            }
            output "nodes" {
              value = [{
                name = "server-0", group = "server", public_ip = "198.18.255.1"
                private_ip = "10.0.0.1", user = "root"
                host_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFBST1Ygc2FtcGxlIGhvc3Qga2V5IGZvciB0ZXN0cyE="
              }]
            }
            """
        try Files.write(text, to: path + "/main.tf")
        return path
    }

    @Test(
        "is no successful end, and keeps the directory until somebody has looked",
        arguments: ["halved", "gone", "errored"]
    )
    func refused(how: String) async throws {
        try await ProvProgram.with { prov in
            let make = ["provision", "demo", try Self.template(prov.folder)]
            #expect(try await prov.call(make).run().isSuccess)
            let folder = "\(prov.folder)/demo"
            let state = "\(folder)/tf/terraform.tfstate"
            let whole = try Files.bytes(of: state)
            try Files.remove("\(folder)/last.tfstate")
            try Files.remove(state + ".backup")
            switch how {
            case "halved": try Files.write(Array(whole.prefix(whole.count / 2)), to: state)
            case "gone": try Files.remove(state)
            default: try Files.write("", to: "\(folder)/tf/errored.tfstate")
            }
            // As after an apply that failed: terraform's init runs again, and refuses a broken state.
            try Files.remove("\(folder)/tf/.prov-init")
            for words in [["deprovision", "demo"], make, ["deprovision", "demo"]] {
                let outcome = try await prov.call(words).run()
                #expect(outcome.status == .exited(1))
                let says = "so that not all that it made may be known; look for its machines"
                #expect(outcome.errorText.contains(says), "\(outcome.errorText)")
                #expect(Files.exists("\(prov.folder)/machine"))
            }
            let looked = try await prov.call(["deprovision", "demo", "--gone"]).run()
            #expect(looked.isSuccess, "\(looked.errorText)")
            #expect(!Files.exists(folder))
            // What is known still ends.
            #expect(Files.exists("\(prov.folder)/machine") == (how != "errored"))
        }
    }

    @Test(
        "is gone on from the last good one, or from the one that terraform could not write",
        arguments: ["kept", "errored"]
    )
    func repaired(how: String) async throws {
        try await ProvProgram.with { prov in
            let made = try await prov.call(
                ["provision", "demo", try Self.template(prov.folder)]
            ).run()
            #expect(made.isSuccess, "\(made.errorText)")
            let folder = "\(prov.folder)/demo"
            let state = "\(folder)/tf/terraform.tfstate"
            if how == "kept" {
                try Files.write("{\"version\": 4,", to: state)
            } else {
                try Files.move(state, to: "\(folder)/tf/errored.tfstate")
                try Files.remove("\(folder)/last.tfstate")
            }
            try Files.remove("\(folder)/tf/.prov-init")
            let ended = try await prov.run("deprovision", "demo")
            #expect(ended.isSuccess, "\(ended.errorText)")
            #expect(!Files.exists(folder))
            #expect(!Files.exists("\(prov.folder)/machine"))
        }
    }

    @Test("is none where the first apply failed before it made anything")
    func nothingMade() async throws {
        try await ProvProgram.with { prov in
            let path = try Self.template(prov.folder)
            let text = try Files.read(path + "/main.tf")
                .replacing("touch '${self.input}'", with: "false")
            try Files.write(text, to: path + "/main.tf")
            #expect(try await !prov.run("provision", "demo", path).isSuccess)
            let ended = try await prov.run("deprovision", "demo")
            #expect(ended.isSuccess, "\(ended.errorText)")
            #expect(!Files.exists("\(prov.folder)/demo"))
        }
    }
}
