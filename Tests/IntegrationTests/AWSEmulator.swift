import DeploymentState
import FoundationEssentials
import Shell
import Testing

/// A `prov` whose AWS is an emulator on this machine, with nothing in it at first.
struct AWSEmulator: Sendable {
    /// Reaches the emulator, with the real AWS provider.
    let prov: ProvProgram
    /// Its URL.
    let url: String
    /// The AWS command line.
    let aws: String

    /// What the tests put into their config, and look for where it must not be.
    static let secretKey = "Secret0KeyOfTheTests0ThatNoFileMayHold00"

    /// Why a test that needs it is skipped.
    static let reason: Comment =
        """
        prov/ec2 needs terraform, hashicorp/aws (PROV_TERRAFORM_MIRROR, terraform's own mirror \
        folders, or the registry), moto_server and aws (PROV_AWS_TOOLS, .build/aws-tools or PATH)
        """

    /// Whether all that it needs is there.
    @Sendable static func canBeMade() async -> Bool {
        guard ProvProgram.hasTerraform, tool("moto_server") != nil, tool("aws") != nil else {
            return false
        }
        if mirror != nil { return true }
        let url = "https://registry.terraform.io/.well-known/terraform.json"
        let look = LocalProcess("curl", ["-sfm", "5", url], timeLimit: .seconds(10))
        return (try? await look.run())?.isSuccess ?? false  // no curl, no way to the registry
    }

    /// The folder of providers to take instead of the registry.
    private static var mirror: String? {
        let home = Files.environment("HOME") ?? "/root"
        let usual = [
            "\(home)/.terraform.d/plugins", "\(home)/.local/share/terraform/plugins",
            "/usr/local/share/terraform/plugins", "/usr/share/terraform/plugins",
        ]
        let given = Files.environment("PROV_TERRAFORM_MIRROR").map { [$0] } ?? usual
        return given.first { Files.isDirectory("\($0)/registry.terraform.io/hashicorp/aws") }
    }

    private static func tool(_ name: String) -> String? {
        let folder = Files.environment("PROV_AWS_TOOLS")
        let built = "\(LocalMachines.repository)/.build/aws-tools/bin"
        return [folder, built].compactMap(\.self).map { "\($0)/\(name)" }
            .first(where: Files.isExecutable) ?? LocalProcess.find(name)
    }

    private static func script(_ name: String) -> String {
        "\(Files.split(#filePath).directory)/aws/\(name)"
    }

    /// Starts one, and ends it with all that is in it.
    ///
    /// - Parameters:
    ///   - installs: Whether terraform installs and checks the provider, as users have it; otherwise it
    ///     runs the provider where it lies, which saves a third of each command's time.
    ///   - body: Gets it.
    /// - Throws: What `body` throws, or that it did not start.
    static func with(
        installs: Bool = false,
        _ body: (AWSEmulator) async throws -> Void
    ) async throws {
        try await ProvProgram.with { prov in
            let folder = prov.folder + "/emulator"
            if let mirror {
                let words =
                    [mirror, prov.folder + "/terraform.rc"] + (installs ? [] : ["in-place"])
                try await LocalProcess(script("terraform-config"), words).execute()
            }
            let start = prov.adding(["MOTO_SERVER": try #require(tool("moto_server"))])
            let url = try await start.call(script("start-moto"), [folder, "1500"]).execute()
                .outputText.split(separator: "\n").joined()
            let variables = [
                "AWS_ENDPOINT_URL": url, "AWS_EC2_METADATA_DISABLED": "true",
                "AWS_DEFAULT_REGION": "us-east-1",
                // Memory for time: terraform and the provider read a schema of many megabytes each time.
                "GOGC": "400",
            ]
            let emulator = AWSEmulator(
                prov: prov.adding(variables),
                url: url,
                aws: try #require(tool("aws"))
            )
            var failure: (any Error)?
            do { try await body(emulator) } catch { failure = error }
            // Nothing is left to deprovision once the emulator is gone.
            for name in StateDirectory.names(in: prov.folder) {
                try Files.remove("\(prov.folder)/\(name)")
            }
            try await uncancelled { try await prov.call(script("stop-moto"), [folder]).execute() }
            if let failure { throw failure }
        }
    }

    /// Puts a proxy before it in which zones have no room.
    ///
    /// - Parameters:
    ///   - full: The first full zones, each with the code that it answers.
    ///   - body: Gets a `prov` that meets the proxy, and what sets the full zones anew.
    /// - Throws: What `body` throws, or that the proxy did not start.
    func withFullZones(
        _ full: [String: String],
        _ body: (ProvProgram, _ setFull: ([String: String]) throws -> Void) async throws -> Void
    ) async throws {
        let file = "\(prov.folder)/full"
        func setFull(_ zones: [String: String]) throws {
            try Files.write(zones.map { "\($0) \($1)\n" }.joined(), to: file)
        }
        try setFull(full)
        try await withProxy { try await body($0, setFull) }
    }

    /// Puts a proxy before it that plays what it does not have, as files in the folder of `prov` say; see
    /// the script.
    ///
    /// - Parameter body: Gets a `prov` that meets the proxy.
    /// - Throws: What `body` throws, or that the proxy did not start.
    func withProxy(_ body: (ProvProgram) async throws -> Void) async throws {
        try await withThrowingTaskGroup { group in
            let proxy = prov.call(
                "python3",
                [Self.script("proxy"), url, prov.folder],
                limit: .seconds(1_200)
            )
            group.addTask { _ = try await proxy.run() }
            defer { group.cancelAll() }
            let path = "\(prov.folder)/proxy.url"
            let deadline = ContinuousClock.now + .seconds(30)
            while !Files.exists(path), ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(50))
            }
            let url = try Files.read(path).split(separator: "\n").joined()
            try await body(prov.adding(["AWS_ENDPOINT_URL": url]))
        }
    }

