import FoundationEssentials
import DeploymentState
import Shell
import TestSupport
import Testing

/// The command that stands in the README, as a person types it in a clone.
@Suite(
    "prov provision 4504 prov/ec2-ondemand configs/*.yml",
    .enabled(AWSEmulator.reason, AWSEmulator.canBeMade),
    .timeLimit(.minutes(15))
)
struct AWSCommandTests {
    /// Makes a clone's configs and templates, with the credentials filled in as their template says.
    private static func clone(into prov: ProvProgram, _ sshd: LoopbackSSHD) async throws {
        let folder = prov.folder
        for name in ["configs", "prov"] {
            let words = ["-a", "\(LocalMachines.repository)/\(name)", folder]
            try await LocalProcess("cp", words).execute()
        }
        let template = try Files.read("\(folder)/configs/credentials.yml.template")
        try Files.write(
            template.replacing("access_key: \"\"", with: "access_key: AKIAPROVTESTS0000000")
                .replacing("secret_key: \"\"", with: "secret_key: \(AWSEmulator.secretKey)"),
            to: "\(folder)/configs/credentials.yml"
        )
        try Files.makeDirectory("\(folder)/.ssh")
        for (key, end) in [("identity", ""), ("identity.pub", ".pub")] {
            let bytes = try Files.bytes(of: sshd.folder.appending(path: key).path)
            try Files.write(bytes, to: "\(folder)/.ssh/id_ed25519\(end)")
        }
        // The one thing that is not as on EC2: the port at which a real sshd stands for the machines'.
        let outputs = "\(folder)/prov/ec2/outputs.tf"
        let text = try Files.read(outputs)
        try Files.write(text.replacing("= 22\n", with: "= \(sshd.port)\n"), to: outputs)

        // What the machines' consoles show, and the address of whoever calls.
        let key = try Files.read(sshd.folder.appending(path: "host_key.pub").path)
        let console =
            "-----BEGIN SSH HOST KEY KEYS-----\r\n\(key)-----END SSH HOST KEY KEYS-----\r\n"
        try Files.write(console, to: "\(folder)/console")
        try Files.write(AWSEmulator.secretKey, to: "\(folder)/secret")
        try Files.write("198.51.100.9\n", to: "\(folder)/address")
    }

    /// Types a command line, which the shell expands, and the answer to its question.
    private static func type(
        _ line: String,
        answering answer: String,
        _ prov: ProvProgram
    ) async throws -> Outcome {
        let command = line.replacing(
            "prov ",
            with: ProvProgram.executable + " ",
            maxReplacements: 1
        )
        var call = prov.call("script", ["-qec", command, "/dev/null"], limit: .seconds(500))
        call.input = Array(answer.utf8)
        return try await call.run()
    }

