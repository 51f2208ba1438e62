import DeploymentState
import FoundationEssentials
import Shell
import Testing

@Suite(
    "Deployments found by tags",
    .enabled(AWSEmulator.reason, AWSEmulator.canBeMade),
    .timeLimit(.minutes(15))
)
struct AWSCloudTests {
    private static let cloud = ["--cloud", "keys.yml", "--region", "us-east-1"]

    private struct Report: Decodable {
        let name: String
        let id: String
        let nodes: [String]
        let owner: String
        let expired: Bool
        let state_directory: String?
    }

    private func list(_ prov: ProvProgram) async throws -> [Report] {
        let outcome = try await prov.call(["list", "--json"] + Self.cloud).run()
        #expect(outcome.isSuccess, "\(outcome.errorText)")
        return try JSONDecoder().decode([Report].self, from: Data(outcome.output))
    }

    private func call(_ prov: ProvProgram, _ words: [String]) async throws -> Outcome {
        try await AWSConfig.call(prov, words).run()
    }

    @Test(
        "are listed, adopted and ended without their state directory; names that are not one's alone are refused"
    )
    func lostDirectory() async throws {
        try await AWSEmulator.with { aws in
            let prov = aws.prov
            let before = try await aws.everything()
            try AWSConfig.write(to: prov)
            #expect(try await list(prov).isEmpty)
            let made = try await call(prov, AWSConfig.provision("lost"))
            #expect(made.isSuccess, "\(made.errorText)")
            let first = try StateDirectory.open("\(prov.folder)/lost")
            #expect(try await list(prov).map(\.state_directory) == [first.path])
            let machines = try await aws.instances().values.map(\.id).sorted()
            try Files.remove(first.path)

            let lost = try #require(try await list(prov).first)
            #expect(lost.name == "lost" && lost.id == first.record.id)
            #expect(lost.nodes == ["client-0", "server-0"])
            #expect(lost.owner == "tests@example.org" && lost.state_directory == nil)

            let wrong = try await call(prov, ["deprovision", "lots"] + Self.cloud)
            #expect(wrong.status == .exited(1))
            #expect(
                wrong.errorText.contains(
                    #"no deployment "lots" in us-east-1 (did you mean "lost"?)"#
                )
            )

            // One that is cut short, here by a config that provision refuses, has its account already.
            let template = AWSConfig.onDemand
            try Files.write("ssh_cidr: 0.0.0.0/0\n", to: "\(prov.folder)/open.yml")
            let cut = try await call(
                prov,
                ["adopt", "lost", template, "keys.yml", "c.yml", "open.yml"]
            )
            #expect(cut.status == .exited(1))
            let begun = try DeploymentRecord(file: "\(first.path)/deployment.json")
            #expect(begun.status == .partial)
            #expect(begun.place?["account"] == first.record.place?["account"])
            #expect(begun.place?["endpoint"] == aws.url)
            #expect(cut.errorText.contains("--open-ssh permits it"), "\(cut.errorText)")
            try Files.remove(first.path)

            // One that was made open is adopted so, and is closed again by the configs without.
            let open = try await call(
                prov,
                [
                    "adopt", "lost", template, "keys.yml", "c.yml", "open.yml", "--open-ssh",
                    "--no-ssh",
                ]
            )
            #expect(open.isSuccess, "\(open.errorText)")
            let says = "SSH will be for 0.0.0.0/0 alone; if you are elsewhere, name one more config"
            #expect(open.errorText.contains(says), "\(open.errorText)")
            let rules = ["--query", "SecurityGroups[].IpPermissions[].IpRanges[].CidrIp"]
            #expect(
                try await aws.ask("describe-security-groups", rules).contains {
                    $0.contains("0.0.0.0/0")
                }
            )
            try Files.remove(first.path)

            // The same machines, and nothing more to do afterwards.
            let adopted = try await call(
                prov,
                ["adopt", "lost", template, "keys.yml", "c.yml", "--no-ssh"]
            )
            #expect(adopted.isSuccess, "\(adopted.errorText)")
            #expect(try await aws.instances().values.map(\.id).sorted() == machines)
            let again = try await call(prov, AWSConfig.provision("lost"))
            #expect(again.isSuccess && !again.errorText.contains("terraform apply"))
            #expect(try StateDirectory.open(first.path).record.id == first.record.id)