    /// Asks the AWS command line, with keys that are not those of the config.
    func ask(_ words: String...) async throws -> [String] { try await ask(words) }

    /// Asks the AWS command line one command, with words that were put together before.
    func ask(_ command: String, _ words: [String]) async throws -> [String] {
        try await ask([command] + words)
    }

    /// Returns the environment of somebody in another account.
    func role(inAccount account: String) async throws -> [String: String] {
        let keys = ["AWS_ACCESS_KEY_ID": "look", "AWS_SECRET_ACCESS_KEY": "look"]
        let words = [
            "sts", "assume-role", "--role-session-name", "tests", "--role-arn",
            "arn:aws:iam::\(account):role/other", "--output", "text", "--query",
            "Credentials.[AccessKeyId,SecretAccessKey,SessionToken]",
        ]
        let text = try await prov.adding(keys).call(aws, words).execute().outputText
        let parts = text.split(whereSeparator: \.isWhitespace).map(String.init)
        try #require(parts.count == 3)
        return [
            "AWS_ACCESS_KEY_ID": parts[0], "AWS_SECRET_ACCESS_KEY": parts[1],
            "AWS_SESSION_TOKEN": parts[2],
        ]
    }

    private func ask(_ words: [String]) async throws -> [String] {
        let keys = ["AWS_ACCESS_KEY_ID": "look", "AWS_SECRET_ACCESS_KEY": "look"]
        let call = prov.adding(keys).call(aws, ["ec2"] + words + ["--output", "text"])
        return try await call.execute().outputText.split(separator: "\n").map(String.init).sorted()
    }

    /// The running instances by name: the id, and whether it is spot.
    func instances() async throws -> [String: (id: String, isSpot: Bool, zone: String)] {
        var instances: [String: (id: String, isSpot: Bool, zone: String)] = [:]
        for words in try await look() where words[0] == "instance" && words.count == 5 {
            instances[words[2]] = (words[1], words[3] == "spot", words[4])
        }
        return instances
    }

    /// All that stands in the account, in words that are the same if it is the same.
    func everything() async throws -> [String] {
        try await look().map { $0.joined(separator: " ") }.sorted()
    }

    /// Each resource in words: its kind, its id and, for an instance, its name, market and zone.
    private func look() async throws -> [[String]] {
        let lines = try await prov.call(Self.script("look"), [url]).execute().outputText
        return lines.split(separator: "\n").map { $0.split(separator: "\t").map(String.init) }
    }
}
