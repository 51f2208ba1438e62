import DeploymentState
import FoundationEssentials
import Shell
import Testing

@Suite(
    "No machine of AWS is lost or taken by mistake",
    .enabled(AWSEmulator.reason, AWSEmulator.canBeMade),
    .timeLimit(.minutes(15))
)
struct AWSSafetyTests {
    private static let cloud = ["--cloud", "keys.yml", "--region", "us-east-1"]

    private func call(_ prov: ProvProgram, _ words: [String]) async throws -> Outcome {
        try await AWSConfig.call(prov, words).run()
    }

    @Test("copied tags end no machine outside the deployment's own network")
    func copiedTags() async throws {
        try await AWSEmulator.with { aws in
            try AWSConfig.write(to: aws.prov, servers: 1, clients: 1)
            let made = try await call(aws.prov, AWSConfig.provision("mine"))
            #expect(made.isSuccess, "\(made.errorText)")
            let own = try #require(try await aws.instances()["mine-server-0"]?.id)
            let stranger = try await copyTags(of: own, aws)
            let nodes = try await call(aws.prov, ["list"] + Self.cloud)
            #expect(nodes.outputText.contains("  2  "), "\(nodes.outputText)")

            // What stands in its network and is not in its state ends only after it was named.
            let subnet = try await aws.ask(
                "describe-instances",
                ["--instance-ids", own, "--query", "Reservations[0].Instances[0].SubnetId"]
            )
            let inside = try await copyTags(of: own, into: subnet.first, aws)
            let kept = try await aws.prov.atTerminal(["deprovision", "mine"], typing: "y\nn\n")
                .run()
            #expect(kept.status == .exited(1))
            #expect(kept.outputText.contains("mine: this ends what the state does not know too"))
            #expect(kept.outputText.contains("(\(inside))"), "\(kept.outputText)")
            #expect(!kept.outputText.contains("(\(stranger))"), "\(kept.outputText)")
            #expect(try await aws.everything().contains { $0.hasPrefix("instance \(own) mine-") })

            let ended = try await call(aws.prov, ["deprovision", "mine"])
            #expect(ended.isSuccess, "\(ended.errorText)")
            let says = "has the deployment's tags and stands outside its network: left alone"
            #expect(ended.errorText.contains("\(stranger) \(says)"), "\(ended.errorText)")
            #expect(try await aws.instances().values.map(\.id) == [stranger])

            // Its network has gone, so that nothing there is the deployment's.
            let again = try await call(aws.prov, ["deprovision", "mine"] + Self.cloud)
            #expect(again.status == .exited(1) || again.isSuccess, "\(again.errorText)")
            #expect(try await aws.instances().values.map(\.id) == [stranger])
        }
    }