            // A second of the same name.
            try Files.remove(first.path)
            let second = try await call(prov, AWSConfig.provision("lost"))
            #expect(second.isSuccess, "\(second.errorText)")
            let newer = try StateDirectory.open("\(prov.folder)/lost").record.id
            let both = try await call(prov, ["deprovision", "lost"] + Self.cloud)
            #expect(both.status == .exited(1))
            let keys = [first.record.id, newer].sorted().map { "lost-\($0)" }
            #expect(
                both.errorText.contains(
                    "lost: 2 deployments have this name; say which: \(keys.joined(separator: " "))"
                )
            )
            let ended = try await call(
                prov,
                ["deprovision", "lost-\(first.record.id)"] + Self.cloud
            )
            #expect(ended.isSuccess, "\(ended.errorText)")
            #expect(try await list(prov).map(\.id) == [newer])
            #expect(try await call(prov, ["deprovision", "lost"]).isSuccess)
            #expect(try await aws.everything() == before)
        }
    }

    @Test("are reaped when they have expired, here and elsewhere, and only when that is wanted")
    func reap() async throws {
        try await AWSEmulator.with { aws in
            let prov = aws.prov
            let before = try await aws.everything()
            try AWSConfig.write(to: prov)
            try await withThrowingTaskGroup { group in
                for (name, ttl) in [("here", "1s"), ("there", "1s"), ("young", "8h")] {
                    group.addTask {
                        let made = try await call(prov, AWSConfig.provision(name, "--ttl", ttl))
                        #expect(made.isSuccess, "\(made.errorText)")
                    }
                }
                try await group.waitForAll()
            }
            try Files.remove("\(prov.folder)/there")
            let shown = try await call(prov, ["reap"])
            #expect(shown.isSuccess && shown.outputText.contains("here "))
            #expect(
                shown.outputText.hasSuffix("pass --yes\n") && !shown.outputText.contains("young")
            )
            #expect(try await aws.instances().count == 6)

            let reaped = try await call(prov, ["reap", "--yes"] + Self.cloud)
            #expect(reaped.isSuccess, "\(reaped.errorText)")
            #expect(try await list(prov).map(\.name) == ["young"])
            #expect(StateDirectory.names(in: prov.folder) == ["young"])
            let nothing = try await call(prov, ["reap", "--yes"] + Self.cloud)
            #expect(nothing.outputText == "nothing has expired\n")
            #expect(try await call(prov, ["deprovision", "young"]).isSuccess)
            #expect(try await aws.everything() == before)
        }
    }

    @Test("are not found with credentials that AWS refuses, and one line says so")
    func refusal() async throws {
        try await AWSEmulator.with { aws in
            try AWSConfig.write(to: aws.prov)
            // From now on the emulator looks at the credentials, and knows none.
            let reset = ["-sSd", "0", "-H", "Content-Type: text/plain"]
            try await aws.prov.call("curl", reset + ["\(aws.url)/moto-api/reset-auth"]).execute()
            let list = try await call(aws.prov, ["list"] + Self.cloud)
            let made = try await call(aws.prov, AWSConfig.provision("refused"))
            for outcome in [list, made] {
                #expect(outcome.status == .exited(1))
                let line = try #require(outcome.errorText.split(separator: "\n").last)
                #expect(
                    line.hasPrefix("prov: AWS refuses access_key and secret_key of the configs: "),
                    "\(outcome.errorText)"
                )
                #expect(!outcome.errorText.contains(AWSEmulator.secretKey))
            }
            let hidden = "region: ${env:HIDDEN_REGION}\n"
            try Files.write(hidden, to: "\(aws.prov.folder)/hidden.yml")
            let secret = try await call(
                aws.prov.adding(["HIDDEN_REGION": "eu-central-1"]),
                ["list", "--cloud", "keys.yml", "hidden.yml"]
            )
            #expect(secret.errorText.contains("looking in"))
            #expect(!"\(secret.errorText)\(secret.outputText)".contains("eu-central-1"))
            let keys = ["AWS_ACCESS_KEY_ID": "AKIANOBODY", "AWS_SECRET_ACCESS_KEY": "x"]
            let environment = try await call(
                aws.prov.adding(keys),
                ["list", "--cloud", "--region", "us-east-1"]
            )
            #expect(environment.errorText.contains("refuses AWS_ACCESS_KEY_ID of the environment"))
        }
    }
}
