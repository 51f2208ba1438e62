import DeploymentState
import Glibc
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
        "an older or emptied one in its place is put right, or refused by name",
        arguments: [-1, 1]
    )
    func replaced(by serials: Int) async throws {
        try await ProvProgram.with { prov in
            let made = try await prov.run("provision", "demo", try Self.template(prov.folder))
            #expect(made.isSuccess, "\(made.errorText)")
            let state = "\(prov.folder)/demo/tf/terraform.tfstate"
            let text = try Files.read(state)
            let serial = try #require(text.firstMatch(of: #/"serial": (\d+)/#)?.1)
            let lineage = try #require(text.firstMatch(of: #/"lineage": "[^"]*"/#)?.0)
            let number = try #require(Int(serial)) + serials
            try Files.write(
                "{\"version\": 4, \"serial\": \(number), \(lineage), \"outputs\": {}, \"resources\": []}",
                to: state
            )
            let ended = try await prov.run("deprovision", "demo")
            #expect(ended.isSuccess == (serials < 0), "\(ended.errorText)")
            #expect(Files.exists("\(prov.folder)/machine") == (serials > 0))
            if serials > 0 {
                let says =
                    "terraform's state does not know terraform_data.node[\"server-0\"], so that"
                #expect(ended.errorText.contains(says), "\(ended.errorText)")
                #expect(try await prov.run("deprovision", "demo", "--gone").isSuccess)
            }
            #expect(!Files.exists("\(prov.folder)/demo"))
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

    @Test(
        "a copy of the template that has gone, or only its mark, ends no machine unasked",
        arguments: ["tf", "tf/.prov-applied"],
        [true, false]
    )
    func lostCopy(path: String, hasSweep: Bool) async throws {
        try await ProvProgram.with { prov in
            let template = hasSweep ? ProvProgram.processes : try Self.template(prov.folder)
            let made = try await prov.run("provision", "demo", template)
            #expect(made.isSuccess, "\(made.errorText)")
            let files = StateFiles("\(prov.folder)/demo")
            let record = try DeploymentRecord(file: files.record)
            #expect(record.wasApplied == true)
            let id = record.id
            let machines = {
                hasSweep
                    ? try ProvProgram.machines(of: id).count
                    : Files.exists("\(prov.folder)/machine") ? 1 : 0
            }
            let count = hasSweep ? 3 : 1
            try Files.remove("\(files.path)/\(path)")
            let unasked = try await prov.asking(["deprovision", "demo"]).run()
            #expect(unasked.status == .exited(1))
            let says =
                "this would end \(count) server\(count == 1 ? "" : "s") with all that is on them"
            #expect(unasked.errorText.contains(says), "\(unasked.errorText)")
            #expect(try machines() == count)
            if !hasSweep {
                // It is the same deployment: nothing is made a second time, and nothing is missing.
                let again = try await prov.run("provision", "demo", template)
                #expect(again.isSuccess, "\(again.errorText)")
                #expect(try machines() == 1)
                try Files.remove("\(files.path)/\(path)")
            }
            let ended = try await prov.run("deprovision", "demo")
            #expect(ended.isSuccess, "\(ended.errorText)")
            #expect(!Files.exists(files.path))
            #expect(try machines() == 0)
        }
    }

    @Test("nor does one that goes while a killed provision is not finished")
    func lostCopyHalfWay() async throws {
        try await ProvProgram.with { prov in
            try Files.write("server_count: 12\nboot_seconds: 2\n", to: "\(prov.folder)/c.yml")
            let files = StateFiles("\(prov.folder)/demo")
            // Terraform makes ten at a time: while the first are there the last are not.
            let words = ["provision", "demo", ProvProgram.processes, "c.yml"]
            let ids = AsyncStream<Int32>.makeStream()
            async let outcome = prov.call(words).run(onStart: { ids.continuation.yield($0) })
            for await prov in ids.stream {
                while try Self.machines(files).isEmpty {
                    try await Task.sleep(for: .milliseconds(5))
                }
                kill(prov, SIGKILL)
                break
            }
            _ = try await outcome
            // Not the machines, whose current directory it is too.
            for process in try prov.processes(of: "demo") {
                let name = (try? Files.read("/proc/\(process)/comm")) ?? ""  // ended meanwhile
                if name.hasPrefix("terraform") || name.hasPrefix("tofu") { kill(process, SIGKILL) }
            }
            // A script of it may still be at work there.
            try Files.move(files.terraform, to: "\(prov.folder)/lost")
            let unasked = try await prov.asking(["deprovision", "demo"]).run()
            #expect(unasked.status == .exited(1))
            let says = "this would end all that an unfinished provision made"
            #expect(unasked.errorText.contains(says), "\(unasked.errorText)")
            let id = try DeploymentRecord(file: files.record).id
            #expect(try !ProvProgram.machines(of: id).isEmpty)
            let ended = try await prov.run("deprovision", "demo")
            #expect(ended.isSuccess, "\(ended.errorText)")
            #expect(!Files.exists(files.path))
            #expect(try ProvProgram.machines(of: id).isEmpty)
        }
    }

    /// The machines of a deployment whose record may not be there yet.
    private static func machines(_ files: StateFiles) throws -> [String] {
        guard Files.exists(files.record) else { return [] }
        return try ProvProgram.machines(of: DeploymentRecord(file: files.record).id)
    }

    @Test("where its template has gone too, the machines are named, and only --gone goes on")
    func lostTemplate() async throws {
        try await ProvProgram.with { prov in
            let template = try Self.template(prov.folder)
            #expect(try await prov.run("provision", "demo", template).isSuccess)
            let folder = "\(prov.folder)/demo"
            try Files.remove(folder + "/tf")
            try Files.move(template, to: "\(prov.folder)/elsewhere")
            let refused = try await prov.run("deprovision", "demo")
            #expect(refused.status == .exited(1))
            let says =
                "and so has \(template), from which they came, so that server-0 cannot be ended"
            #expect(refused.errorText.contains(says), "\(refused.errorText)")
            #expect(Files.exists("\(prov.folder)/machine"))
            #expect(try await !prov.asking(["deprovision", "demo", "--gone"]).run().isSuccess)
            #expect(try await prov.run("deprovision", "demo", "--gone").isSuccess)
            #expect(!Files.exists(folder))
        }
    }

    @Test("a deployment of which nothing was made ends without a question")
    func neverApplied() async throws {
        try await ProvProgram.with { prov in
            let template = try Self.template(prov.folder)
            let text = try Files.read(template + "/main.tf")
            // Terraform's init fails.
            try Files.write(
                text + "module \"m\" { source = \"./none\" }\n",
                to: template + "/main.tf"
            )
            #expect(try await !prov.run("provision", "demo", template).isSuccess)
            let files = StateFiles("\(prov.folder)/demo")
            #expect(Files.exists(files.record))
            let ended = try await prov.asking(["deprovision", "demo"]).run()
            #expect(ended.isSuccess, "\(ended.errorText)")
            #expect(!Files.exists(files.path))
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
