import FoundationEssentials
import DeploymentState
import Shell
import TestSupport
import Testing

/// The host keys of machines whose template does not give them: a real sshd, and a `console` that prints
/// what the test says.
@Suite(
    "Host keys from consoles",
    .enabled(if: ProvProgram.hasTerraform),
    .timeLimit(.minutes(3))
)
struct HostKeyTests {
    private struct Machine {
        let prov: ProvProgram
        let sshd: LoopbackSSHD
        /// What sshd shows, as type and key.
        let key: String

        var knownHosts: String { (try? Files.read("\(prov.folder)/demo/known_hosts")) ?? "" }

        func provision(_ options: String...) async throws -> Outcome {
            try await prov.call(["provision", "demo", "own"] + options).run()
        }

        /// Makes the template's program; `nil` for none.
        func setConsole(_ body: String?) throws {
            let path = "\(prov.folder)/own/console"
            try Files.remove(path)
            guard let body else { return }
            try Files.write("#!/bin/bash\nset -eu\n\(body)\n", to: path, mode: 0o700)
        }
    }

    private func withMachine(
        seconds: Int = 60,
        _ body: (Machine) async throws -> Void
    ) async throws {
        try await LoopbackSSHD.with { sshd in
            try await ProvProgram.with { plain in
                let prov = plain.adding(["PROV_CONSOLE_SECONDS": "\(seconds)"])
                try Files.makeDirectory("\(prov.folder)/own")
                let template = """
                    variable "deployment_name" {}
                    resource "terraform_data" "node" {}
                    output "nodes" {
                      value = [{
                        name = "server-0", group = "server", public_ip = "127.0.0.1", private_ip = "127.0.0.1"
                        user = "\(sshd.user)", port = \(sshd.port), vars = { instance_id = "i-0" }
                      }]
                    }

                    """
                try Files.write(template, to: "\(prov.folder)/own/main.tf")
                let line = try Files.read(sshd.folder.appending(path: "host_key.pub").path)
                let key = line.split(separator: " ").prefix(2).joined(separator: " ")
                try await body(Machine(prov: prov, sshd: sshd, key: key))
            }
        }
    }

    private static func console(_ keys: String...) -> String {
        let lines =
            ["-----BEGIN SSH HOST KEY KEYS-----"] + keys + ["-----END SSH HOST KEY KEYS-----"]
        return "printf '%s\\r\\n' " + lines.map { "'\($0)'" }.joined(separator: " ")
    }

    private static let other =
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFBST1Ygc2FtcGxlIGhvc3Qga2V5IGZvciB0ZXN0cyE="

    @Test("are taken once a console shows them, which may be minutes later, and the machine too")
    func told() async throws {
        try await withMachine { machine in
            try machine.setConsole(
                """
                [[ $1 == i-0 ]]
                echo . >>asked
                (( $(wc -l <asked) > 2 )) || { echo 'Linux version 6.8'; exit; }
                \(Self.console(machine.key))
                """
            )
            let made = try await machine.provision()
            #expect(made.isSuccess, "\(made.errorText)")
            #expect(made.errorText.contains("waiting for the consoles of 1 nodes\n"))
            #expect(
                made.errorText.contains(
                    "the host keys of 1 of 1 nodes are those on their consoles\n"
                )
            )
            #expect(machine.knownHosts.contains(machine.key))
            let asked = try Files.read("\(machine.prov.folder)/demo/tf/asked")
            #expect(asked.split(separator: "\n").count == 3)
            // Once known they are not asked for again.
            try machine.setConsole("exit 2")
            let again = try await machine.provision()
            #expect(again.isSuccess, "\(again.errorText)")
            #expect(machine.knownHosts.contains(machine.key))
        }
    }

    @Test("that the console does not have are refused: something else answers there")
    func otherMachine() async throws {
        try await withMachine { machine in
            try machine.setConsole(Self.console(Self.other))
            let refused = try await machine.provision()
            #expect(refused.status == .exited(1))
            #expect(
                refused.errorText.contains(
                    "prov: server-0: shows another host key than the machine's console"
                ),
                "\(refused.errorText)"
            )
            #expect(machine.knownHosts == "")
            let record = try DeploymentRecord(file: "\(machine.prov.folder)/demo/deployment.json")
            #expect(record.status == .partial)
        }
    }

    @Test("of a console that never shows them are waited for so long and no longer")
    func silent() async throws {
        try await withMachine(seconds: 0) { machine in
            try machine.setConsole("echo 'EC2 answers Throttling' >&2; exit 1")
            let late = try await machine.provision()
            #expect(late.status == .exited(1))
            #expect(
                late.errorText.contains(
                    "the consoles of server-0 show no host keys after 0 s (EC2 answers Throttling); "
                ),
                "\(late.errorText)"
            )
            try machine.setConsole("echo 'no permission' >&2; exit 2")
            let never = try await machine.provision()
            #expect(
                never.errorText.contains("the console of server-0 cannot be read: no permission; ")
            )
        }
    }

    @Test("are taken unseen only where that is asked for, and said")
    func trusted() async throws {
        try await withMachine { machine in
            let refused = try await machine.provision()
            #expect(refused.status == .exited(1))
            #expect(
                refused.errorText.contains("prov: nothing tells the host keys of server-0: "),
                "\(refused.errorText)"
            )
            #expect(machine.knownHosts == "")
            let trusted = try await machine.provision("--trust-first-key")
            #expect(trusted.isSuccess, "\(trusted.errorText)")
            #expect(
                trusted.errorText.contains("--trust-first-key: the host keys of 1 of 1 nodes are")
            )
            #expect(machine.knownHosts.contains(machine.key))
        }
    }

    @Test("prov status says which nodes answer and which do not, without a login")
    func status() async throws {
        try await withMachine { machine in
            #expect(try await machine.provision("--trust-first-key").isSuccess)
            let logins = machine.sshd.log.split(separator: "\n").count { $0.contains("Accepted") }
            let answers = try await machine.prov.run("status", "demo")
            #expect(answers.isSuccess, "\(answers.errorText)")
            #expect(answers.outputText.hasSuffix("  answers\n"), "\(answers.outputText)")
            machine.sshd.killAll()
            let silent = try await machine.prov.run("status", "demo")
            #expect(silent.isSuccess)
            #expect(silent.outputText.hasSuffix("  does not answer\n"), "\(silent.outputText)")
            let json = try await machine.prov.run("status", "demo", "--json")
            #expect(json.outputText.contains("\"answers\" : false"))
            #expect(
                machine.sshd.log.split(separator: "\n").count { $0.contains("Accepted") } == logins
            )
        }
    }
}
