import DeploymentState
import FoundationEssentials
import Glibc
import Shell
import Synchronization
import Testing

@Suite(
    "A deployment on AWS",
    .enabled(AWSEmulator.reason, AWSEmulator.canBeMade),
    .timeLimit(.minutes(15))
)
struct AWSLifeTests {
    private static let onDemand = "\(LocalMachines.repository)/prov/ec2-ondemand"
    private static let spot = "\(LocalMachines.repository)/prov/ec2"

    private static func credentials(_ prov: ProvProgram) throws {
        let text = """
            access_key: AKIAPROVTESTS0000000
            secret_key: \(AWSEmulator.secretKey)
            owner: tests@example.org
            ssh_cidr: 203.0.113.7/32

            """
        try Files.write(text, to: "\(prov.folder)/credentials.yml")
    }

    private static func config(
        servers: Int,
        clients: Int,
        zone: String = "us-east-1a",
        more: String = ""
    ) -> String {
        """
        region: us-east-1
        availability_zone: \(zone)
        server_count: \(servers)
        server_instance_type: i4i.2xlarge
        client_count: \(clients)
        client_instance_type: c6i.2xlarge
        \(more)

        """
    }

    /// Provisions without asking the nodes, which no emulator has.
    private static func provision(
        _ prov: ProvProgram,
        _ config: String,
        template: String = onDemand,
        options: [String] = [],
        agrees: Bool = true
    ) async throws -> Outcome {
        try Files.write(config, to: "\(prov.folder)/c.yml")
        let words = ["provision", "life", template, "credentials.yml", "c.yml", "--no-ssh"]
        var call = agrees ? prov.call(words + options) : prov.asking(words + options)
        call.timeLimit = .seconds(400)
        return try await call.run()
    }

    @Test("is planned, made, grown, retagged, shrunk, moved to spot, extended and ended")
    func life() async throws {
        try await AWSEmulator.with(installs: true) { aws in
            let prov = aws.prov
            try Self.credentials(prov)
            let before = try await aws.everything()
            try await Self.expectPlan(prov)

            let (first, leaks) = try await Self.commandLines {
                try await Self.provision(
                    prov,
                    Self.config(servers: 3, clients: 1, more: "ttl: 8h")
                )
            }
            #expect(first.isSuccess, "\(first.errorText)")
            #expect(leaks.isEmpty)
            let made = try await aws.instances()
            #expect(made.count == 5 && !made.values.contains(where: \.isSpot))
            let record = try StateDirectory.open("\(prov.folder)/life").record
            let end = try #require(record.expiresAt)
            #expect(abs(end.timeIntervalSince(record.createdAt) - 8 * 3_600) < 60)
            try await Self.expectClosed(aws)

            let grown = try await Self.provision(
                prov,
                Self.config(servers: 4, clients: 1, more: "tags: { Team: blue }\nttl: 8h")
            )
            #expect(grown.isSuccess, "\(grown.errorText)")
            let four = try await aws.instances()
            #expect(four.count == 6)
            #expect(made.allSatisfy { four[$0.key]?.id == $0.value.id })
            let team = try await aws.ask(
                "describe-instances",
                "--filters",
                "Name=tag:Team,Values=blue",
                "--query",
                "Reservations[].Instances[].[InstanceId]"
            )
            #expect(team.count == 6)

            let smaller = Self.config(
                servers: 2,
                clients: 1,
                more: "tags: { Team: blue }\nttl: 8h\nclient_spot: true"
            )
            let refused = try await Self.provision(prov, smaller, agrees: false)
            #expect(refused.errorText.contains("would end server-2 server-3"))
            let shrunk = try await Self.provision(prov, smaller, options: ["--yes"])
            #expect(shrunk.isSuccess, "\(shrunk.errorText)")
            let two = try await aws.instances()
            #expect(two.count == 4)
            for (name, instance) in two {
                #expect(instance.isSpot == name.contains("client"), "\(name)")
                #expect((instance.id == made[name]?.id) == !name.contains("client"), "\(name)")
            }

            let extended = try await prov.run("extend", "life", "2h", "--no-ssh")
            #expect(extended.isSuccess, "\(extended.errorText)")
            let tags = try await aws.ask(
                "describe-instances",
                "--filters",
                "Name=instance-state-name,Values=running",
                "--query",
                "Reservations[].Instances[].[Tags[?Key==`Expires`]|[0].Value]"
            )
            let later = end.addingTimeInterval(2 * 3_600).formatted(.iso8601)
            #expect(Set(tags) == [later])
            let list = try await prov.run("list")
            #expect(list.outputText.contains("at most $1.80"), "\(list.outputText)")

            try await Self.expectOtherKeyReplaces(prov, smaller)
            try await Self.expectNoTrace(prov)
            let ended = try await prov.run("deprovision", "life")
            #expect(ended.isSuccess, "\(ended.errorText)")
            let left = try await aws.everything().filter { !before.contains($0) }
            #expect(left == [])
        }
    }

