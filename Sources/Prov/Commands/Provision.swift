import Inventory
import Usage

/// `prov provision`: makes a deployment, or brings one to what its configs now say.
enum Provision: Subcommand {
    static let usage = Usage(
        "prov provision",
        summary: "Makes the machines of a deployment, or changes them to what the configs say.",
        example: "prov provision demo prov/local configs/local.yml",
        operands: [
            .init("NAME", "the deployment; its state goes into the directory of this name"),
            .init("TEMPLATE", "a folder of .tf files, such as prov/local"),
            .init("CONFIG", "YAML files; later ones win", occurs: 0...1_000),
        ],
        options: [
            .init("open-ssh", "permit an ssh_cidr that is open to the world"),
            .init("terraform", value: "PATH", "the terraform or tofu to run"),
            .init("yes", "do not ask"),
        ]
    )

    static func run(_ arguments: Arguments, console: Console) async throws {
        let start = ContinuousClock.now
        let name = arguments.operand("NAME")
        guard isName(name) else { throw ProvError.badName(name) }
        let template = try TemplateFolder(arguments.operand("TEMPLATE"))
        let settings = try await Settings(
            making: arguments.all("CONFIG"),
            template: template,
            opensSSH: arguments.flag("open-ssh")
        )
        let program = try Terraform.find(arguments.value("terraform"))
        let files = StateFiles(Files.absolute(name))
        try refuseForeign(files)
        try Files.makeDirectory(files.path)
        let lock = try DeploymentLock(files, command: "prov provision \(name)", say: console.say)
        defer { withExtendedLifetime(lock) {} }
        try await Leftover.end(in: files, say: console.say)
        var record = try begin(files, template: template, settings: settings, program: program)
        do {
            let inventory = try await make(
                &record,
                template: template,
                settings: settings,
                files: files,
                console: console
            )
            console.end()
            let time = (ContinuousClock.now - start).seconds
            console.print("\(name) is ready: \(summary(of: inventory)) in \(time)")
        } catch {
            console.end()
            record.status = .partial
            // The first error says more than a second one here, which would be a full disk.
            try? record.write(to: files.record)
            throw error is CancellationError
                ? ProvError.interrupted(
                    name: name,
                    remedy: "provision again, or \"prov deprovision \(name)\""
                ) : error
        }
    }

    /// Whether a deployment can have this name.
    static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first else { return false }
        let isWord = { (byte: UInt8) in
            Character(UnicodeScalar(byte)).isLetter && byte < 128
                || (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
        }
        return isWord(first) && name.utf8.allSatisfy { isWord($0) || "._-".utf8.contains($0) }
    }

    /// Refuses a directory that is not ours; one that only a killed `prov` made is.
    private static func refuseForeign(_ files: StateFiles) throws {
        guard Files.exists(files.path), !Files.exists(files.record) else { return }
        guard Files.isDirectory(files.path), try StateRemoval.isRemnant(files) else {
            throw InventoryError.noDeployment(path: files.path)
        }
    }

    /// Records what is to be made, before anything is.
    private static func begin(
        _ files: StateFiles,
        template: TemplateFolder,
        settings: Settings,
        program: String
    ) throws -> DeploymentRecord {
        var record: DeploymentRecord
        if Files.exists(files.record) {
            record = try DeploymentRecord(file: files.record)
            guard record.status != .destroying else { throw ProvError.ending(name: files.name) }
            let (made, asked) = (Files.split(record.template).name, Files.split(template.path).name)
            guard made == asked else {
                throw ProvError.otherTemplate(name: files.name, made: made, asked: asked)
            }
        } else {
            let digits = String(UInt32.random(in: .min ... .max), radix: 16)
            record = DeploymentRecord(
                name: files.name,
                id: String(repeating: "0", count: 8 - digits.count) + digits,
                template: template.path,
                configs: [],
                createdAt: Moment.now.date,
                createdBy: DeploymentLock.me,
                status: .provisioning,
                identity: Files.split(files.identity).name,
                terraform: program
            )
        }
        record.template = template.path
        record.configs = settings.sources
        record.terraform = program
        record.status = .provisioning
        try record.write(to: files.record)
        return record
    }

    private static func make(
        _ record: inout DeploymentRecord,
        template: TemplateFolder,
        settings: Settings,
        files: StateFiles,
        console: Console
    ) async throws -> Inventory {
        let keys = try await KeyPair.prepare(
            publicKey: settings.path("public_key_path"),
            privateKey: settings.path("private_key_path"),
            files: files
        )
        if record.identity != keys.identity {
            record.identity = keys.identity
            try record.write(to: files.record)
        }
        try Files.write(settings.config.rendered(), to: files.config)
        let copy = TemplateCopy(files: files)
        try copy.update(from: template)
        let terraform = Terraform(
            program: record.terraform,
            files: files,
            deployment: record.id,
            variables: settings.variables(template: template, record: record, files: files),
            secrets: settings.secrets
        )
        try await terraform.initialize { console.begin("terraform init") }
        console.begin("terraform apply")
        try copy.markApplied()
        try StateRepair.run(files, say: console.say)
        let progress = ApplyProgress(console, verb: "made")
        try await terraform.change("apply", onEvent: progress.handle)
        var nodes = try NodesOutput.nodes(in: try await terraform.output())
        if !progress.hasChanged { nodes = keepKeys(nodes, of: files) }
        nodes = try await completeKeys(nodes, console: console)
        let inventory = Inventory(nodes)
        try write(inventory, record: record, files: files)
        record.status = .ready
        try record.write(to: files.record)
        return inventory
    }

    /// Takes over the keys that were seen before, as long as terraform has changed nothing.
    private static func keepKeys(_ nodes: [Node], of files: StateFiles) -> [Node] {
        let known = try? StateDirectory(files).inventory.nodes  // none before the first time
        return nodes.map { node in
            let same = known?.first { $0.name == node.name && $0.publicIP == node.publicIP }
            guard node.hostKey == nil, let key = same?.hostKey, same?.port == node.port else {
                return node
            }
            return node.with(hostKey: key)
        }
    }

    private static func completeKeys(_ nodes: [Node], console: Console) async throws -> [Node] {
        let count = nodes.count { $0.hostKey == nil }
        guard count > 0 else { return nodes }
        console.begin("waiting for the host keys of \(count) nodes")
        let complete = try await HostKeyScan.complete(nodes, within: .seconds(120))
        console.say(
            "the template gives no host key for \(count) of \(nodes.count) nodes: theirs are taken "
                + "at first sight"
        )
        return complete
    }

    private static func write(
        _ inventory: Inventory,
        record: DeploymentRecord,
        files: StateFiles
    ) throws {
        let identity =
            record.identity.hasPrefix("/") ? record.identity : "\(files.path)/\(record.identity)"
        try Files.write(SSHFiles.knownHosts(for: inventory.nodes), to: files.knownHosts)
        try Files.write(
            SSHFiles.config(
                for: inventory.nodes,
                identityFile: identity,
                knownHostsFile: files.knownHosts
            ),
            to: files.sshConfig
        )
        try Files.write(
            inventory.ini(identityFile: identity, knownHostsFile: files.knownHosts),
            to: files.inventory
        )
    }

    /// The nodes in words, as in `3 servers, 1 monitor`.
    static func summary(of inventory: Inventory) -> String {
        let words = inventory.groups.map { group in
            let count = inventory.group(group).count
            return "\(count) \(group)\(count == 1 ? "" : "s")"
        }
        return words.isEmpty ? "no nodes" : words.joined(separator: ", ")
    }
}