    @Test("a network with copied tags, and what stands in it, is named and left alone")
    func copiedNetwork() async throws {
        try await AWSEmulator.with { aws in
            try AWSConfig.write(to: aws.prov, servers: 1, clients: 1)
            let make = AWSConfig.provision("mine", "--ttl", "8h")
            let made = try await call(aws.prov, make)
            #expect(made.isSuccess, "\(made.errorText)")
            let own = try #require(try await aws.instances()["mine-server-0"]?.id)
            let foreign = try await copyNetwork(of: own, aws)
            let gateway = try await copyGateway(of: own, into: foreign.network, aws)
            let strangers = [foreign.network, foreign.machine, gateway]

            let list = try await call(aws.prov, ["list"] + Self.cloud)
            #expect(list.errorText.contains(foreign.network), "\(list.errorText)")
            #expect(list.errorText.contains("all have its tags"), "\(list.errorText)")

            // What its tags say counts, whatever the record says.
            let files = StateFiles("\(aws.prov.folder)/mine")
            var record = try DeploymentRecord(of: files)
            record.expiresAt = Date(timeIntervalSinceNow: -60)
            try record.write(to: files.record)
            let early = try await call(aws.prov, ["reap", "--yes"])
            #expect(early.errorText.contains("mine: was extended meanwhile"), "\(early.errorText)")

            // A provision that goes on after an unclean end takes nothing of it over.
            record.status = .partial
            try record.write(to: files.record)
            let again = try await call(aws.prov, AWSConfig.provision("mine", "--ttl", "1s"))
            #expect(again.isSuccess, "\(again.errorText)")
            #expect(try await aws.instances().count == 2)
            #expect(try await aws.everything().contains { $0.contains(foreign.machine) })

            // Nor is it ended with a deployment that has expired.
            let ended = try await call(aws.prov, ["reap", "--yes"])
            #expect(ended.isSuccess, "\(ended.errorText)")
            for id in strangers {
                let says = "\(id) has the deployment's tags and stands outside its network"
                for outcome in [again, ended] {
                    #expect(outcome.errorText.contains(says), "\(outcome.errorText)")
                }
            }
            #expect(try await aws.instances().values.map(\.id) == [foreign.machine])
            let left = try await aws.everything()
            for id in strangers { #expect(left.contains { $0.contains(id) }, "\(id): \(left)") }
        }
    }

    @Test(
        "without a state, two networks with the tags of one deployment are refused, or all is named"
    )
    func twoNetworks() async throws {
        try await AWSEmulator.with { aws in
            try AWSConfig.write(to: aws.prov, servers: 1, clients: 1)
            let make = AWSConfig.provision("mine", "--ttl", "1s")
            let made = try await call(aws.prov, make)
            #expect(made.isSuccess, "\(made.errorText)")
            let own = try #require(try await aws.instances()["mine-server-0"]?.id)
            let foreign = try await copyNetwork(of: own, aws)
            let before = try await aws.everything()
            try Files.remove("\(aws.prov.folder)/mine")

            let adopt = ["adopt", "mine", AWSConfig.onDemand, "keys.yml", "c.yml", "--no-ssh"]
            let reap = ["reap", "--yes"] + Self.cloud
            for words in [adopt, ["deprovision", "mine"] + Self.cloud, reap] {
                let refused = try await call(aws.prov, words)
                #expect(refused.status == .exited(1), "\(words)")
                #expect(refused.errorText.contains(": 2 networks have its tags ("))
                #expect(refused.errorText.contains(foreign.network), "\(refused.errorText)")
            }
            #expect(!Files.exists("\(aws.prov.folder)/mine"))
            #expect(try await aws.everything() == before)

            let end = ["deprovision", "mine"] + Self.cloud
            let kept = try await aws.prov.atTerminal(end + ["--yes"], typing: "n\n").run()
            #expect(kept.status == .exited(1))
            for id in [own, foreign.machine, foreign.network] {
                #expect(kept.outputText.contains("(\(id))"), "\(kept.outputText)")
            }
            #expect(try await aws.everything() == before)

            // What holds a subnet of somebody else cannot end, and is said at once.
            let held = try await aws.prov.atTerminal(end, typing: "y\n").run()
            #expect(held.status == .exited(1))
            let says = "\(foreign.network) (\(foreign.subnet))"
            #expect(held.outputText.contains(says), "\(held.outputText)")
            #expect(try await aws.instances().isEmpty)
            _ = try await aws.ask("delete-subnet", ["--subnet-id", foreign.subnet])
            let ended = try await call(aws.prov, end)
            #expect(ended.isSuccess, "\(ended.errorText)")
            #expect(ended.errorText.contains("(\(foreign.network))"), "\(ended.errorText)")
        }
    }

    @Test("a second machine of one name ends only after it was named, where provision goes on")
    func twice() async throws {
        try await AWSEmulator.with { aws in
            try AWSConfig.write(to: aws.prov, servers: 1, clients: 1)
            let make = AWSConfig.provision("mine")
            let made = try await call(aws.prov, make)
            #expect(made.isSuccess, "\(made.errorText)")
            let own = try #require(try await aws.instances()["mine-server-0"]?.id)
            let files = StateFiles("\(aws.prov.folder)/mine")
            var record = try DeploymentRecord(of: files)
            record.status = .partial
            try record.write(to: files.record)
            let subnet = try await aws.ask(
                "describe-instances",
                ["--instance-ids", own, "--query", "Reservations[0].Instances[0].SubnetId"]
            )
            let second = try await copyTags(of: own, into: subnet.first, aws)
            var asking = aws.prov.asking(make)
            asking.timeLimit = .seconds(400)
            let refused = try await asking.run()
            #expect(refused.status == .exited(1))
            let says = "mine: this would end what the state does not know too"
            #expect(refused.errorText.contains(says), "\(refused.errorText)")
            #expect(try await aws.instances().count == 2)
            #expect(try await aws.everything().contains { $0.hasPrefix("instance \(second) ") })
            let again = try await call(aws.prov, make)
            #expect(again.isSuccess, "\(again.errorText)")
            #expect(try await aws.instances()["mine-server-0"]?.id == own)
            #expect(try await call(aws.prov, ["deprovision", "mine"]).isSuccess)
        }
    }

    @Test("a machine that lost its name is listed by its id, and ends with its deployment")
    func nameless() async throws {
        try await AWSEmulator.with { aws in
            let before = try await aws.everything()
            try AWSConfig.write(to: aws.prov, servers: 2, clients: 1)
            let made = try await call(aws.prov, AWSConfig.provision("mine"))
            #expect(made.isSuccess, "\(made.errorText)")
            let id = try #require(try await aws.instances()["mine-server-1"]?.id)
            _ = try await aws.ask("delete-tags", "--resources", id, "--tags", "Key=Name")
            let list = try await call(aws.prov, ["list", "--json"] + Self.cloud)
            #expect(list.isSuccess, "\(list.errorText)")
            #expect(list.outputText.contains("\"\(id)\""), "\(list.outputText)")

            // What the state knows is no stray, whatever its name is now.
            let files = StateFiles("\(aws.prov.folder)/mine")
            var record = try DeploymentRecord(of: files)
            record.status = .partial
            try record.write(to: files.record)
            let again = try await call(aws.prov, AWSConfig.provision("mine"))
            #expect(again.isSuccess, "\(again.errorText)")
            #expect(try await aws.everything().contains { $0.hasPrefix("instance \(id) ") })
            _ = try await aws.ask("delete-tags", "--resources", id, "--tags", "Key=Name")

            try Files.remove("\(aws.prov.folder)/mine")
            let reaped = try await call(aws.prov, ["reap", "--yes"] + Self.cloud)
            #expect(reaped.outputText == "nothing has expired\n", "\(reaped.errorText)")
            let adopt = ["adopt", "mine", AWSConfig.onDemand, "keys.yml", "c.yml", "--no-ssh"]
            let unknown = try await call(aws.prov, adopt)
            #expect(unknown.status == .exited(1))
            let says = "mine: nothing tells which nodes \(id) are; give it its tag Name back"
            #expect(unknown.errorText.contains(says), "\(unknown.errorText)")
            #expect(try await aws.everything().contains { $0.hasPrefix("instance \(id) ") })
            try Files.remove("\(aws.prov.folder)/mine")
            let ended = try await call(aws.prov, ["deprovision", "mine"] + Self.cloud)
            #expect(ended.isSuccess, "\(ended.errorText)")
            #expect(try await aws.everything() == before)
        }
    }

    /// What only looks refuses another account too, and what finds nothing there says so.
    private func refuseStrangers(
        _ stranger: ProvProgram,
        _ files: StateFiles,
        _ aws: AWSEmulator
    ) async throws {
        let says = "mine: was made with the account \"123456789012\", and this is \"111111111111\""
        let whole = try DeploymentRecord(of: files)
        let plan = ["plan", "mine", AWSConfig.onDemand, "keys.yml", "c.yml"]
        for words in [plan, ["extend", "mine", "1h", "--no-ssh"]] {
            let refused = try await call(stranger, words)
            #expect(refused.status == .exited(1), "\(words)")
            #expect(refused.errorText.contains(says), "\(words): \(refused.errorText)")
        }
        #expect(try DeploymentRecord(of: files) == whole)
        var expired = whole
        expired.expiresAt = Date(timeIntervalSinceNow: -60)
        try expired.write(to: files.record)
        let reap = try await call(stranger, ["reap", "--yes"])
        #expect(reap.status == .exited(1))
        #expect(reap.errorText.contains(says), "\(reap.errorText)")
        for words in [["list"] + Self.cloud, ["reap", "--yes"] + Self.cloud] {
            let elsewhere = try await call(stranger, words)
            #expect(elsewhere.isSuccess, "\(elsewhere.errorText)")
            #expect(elsewhere.errorText.contains(says), "\(words): \(elsewhere.errorText)")
        }
        #expect(try await aws.instances().count == 2)
        try whole.write(to: files.record)
    }

    @Test("another region makes nothing a second time, of spot machines too, and ends none")
    func otherRegion() async throws {
        try await AWSEmulator.with { aws in
            // Its network is not taken for what AWS makes by itself.
            let name = "x-default"
            let before = try await aws.everything()
            try AWSConfig.write(to: aws.prov, servers: 1, clients: 1)
            let spot = "\(LocalMachines.repository)/prov/ec2"
            let configs = [name, spot, "keys.yml", "c.yml"]
            let words = ["provision"] + configs + ["--no-ssh"]
            let made = try await call(aws.prov, words + ["--ttl", "8h"])
            #expect(made.isSuccess, "\(made.errorText)")
            let whole = try await aws.everything()
            let path = "\(aws.prov.folder)/c.yml"
            let config = try Files.read(path)
            try Files.write(config.replacing("us-east-1", with: "us-west-2"), to: path)
            let says =
                "\(name): was made in the region \"us-east-1\", and the configs now say \"us-west-2\""
            for command in [words + ["--ttl", "8h"], ["plan"] + configs] {
                let refused = try await call(aws.prov, command)
                #expect(refused.status == .exited(1))
                #expect(refused.errorText.contains(says), "\(command): \(refused.errorText)")
            }
            // Nor does a lost directory come back in another one.
            try Files.remove("\(aws.prov.folder)/\(name)")
            let adopt = ["adopt"] + configs + ["--no-ssh", "--region", "us-east-1"]
            let refused = try await call(aws.prov, adopt)
            #expect(refused.status == .exited(1))
            #expect(
                refused.errorText.contains(
                    "stands in us-east-1, and the configs say region: us-west-2"
                )
            )
            #expect(!Files.exists("\(aws.prov.folder)/\(name)"))
            #expect(try await aws.everything() == whole)
            let ended = try await call(aws.prov, ["deprovision", name] + Self.cloud)
            #expect(ended.isSuccess, "\(ended.errorText)")
            #expect(try await aws.everything() == before)
        }
    }

