import DeploymentState
import FoundationEssentials
import Shell
import TestSupport

/// Where machines are made, and how it is seen what there is of them.
struct Bed: Sendable {
    enum Kind: Sendable {
        /// Machines of `prov/local`.
        case local
        /// Machines of `prov/ec2-ondemand` in an emulator of AWS at this URL.
        case emulated(url: String)
    }

    let kind: Kind
    /// Where `prov` runs; state directories lie in it.
    let folder: String
    /// The deployment's name.
    let name: String
    private let prov: String
    private let environment: [String: String]

    static let repository = Files.split(Files.split(Files.split(#filePath).directory).directory)
        .directory

    init(_ kind: Kind, folder: String, name: String, prov: String, more: [String: String] = [:])
        throws
    {
        self.kind = kind
        self.folder = folder
        self.name = name
        self.prov = prov
        var environment = Keeper.shared.environment
        environment["TF_CLI_CONFIG_FILE"] = folder + "/terraform.rc"
        environment.merge(more) { _, new in new }
        if case .emulated(let url) = kind {
            environment["AWS_ENDPOINT_URL"] = url
            environment["AWS_EC2_METADATA_DISABLED"] = "true"
        }
        self.environment = environment
        if !Files.exists(folder + "/terraform.rc") {
            try Files.write("", to: folder + "/terraform.rc")
        }
    }

    /// What the table calls it.
    var title: String {
        switch kind {
        case .local: "prov/local"
        case .emulated: "prov/ec2-ondemand"
        }
    }

    /// The share of struck commands that run again; after the others `deprovision` undoes all, which costs
    /// another `provision`, and that takes minutes on the emulator.
    var goingOn: Double { isEmulated ? 0.75 : 0.5 }

    /// Describes a run of `prov`.
    func call(_ words: [String]) -> LocalProcess { call(prov, words) }

    /// Describes a run of another program in the same folder.
    func call(_ program: String, _ words: [String]) -> LocalProcess {
        LocalProcess(
            program,
            words,
            environment: environment,
            directory: folder,
            timeLimit: .seconds(1_800)
        )
    }

    /// Returns the words of a command, and writes the config that it reads.
    func words(_ deed: Deed, servers: Int, clients: Int = 1) throws -> [String] {
        let asks = ["--yes"] + (isEmulated ? ["--no-ssh"] : [])
        switch deed {
        case .provision, .resize:
            try Files.write(config(servers: servers, clients: clients), to: "\(folder)/c.yml")
            let template = isEmulated ? "ec2-ondemand" : "local"
            return ["provision", name, "\(Self.repository)/prov/\(template)", "c.yml"] + asks
        case .extend:
            return ["extend", name, "1h"] + (isEmulated ? ["--no-ssh"] : [])
        case .deprovision:
            return ["deprovision", name, "--yes"]
        case .setup:
            return [name]
        case .restoreAndRun:
            // Little load: whether the trial is quiet enough to be valid is no matter of a kill.
            return [name, "--rate", "200", "--seconds", "8"]
        }
    }

    private var isEmulated: Bool {
        if case .emulated = kind { true } else { false }
    }

    private func config(servers: Int, clients: Int) -> String {
        let counts =
            "server_count: \(servers)\nclient_count: \(isEmulated ? 1 : clients)\nmonitor_count: 0\nttl: 8h\n"
        guard isEmulated else { return counts }
        return counts + """
            region: us-east-1
            availability_zone: us-east-1a
            owner: soak@example.org
            ssh_cidr: 203.0.113.7/32
            access_key: AKIAPROVTESTS0000000
            secret_key: Secret0KeyOfTheSoak0000000000000000000000
            server_instance_type: i4i.large
            client_instance_type: c6i.large

            """
    }

    /// The record's id; `nil` if there is none.
    var id: String? {
        // Killed before it was written: there is nothing.
        (try? DeploymentRecord(file: StateFiles("\(folder)/\(name)").record))?.id
    }

    /// Whether there is a state directory.
    var isThere: Bool { Files.exists("\(folder)/\(name)") }

    /// Looks whether just these machines are there and answer; returns what is wrong.
    func fault(servers: Int, clients: Int = 1) async throws -> String? {
        let nodes = try StateDirectory(StateFiles("\(folder)/\(name)")).inventory.nodes.map(\.name)
        let clients = isEmulated ? 1 : clients
        let expected =
            (0..<servers).map { "server-\($0)" } + (0..<clients).map { "client-\($0)" }
        guard nodes == expected else { return "the inventory has \(nodes), not \(expected)" }
        guard isEmulated else {
            for node in expected {
                let answer = try await call(["ssh", name, node, "hostname"]).run()
                guard answer.outputText == "\(node)\n" else {
                    return "\(node) does not answer: \(answer.errorText)"
                }
            }
            return nil
        }
        let found = try await account().filter { $0.hasPrefix("instance\t") }
            .map { String($0.split(separator: "\t")[2]) }.filter { $0.hasPrefix("\(name)-") }
            .sorted()
        let wanted = expected.map { "\(name)-\($0)" }.sorted()
        return found == wanted ? nil : "the account has \(found), not \(wanted)"
    }

    /// All that stands in the emulator's account.
    func account() async throws -> [String] {
        guard case .emulated(let url) = kind else { return [] }
        let look = "\(Self.repository)/Tests/IntegrationTests/aws/look"
        return try await call(look, [url]).execute().outputText.split(separator: "\n")
            .map(String.init).sorted()
    }

    /// Returns what is left of a deployment that has ended.
    func leftovers(of id: String?, before: [String]) async throws -> String? {
        if isThere { return "the state directory is still there" }
        if isEmulated {
            let left = try await account().filter { !before.contains($0) }
            return left.isEmpty ? nil : "left in the account: \(left.joined(separator: ", "))"
        }
        guard let id else { return nil }
        let look = "\(Self.repository)/prov/local/leftovers"
        let left = try await call("bash", [look, id]).run()
        return left.isSuccess ? nil : "left on this host: \(left.outputText)"
    }
}
