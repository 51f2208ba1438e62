import DeploymentState
import FoundationEssentials
import Glibc
import Shell
import Testing

/// What nobody agreed to is not done: no part of the program says yes for the user.
@Suite("Nothing happens unasked", .timeLimit(.minutes(15)))
struct UnaskedTests {
    /// Puts a terraform before the real one that writes down each call, as `FOLDER VERB`.
    static func watch(_ prov: ProvProgram) throws -> (program: String, log: String) {
        let real = LocalProcess.find("terraform") ?? LocalProcess.find("tofu") ?? ""
        let (program, log) = ("\(prov.folder)/terraform", "\(prov.folder)/calls")
        // The name decides what prov looks for when its own process has been killed.
        let script = """
            #!/bin/bash
            printf '%s %s\\n' "$PWD" "$*" >>'\(log)'
            exec -a terraform '\(real)' "$@"

            """
        try Files.write(script, to: program, mode: 0o700)
        try Files.write("", to: log)
        return (program, log)
    }

    /// The calls that can change anything: all but those that look, and those of what only looks.
    static func changes(in log: String) throws -> [String] {
        let looks = ["init", "plan", "show", "output", "version"]
        return try Files.read(log).split(separator: "\n").map(String.init).filter { line in
            let words = line.split(separator: " ").map(String.init)
            let isLook = ["/find/tf", "/identity/tf"].contains { words[0].hasSuffix($0) }
            return !isLook && !looks.contains(words[1])
        }
    }

    @Test(
        "without a terminal and without --yes, terraform is called for nothing that changes anything",
        .enabled(if: ProvProgram.hasTerraform, "there is neither terraform nor tofu")
    )
    func calls() async throws {
        try await ProvProgram.with { prov in
            let (program, log) = try Self.watch(prov)
            try Files.write("server_count: 2\n", to: "\(prov.folder)/c.yml")
            try Files.write("server_count: 1\n", to: "\(prov.folder)/less.yml")
            func make(_ config: String) -> [String] {
                ["provision", "demo", ProvProgram.processes, config, "--terraform", program]
            }
            let refused = try await prov.asking(make("c.yml")).run()
            #expect(refused.status == .exited(1))
            #expect(try Files.read(log).contains(" plan "))
            #expect(try Self.changes(in: log) == [])

            let made = try await prov.call(make("c.yml")).run()
            #expect(made.isSuccess, "\(made.errorText)")
            // The watch sees what does change something.
            #expect(try Self.changes(in: log).contains { $0.contains(" apply ") })
            let path = "\(prov.folder)/demo/deployment.json"
            var record = try DeploymentRecord(file: path)
            record.expiresAt = Date(timeIntervalSinceNow: -60)
            for words in [make("less.yml"), ["deprovision", "demo"], ["reap"]] {
                try Files.write("", to: log)
                if words == ["reap"] { try record.write(to: path) }
                _ = try await prov.asking(words).run()
                #expect(try Self.changes(in: log) == [], "\(words)")
            }
            #expect(try ProvProgram.machines(of: record.id).count == 2)
        }
    }

    @Test(
        "nor is it where deployments are found by their tags",
        .enabled(AWSEmulator.reason, AWSEmulator.canBeMade)
    )
    func cloudCalls() async throws {
        try await AWSEmulator.with { aws in
            let prov = aws.prov
            try AWSConfig.write(to: prov)
            let (program, log) = try Self.watch(prov)
            let made = try await AWSConfig.call(prov, AWSConfig.provision("lost", "--ttl", "1s"))
                .run()
            #expect(made.isSuccess, "\(made.errorText)")
            try Files.remove("\(prov.folder)/lost")
            let cloud = ["--cloud", "keys.yml", "--region", "us-east-1", "--terraform", program]
            // Other counts: what is to be ended would be ended by adopting.
            try Files.write("server_instance_type: i4i.xlarge\n", to: "\(prov.folder)/other.yml")
            let adopt = ["adopt", "lost", AWSConfig.onDemand, "keys.yml", "c.yml", "other.yml"]
            for words in [
                ["list"] + cloud, ["reap"] + cloud, ["deprovision", "lost"] + cloud,
                adopt + ["--no-ssh", "--ttl", "8h", "--terraform", program],
            ] {
                try Files.write("", to: log)
                var call = prov.asking(words)
                call.timeLimit = .seconds(400)
                let outcome = try await call.run()
                #expect(try Files.read(log).contains("/find/tf apply "), "\(words)")
                // To take something into the state changes nothing in the cloud.
                let changes = try Self.changes(in: log).filter { !$0.contains("/tf import ") }
                #expect(changes == [], "\(words): \(outcome.errorText)")
            }
            #expect(try await aws.instances().count == 2)
        }
    }

    /// The places where a yes may be written: what a user reads, and where a command is run that somebody has
    /// just agreed to.
    private static let places = [
        // Looks alone, and ends what ``Agreement`` was obtained for; its callers are in the tests above.
        "Sources/Prov/Terraform/Terraform.swift": 1,
        // Both are for machines that the demo itself has made; it starts with none.
        "bin/demo": 2,
    ]

    @Test("no source of the program passes a yes on")
    func sources() async throws {
        let root = LocalMachines.repository
        let files = try await LocalProcess(
            "grep",
            ["-rnE", "--", "--yes|auto-approve|TF_CLI_ARGS", "Sources", "bin", "prov"],
            directory: root
        ).execute().outputText.split(separator: "\n").map(String.init)
        var counts: [String: Int] = [:]
        for line in files {
            let parts = line.split(separator: ":", maxSplits: 2).map(String.init)
            let text = parts[2].drop { $0 == " " }
            // What is said to people, in comments, in messages and in helps; and apt's own.
            let isWord = text.hasPrefix("//") || text.hasPrefix("#") || text.contains("pass --yes")
            let isOther =
                text.contains("apt-get install --yes") || text.contains("TF_CLI_ARGS_init")
                || text.contains("hasPrefix(\"TF_CLI_ARGS\")")
            if !isWord, !isOther { counts[parts[0], default: 0] += 1 }
        }
        #expect(counts == Self.places)
        // A flag "yes" is read where words of a user are, and never written.
        let flags = try await LocalProcess(
            "grep",
            ["-rnE", "\"yes\"|[gG]iven: true", "Sources/Prov"],
            directory: root
        ).execute().outputText.split(separator: "\n").map(String.init)
        for line in flags {
            let isRead = line.contains("arguments.flag(\"yes\")") || line.contains(".init(\"yes\",")
            let isAnswer = line.contains("[\"y\", \"yes\"]")
            #expect(isRead || isAnswer, "\(line)")
        }
    }

    @Test("the demo takes no deployment for its own that is there already")
    func demo() async throws {
        let root = LocalMachines.repository
        let name = "prov-unasked-\(getpid())"
        try Files.makeDirectory("\(root)/\(name)")
        try Files.write("{}", to: "\(root)/\(name)/deployment.json")
        var environment = ProcessInfo.processInfo.environment
        environment["NAME"] = name
        let outcome = try await LocalProcess("\(root)/bin/demo", environment: environment).run()
        let isThere = Files.exists("\(root)/\(name)/deployment.json")
        try Files.remove("\(root)/\(name)")
        #expect(outcome.status == .exited(1))
        #expect(outcome.errorText.contains("/\(name) is there already; end it first"))
        #expect(isThere)
    }
}