    @Test("another account, another endpoint and absent machines are no end, but a refusal")
    func otherPlace() async throws {
        try await AWSEmulator.with { aws in
            let before = try await aws.everything()
            try AWSConfig.write(to: aws.prov, servers: 1, clients: 1)
            try Files.write("x_none: 1\n", to: "\(aws.prov.folder)/keys.yml")
            let mine = aws.prov.adding(["AWS_ACCESS_KEY_ID": "me", "AWS_SECRET_ACCESS_KEY": "me"])
            let made = try await call(mine, AWSConfig.provision("mine", "--ttl", "8h"))
            #expect(made.isSuccess, "\(made.errorText)")
            let files = StateFiles("\(mine.folder)/mine")
            let place = try DeploymentRecord(of: files).place
            #expect(place?["account"] == "123456789012" && place?["partition"] == "aws")
            #expect(place?["endpoint"] == aws.url)

            let elsewhere = aws.url.replacing("127.0.0.1", with: "localhost")
            let profile = "[default]\nservices = s\n[services s]\nec2 =\n  endpoint_url = "
            try Files.write("[default]\nendpoint_url = \(elsewhere)\n", to: "\(mine.folder)/plain")
            try Files.write("\(profile)\(aws.url)/\n", to: "\(mine.folder)/services")
            let others = [
                ("account", aws.prov.adding(try await aws.role(inAccount: "111111111111"))),
                ("endpoint", mine.adding(["AWS_ENDPOINT_URL": elsewhere])),
                (
                    "endpoint",
                    mine.adding([
                        "AWS_ENDPOINT_URL": "", "AWS_CONFIG_FILE": "\(mine.folder)/plain",
                    ])
                ),
            ]
            for (what, other) in others {
                let refused = try await call(other, ["deprovision", "mine"])
                #expect(refused.status == .exited(1))
                let says = "prov: mine: was made with the \(what) \""
                #expect(refused.errorText.contains(says), "\(refused.errorText)")
                #expect(try DeploymentRecord(of: files).status == .ready)

                let shown = try await call(other, ["status", "mine"])
                #expect(shown.status == .exited(1))
                #expect(shown.errorText.contains(says), "\(shown.errorText)")
                #expect(shown.outputText.hasPrefix("mine: ready\n"))
            }
            try await refuseStrangers(others[0].1, files, aws)
            try await expectCloudWatch(of: files, aws, mine: mine, stranger: others[0].1)
            // The services of a profile lead to the same place as the variable that made it; only who the
            // caller is goes by a service of its own.
            let services = mine.adding([
                "AWS_ENDPOINT_URL_STS": aws.url, "AWS_CONFIG_FILE": "\(mine.folder)/services",
            ]).without("AWS_ENDPOINT_URL")
            for own in [mine, services] {
                let status = try await call(own, ["status", "mine"])
                #expect(status.isSuccess, "\(status.errorText)")
                #expect(!status.errorText.contains("not compared"), "\(status.errorText)")
            }
            let deaf = mine.adding(["AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": ""])
            let unknown = try await call(deaf, ["status", "mine"])
            #expect(unknown.isSuccess)
            #expect(
                unknown.errorText.contains("whose account it is was not compared: AWS refuses"),
                "\(unknown.errorText)"
            )
            let again = try await call(others[0].1, AWSConfig.provision("mine"))
            #expect(again.errorText.contains("was made with the account"), "\(again.errorText)")

            // A machine that somebody ended is not taken for one that cannot be seen.
            let server = try #require(try await aws.instances()["mine-server-0"]?.id)
            _ = try await aws.ask("terminate-instances", "--instance-ids", server)
            let absent = try await call(mine, ["deprovision", "mine"])
            #expect(absent.status == .exited(1))
            let says = "prov: mine: server-0 cannot be found in account 123456789012"
            #expect(absent.errorText.contains(says), "\(absent.errorText)")
            #expect(try await aws.instances().count == 1)
            let gone = try await call(mine, ["deprovision", "mine", "--gone"])
            #expect(gone.isSuccess, "\(gone.errorText)")
            #expect(try await aws.everything() == before)
        }
    }
}