    @Test("makes six servers, four clients and a monitor in a clone as it is, and all of it ends")
    func command() async throws {
        try await AWSEmulator.with { aws in
            try await LoopbackSSHD.with { sshd in
                let before = try await aws.everything()
                try await Self.clone(into: aws.prov, sshd)
                try await aws.withProxy { plain in
                    let prov = plain.adding(["PROV_ADDRESS_URL": "file://\(plain.folder)/address"])
                    let made = try await Self.type(
                        "prov provision 4504 prov/ec2-ondemand configs/*.yml",
                        answering: "y\n",
                        prov
                    )
                    #expect(made.isSuccess, "\(made.outputText)")
                    #expect(
                        made.outputText.contains(
                            "4504 is ready: 6 servers, 4 clients, 1 monitor in "
                        ),
                        "\(made.outputText)"
                    )
                    #expect(!made.outputText.contains("replaces"))
                    #expect(try await aws.instances().count == 11)
                    try await Self.expectKeys(prov, sshd)
                    let status = try await prov.run("status", "4504")
                    #expect(status.isSuccess, "\(status.errorText)")
                    let answers = status.outputText.split(separator: "\n").count {
                        $0.hasSuffix("  answers")
                    }
                    #expect(answers == 11, "\(status.outputText)")

                    let gone = try await Self.type("prov deprovision 4504", answering: "y\n", prov)
                    #expect(gone.outputText.contains("4504 is gone after "), "\(gone.outputText)")
                }
                #expect(!Files.exists("\(aws.prov.folder)/4504"))
                #expect(try await aws.everything().filter { !before.contains($0) } == [])
            }
        }
    }

    /// The keys are those on the consoles, which were asked for with a right signature; machines older
    /// than Nitro were asked in the way that they know.
    private static func expectKeys(_ prov: ProvProgram, _ sshd: LoopbackSSHD) async throws {
        let key = try Files.read(sshd.folder.appending(path: "host_key.pub").path)
            .split(separator: " ")[1]
        let known = try Files.read("\(prov.folder)/4504/known_hosts").split(separator: "\n")
        #expect(known.count == 11 && known.allSatisfy { $0.contains(key) })
        let asked = try Files.read("\(prov.folder)/console.log").split(separator: "\n")
        let machines = Set(asked.map { $0.split(separator: " ")[0] })
        #expect(machines.count == 11)
        for machine in machines {
            let isOld = machine.last?.hexDigitValue.map { $0 % 2 == 1 } ?? false
            #expect(asked.contains(machine) == isOld, "\(machine)")
        }
        let words = ["-rl", AWSEmulator.secretKey, "\(prov.folder)/4504"]
        #expect(try await LocalProcess("grep", words).run().status == .exited(1))
    }

    @Test("a wrong image is said before anything is made, once, with its place in the YAML")
    func image() async throws {
        try await AWSEmulator.with { aws in
            let prov = aws.prov
            try AWSConfig.write(to: prov)
            let config = try Files.read("\(prov.folder)/c.yml")
            try Files.write(
                config + "client_ami: ami-0123456789abcdef0\n",
                to: "\(prov.folder)/c.yml"
            )
            let before = try await aws.everything()
            let line = config.split(separator: "\n", omittingEmptySubsequences: false).count
            let message =
                "c.yml:\(line):13: client_ami: ami-0123456789abcdef0 does not exist in us-east-1 "
                + "(name one that does, or leave it out for the template's own choice)"
            for verb in ["plan", "provision"] {
                let words = [verb, "demo", AWSConfig.onDemand, "keys.yml", "c.yml"]
                let refused = try await AWSConfig.call(prov, words).run()
                #expect(refused.status == .exited(1))
                let lines = refused.errorText.split(separator: "\n").filter { $0.contains("ami-") }
                #expect(lines.map(String.init) == [message], "\(refused.errorText)")
                #expect(!refused.errorText.contains("terraform apply"))
                #expect(!Files.exists("\(prov.folder)/demo"))
            }
            #expect(try await aws.everything() == before)
        }
    }

    @Test("an image that was withdrawn keeps nobody from extending or ending what runs")
    func withdrawn() async throws {
        try await AWSEmulator.with { aws in
            let prov = aws.prov
            try AWSConfig.write(to: prov)
            let image = try await aws.ask(
                "register-image",
                "--name",
                "own",
                "--architecture",
                "x86_64",
                "--root-device-name",
                "/dev/sda1"
            ).joined()
            let config = try Files.read("\(prov.folder)/c.yml")
            try Files.write(
                config + "server_ami: \(image)\nttl: 8h\n",
                to: "\(prov.folder)/c.yml"
            )
            let made = try await AWSConfig.call(prov, AWSConfig.provision("demo")).run()
            #expect(made.isSuccess, "\(made.errorText)")
            _ = try await aws.ask("deregister-image", "--image-id", image)
            let words = ["extend", "demo", "1h", "--no-ssh"]
            let extended = try await AWSConfig.call(prov, words).run()
            #expect(extended.isSuccess, "\(extended.errorText)")
            let gone = try await AWSConfig.call(prov, ["deprovision", "demo"]).run()
            #expect(gone.isSuccess, "\(gone.errorText)")
            #expect(try await aws.instances().isEmpty)
        }
    }
}