    @Test("stops gently on Ctrl-C, goes on when provisioned again, and leaves nothing")
    func interrupt() async throws {
        try await AWSEmulator.with { aws in
            let prov = aws.prov
            try Self.credentials(prov)
            let before = try await aws.everything()
            let config = Self.config(servers: 1, clients: 1, more: "monitor_count: 0")
            try Files.write(config, to: "\(prov.folder)/c.yml")
            let words = ["provision", "life", Self.spot, "credentials.yml", "c.yml", "--no-ssh"]
            let id = Mutex<Int32>(0)
            let outcome = try await prov.call(words).run(
                onStart: { process in id.withLock { $0 = process } },
                onLine: { _, line in
                    // The network stands, the machines do not.
                    if line.contains("made aws_vpc.this") { id.withLock { _ = kill($0, SIGINT) } }
                }
            )
            #expect(outcome.status == .exited(1))
            #expect(
                outcome.errorText.contains("prov: life: interrupted, and left so that it can go on")
            )
            let files = StateFiles("\(prov.folder)/life")
            #expect(try DeploymentRecord(file: files.record).status == .partial)

            let again = try await Self.provision(prov, config, template: Self.spot)
            #expect(again.isSuccess, "\(again.errorText)")
            #expect(try await aws.instances().count == 2)
            #expect(try await prov.run("deprovision", "life").isSuccess)
            // Terraform forgets a launch template if it is told to stop right then; deprovision looks
            // by name and finds it.
            let left = try await aws.everything().filter { !before.contains($0) }
            #expect(left == [])
        }
    }

    @Test("goes to the next zone where one has no room, and never stands in two")
    func capacity() async throws {
        try await AWSEmulator.with { aws in
            try Self.credentials(aws.prov)
            let full = [
                "us-east-1a": "InsufficientInstanceCapacity", "us-east-1b": "SpotMaxPriceTooLow",
            ]
            try await aws.withFullZones(full) { prov, setFull in
                let zones = "[us-east-1a, us-east-1b, us-east-1c]"
                func config(_ servers: Int) -> String {
                    Self.config(servers: servers, clients: 1, zone: zones, more: "monitor_count: 0")
                }
                let made = try await Self.provision(prov, config(1), template: Self.spot)
                #expect(made.isSuccess, "\(made.errorText)")
                for (zone, next) in [("a", "b"), ("b", "c")] {
                    #expect(made.errorText.contains("us-east-1\(zone) has no room: "))
                    #expect(made.errorText.contains("trying us-east-1\(next); "))
                }
                let instances = try await aws.instances()
                #expect(Set(instances.values.map(\.zone)) == ["us-east-1c"])
                #expect(instances.count == 2 && instances.values.allSatisfy(\.isSpot))

                try setFull(["us-east-1c": "MaxSpotInstanceCountExceeded"])
                let more = try await Self.provision(prov, config(2), template: Self.spot)
                #expect(more.status == .exited(1))
                #expect(more.errorText.contains("prov: life: us-east-1c has no room for more"))
                #expect(try await aws.instances().mapValues(\.id) == instances.mapValues(\.id))

                #expect(try await prov.run("deprovision", "life").isSuccess)
                #expect(try await aws.instances().isEmpty)
            }
        }
    }

    /// The plan of a new deployment says what it will be and cost, and leaves nothing behind.
    private static func expectPlan(_ prov: ProvProgram) async throws {
        struct Report: Decodable {
            struct Machines: Decodable {
                let action: String
                let group: String
                let count: Int
            }
            let machines: [Machines]
            let usd_per_hour: Double
        }
        try Files.makeDirectory("\(prov.folder)/temporary")
        let quiet = prov.adding(["TMPDIR": "\(prov.folder)/temporary"])
        try Files.write(config(servers: 3, clients: 1), to: "\(prov.folder)/c.yml")
        let there = try Files.list(prov.folder)
        let words = ["plan", "life", onDemand, "credentials.yml", "c.yml"]
        let json = try await quiet.call(words + ["--json"]).execute()
        let report = try JSONDecoder().decode(Report.self, from: Data(json.output))
        #expect(report.machines.map(\.action) == ["add", "add", "add"])
        #expect(report.machines.map(\.group) == ["server", "client", "monitor"])
        #expect(report.machines.map(\.count) == [3, 1, 1])
        #expect(abs(report.usd_per_hour - 2.4812) < 0.000_01)
        #expect(try Files.list(prov.folder) == there)
        #expect(try Files.list("\(prov.folder)/temporary") == [])
    }

    /// A machine has its key for life, so another one is another machine; another comment is not.
    private static func expectOtherKeyReplaces(_ prov: ProvProgram, _ config: String) async throws {
        struct Report: Decodable {
            struct Machines: Decodable { let action: String }
            let machines: [Machines]
        }
        let key = try Files.read("\(prov.folder)/life/id_ed25519.pub")
        let other = ["-q", "-t", "ed25519", "-N", "", "-f", "other"]
        try await prov.call("ssh-keygen", other).execute()
        try Files.write(
            key.split(separator: " ").prefix(2).joined(separator: " "),
            to: "\(prov.folder)/same.pub"
        )
        for (path, actions) in [
            ("same.pub", []), ("other.pub", ["replace", "replace", "replace"]),
        ] {
            try Files.write("\(config)\npublic_key_path: \(path)\n", to: "\(prov.folder)/c.yml")
            let words = ["plan", "life", onDemand, "credentials.yml", "c.yml", "--json"]
            let json = try await prov.call(words).execute()
            let report = try JSONDecoder().decode(Report.self, from: Data(json.output))
            #expect(report.machines.map(\.action) == actions, "\(path)")
        }
    }

    /// Runs `body` and returns each command line that held the secret key meanwhile.
    private static func commandLines(
        during body: @escaping @Sendable () async throws -> Outcome
    ) async throws -> (Outcome, leaks: Set<String>) {
        try await withThrowingTaskGroup(of: Outcome?.self) { group in
            group.addTask { try await body() }
            var leaks: Set<String> = []
            group.addTask {
                try await Task.sleep(for: .milliseconds(200))
                return nil
            }
            while let outcome = try await group.next() {
                if let outcome {
                    group.cancelAll()
                    return (outcome, leaks)
                }
                for process in try Files.list("/proc") where Int(process) != nil {
                    // Ended meanwhile: an empty line.
                    let line = (try? Files.read("/proc/\(process)/cmdline")) ?? ""
                    if line.contains(AWSEmulator.secretKey) { leaks.insert(line) }
                }
                group.addTask {
                    try await Task.sleep(for: .milliseconds(200))
                    return nil
                }
            }
            throw CancellationError()
        }
    }

    /// From outside only SSH from the one network comes in.
    private static func expectClosed(_ aws: AWSEmulator) async throws {
        let query = "SecurityGroups[].IpPermissions[].[IpRanges[].CidrIp,Ipv6Ranges[].CidrIpv6][][]"
        let filter = "Name=tag:CreatedBy,Values=prov"
        let ranges = try await aws.ask(
            "describe-security-groups",
            "--filters",
            filter,
            "--query",
            query
        )
        #expect(ranges.flatMap { $0.split(separator: "\t") } == ["203.0.113.7/32"])
    }

    /// The secret key is in no file, and no file or folder is open to others.
    private static func expectNoTrace(_ prov: ProvProgram) async throws {
        let folder = "\(prov.folder)/life"
        let found = try await LocalProcess("grep", ["-rl", AWSEmulator.secretKey, folder]).run()
        #expect(found.status == .exited(1), "\(found.outputText)")
        let words = [folder, "!", "-type", "l", "-perm", "/077"]
        #expect(try await LocalProcess("find", words).execute().outputText == "")
    }
}
