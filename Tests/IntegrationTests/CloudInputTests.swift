import DeploymentState
import Glibc
import Shell
import Testing

/// Bad input for the EC2 templates, through the built `prov`: nothing is made, and no call to AWS
/// or terraform happens before the message.
@Suite("Bad input for EC2", .timeLimit(.minutes(2)))
struct CloudInputTests {
    /// A row: what the config says instead of a right line, and the whole message.
    struct Row: Sendable, CustomTestStringConvertible {
        /// The key whose line is replaced; it is left out where `line` is empty.
        let key: String
        let line: String
        /// `HERE` stands for the folder.
        let message: String

        var testDescription: String { line.isEmpty ? "no \(key)" : line }

        init(_ key: String, _ line: String, _ message: String) {
            self.key = key
            self.line = line
            self.message = message
        }
    }

    private static let credentials =
        "leave both keys out to use the AWS environment or profile"
    private static let network = "must be a network such as 203.0.113.7/32, or auto, found"
    private static let permits =
        "(name your own network, or auto for your own address; --open-ssh permits it)"

    static let rows = [
        Row(
            "region",
            "region: us-esat-1",
            "c.yml:1:9: region must be an AWS region such as us-east-1, found \"us-esat-1\""
                + " (did you mean \"us-east-1\"?)"
        ),
        Row(
            "region",
            "region: moon",
            "c.yml:1:9: region must be an AWS region such as us-east-1, found \"moon\""
        ),
        Row(
            "region",
            "regoin: us-east-1",
            """
            c.yml:1:1: unknown key "regoin" (did you mean "region"?)
            c.yml: missing key "region", which TEMPLATE needs: AWS region, such as us-east-1
            """
        ),
        Row(
            "availability_zone",
            "availability_zone: [us-east-1a, us-west-2a]",
            "c.yml:2:33: availability_zone is in no zone of us-east-1: \"us-west-2a\""
                + " (name one such as us-east-1a)"
        ),
        Row("ssh_cidr", "ssh_cidr: ''", "c.yml:3:11: ssh_cidr \(network) \"\""),
        Row("ssh_cidr", "ssh_cidr:", "c.yml:3:10: ssh_cidr \(network) null"),
        Row("ssh_cidr", "ssh_cidr: 10.0.0.1/33", "c.yml:3:11: ssh_cidr \(network) \"10.0.0.1/33\""),
        Row("ssh_cidr", "ssh_cidr: home", "c.yml:3:11: ssh_cidr \(network) \"home\""),
        Row(
            "ssh_cidr",
            "ssh_cidr: 203.0.113.7",
            "c.yml:3:11: ssh_cidr \(network) \"203.0.113.7\" (write 203.0.113.7/32)"
        ),
        Row(
            "ssh_cidr",
            "ssh_cidr: 203.0.113.7/24",
            "c.yml:3:11: ssh_cidr has host bits set: \"203.0.113.7/24\" (write 203.0.113.0/24 for the"
                + " network, or 203.0.113.7/32 for the one address)"
        ),
        Row(
            "ssh_cidr",
            "ssh_cidr: 0.0.0.0/0",
            "c.yml:3:11: ssh_cidr opens SSH to the whole world: \"0.0.0.0/0\" \(permits)"
        ),
        Row(
            "ssh_cidr",
            "ssh_cidr: ::/0",
            "c.yml:3:11: ssh_cidr opens SSH to the whole world: \"::/0\" \(permits)"
        ),
        Row(
            "ssh_cidr",
            "ssh_cidr: 203.0.113.7/32, 64.0.0.0/7",
            "c.yml:3:11: ssh_cidr opens SSH to too many: \"64.0.0.0/7\" \(permits)"
        ),
        Row(
            "ssh_cidr",
            "ssh_cidr: 2001:db8::/32",
            "c.yml:3:11: ssh_cidr is IPv6, which the deployment's network does not have:"
                + " \"2001:db8::/32\" (name an IPv4 network, or auto)"
        ),
        Row(
            "ssh_cidr",
            "",
            "c.yml: missing key \"ssh_cidr\", which TEMPLATE needs: IPv4 networks that may reach the"
                + " nodes by SSH, with commas between; auto is the caller's address"
        ),
        Row(
            "ssh_cidr",
            "open_ssh: true",
            """
            c.yml:3:1: key "open_ssh" is set by prov itself (remove it)
            c.yml: missing key "ssh_cidr", which TEMPLATE needs: IPv4 networks that may reach the \
            nodes by SSH, with commas between; auto is the caller's address
            """
        ),
        Row(
            "server_count",
            "server_count: 0",
            "c.yml:4:15: server_count must be an integer from 1 to 1000, found 0"
        ),
        Row(
            "server_count",
            "server_count: -1",
            "c.yml:4:15: server_count must be an integer from 1 to 1000, found -1"
        ),
        Row(
            "server_count",
            "server_count: three",
            "c.yml:4:15: server_count must be an integer from 1 to 1000, found \"three\""
        ),
        Row(
            "ttl",
            "ttl: soon",
            "c.yml:5:6: ttl must be a duration such as 8h, 90m or 1h30m, found \"soon\""
        ),
        Row(
            "owner",
            "owner: ${env:MISSING}",
            "c.yml:6:8: owner: environment variable \"MISSING\" is not set (export it)"
        ),
        Row(
            "public_key_path",
            "public_key_path: HERE/none.pub",
            "c.yml:7:18: public_key_path names no file: \"HERE/none.pub\" (check the path)"
        ),
        Row(
            "private_key_path",
            "private_key_path: HERE/none",
            "c.yml:8:19: private_key_path names no file: \"HERE/none\" (check the path)"
        ),
        Row(
            "private_key_path",
            "private_key_path: HERE/other",
            "c.yml:8:19: private_key_path does not fit public_key_path: \"HERE/other\" and"
                + " \"HERE/key.pub\" are of two pairs (name the two halves of one)"
        ),
        Row(
            "private_key_path",
            "private_key_path: HERE/open",
            "c.yml:8:19: private_key_path names a key that others may read, so ssh refuses it:"
                + " \"HERE/open\" has mode 0644 (chmod 600 HERE/open)"
        ),
        Row(
            "private_key_path",
            "private_key_path: HERE",
            "c.yml:8:19: private_key_path names a directory: \"HERE\" (name the key file in it)"
        ),
        Row(
            "private_key_path",
            "private_key_path: HERE/c.yml",
            "c.yml:8:19: private_key_path names no private key that ssh-keygen can read:"
                + " \"HERE/c.yml\" (check the path)"
        ),
        Row(
            "public_key_path",
            "public_key_path: HERE/c.yml",
            "c.yml:7:18: public_key_path names no OpenSSH public key: \"HERE/c.yml\" (it begins with"
                + " ssh-ed25519 or ssh-rsa)"
        ),
        Row(
            "access_key",
            "",
            "c.yml:9:1: secret_key is set without access_key (set both, or \(credentials))"
        ),
        Row(
            "secret_key",
            "",
            "c.yml:9:1: access_key is set without secret_key (set both, or \(credentials))"
        ),
        Row(
            "secret_key",
            "secret_key: ''",
            "c.yml:10:13: secret_key is empty (fill it in, or \(credentials))"
        ),
    ]

    @Test("each has one exact message, exit status 1, and makes nothing", arguments: rows)
    func table(row: Row) async throws {
        try await Self.withConfig { program in
            let text = try Files.read(program.folder + "/c.yml")
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
                .compactMap { line -> String? in
                    guard line.hasPrefix(row.key + ":") else { return String(line) }
                    return row.line.isEmpty ? nil : row.line
                }
            try Files.write(
                lines.joined(separator: "\n").replacing("HERE", with: program.folder),
                to: program.folder + "/c.yml"
            )
            let outcome = try await program.run("provision", "x", Self.template, "c.yml")
            let message = outcome.errorText.replacing(program.folder, with: "HERE")
                .replacing(Self.template, with: "TEMPLATE")
            #expect(message == row.message + "\n")
            #expect(outcome.status == .exited(1))
            #expect(!Files.exists(program.folder + "/x"))
            #expect(!outcome.errorText.contains("s3cret"))
        }
    }

    @Test("credentials that are nowhere are missed before terraform runs; a profile is enough")
    func absentCredentials() async throws {
        try await Self.withConfig { program in
            let config = try Files.read(program.folder + "/c.yml")
            let lines = config.split(separator: "\n").filter { !$0.contains("_key: ") }
            try Files.write(lines.joined(separator: "\n"), to: program.folder + "/c.yml")
            var call = program.call([
                "provision", "x", Self.template, "c.yml", "--terraform", "/none/terraform",
            ])
            #expect(
                try await call.run().errorText
                    == """
                    c.yml: access_key and secret_key are in no config, and neither the AWS environment \
                    nor a profile has any (set both keys in a config, export AWS_ACCESS_KEY_ID and \
                    AWS_SECRET_ACCESS_KEY, or choose a profile with AWS_PROFILE)

                    """
            )
            try Files.makeDirectory(program.folder + "/.aws")
            let profile = "[default]\nregion = us-east-1\n[profile lab]\naws_access_key_id = A\n"
            try Files.write(profile, to: program.folder + "/.aws/config")
            #expect(try await call.run().errorText.contains("are in no config"))
            call.environment?["AWS_PROFILE"] = "lab"
            #expect(try await call.run().errorText.contains("/none/terraform: no such program"))
        }
    }

    @Test("auto asks for the caller's address, and says so when it cannot be had")
    func auto() async throws {
        try await Self.withConfig { program in
            let config = try Files.read(program.folder + "/c.yml")
            try Files.write(
                config.replacing("ssh_cidr: 203.0.113.7/32", with: "ssh_cidr: auto"),
                to: program.folder + "/c.yml"
            )
            var call = program.call([
                "provision", "x", Self.template, "c.yml", "--terraform", "/none/terraform",
            ])
            let file = program.folder + "/address"
            call.environment?["PROV_ADDRESS_URL"] = "file://" + file
            let remedy = "set ssh_cidr to your own network, such as 203.0.113.7/32\n"
            var text = try await call.run().errorText
            #expect(text.hasPrefix("prov: ssh_cidr is auto, but your public address cannot be had"))
            #expect(text.hasSuffix(remedy))
            try Files.write("<html>", to: file)
            text = try await call.run().errorText
            #expect(text.hasSuffix("from file://\(file): it answers \"<html>\"; \(remedy)"))
            try Files.write("198.51.100.9\n", to: file)
            #expect(try await call.run().errorText.contains("/none/terraform: no such program"))
        }
    }

    private static var template: String {
        let tests = Files.split(Files.split(#filePath).directory).directory
        return Files.split(tests).directory + "/prov/ec2-ondemand"
    }

    /// Gives `body` a folder with a config that is right, and keys.
    private static func withConfig(_ body: (ProvProgram) async throws -> Void) async throws {
        try await ProvProgram.with { program in
            let folder = program.folder
            for name in ["key", "other", "open"] {
                let words = ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", "\(folder)/\(name)"]
                try await LocalProcess("ssh-keygen", words, timeLimit: .seconds(30)).execute()
            }
            chmod("\(folder)/open", 0o644)
            let config = """
                region: us-east-1
                availability_zone: us-east-1a
                ssh_cidr: 203.0.113.7/32
                server_count: 3
                ttl: 8h
                owner: me
                public_key_path: \(folder)/key.pub
                private_key_path: \(folder)/key
                access_key: AKIDEXAMPLE
                secret_key: s3cret
                server_instance_type: i4i.2xlarge
                client_count: 2
                client_instance_type: c6i.2xlarge
                """
            try Files.write(config, to: folder + "/c.yml")
            try await body(program)
        }
    }
}
