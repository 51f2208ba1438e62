import DeploymentState
import Usage

/// `prov provision`: makes a deployment, or brings one to what its configs now say.
enum Provision: Subcommand {
    static let usage = Usage(
        "prov provision",
        summary: "Makes the machines of a deployment, or changes them to what the configs say.",
        example: "prov provision demo prov/local configs/local/local.yml",
        operands: [
            .init("NAME", "the deployment; its state goes into the directory of this name"),
            .init("TEMPLATE", "a folder of .tf files, such as prov/local"),
            .init("CONFIG", "YAML files; later ones win", occurs: 0...1_000),
        ],
        options: [
            .init("ttl", value: "TIME", "end the machines by themselves after so long, as in 8h"),
            .init("open-ssh", "permit an ssh_cidr that is open to the world"),
            .init("no-ssh", "do not wait for the nodes' host keys; the next provision takes them"),
            .init("trust-first-key", "take the host keys that the machines show, unconfirmed"),
            .init("gone", "go on though machines cannot be found: others have ended them"),
            .init("terraform", value: "PATH", "the terraform or tofu to run"),
            .init("yes", "do not ask; needed where there is no terminal on which to ask"),
        ]
    )

    static func run(_ arguments: Arguments, console: Console) async throws {
        let name = arguments.operand("NAME")
        guard isName(name) else { throw ProvError.badName(name) }
        try await run(arguments, name: name, console: console)
    }

    /// Makes a deployment as the arguments say, which are those of a command with this one's options.
    static func run(_ arguments: Arguments, name: String, console: Console) async throws {
        let start = ContinuousClock.now
        let template = try TemplateFolder(arguments.operand("TEMPLATE"))
        let settings = try await Settings(
            making: arguments.all("CONFIG"),
            template: template,
            opensSSH: arguments.flag("open-ssh")
        )
        console.hide(settings.secrets)
        for line in settings.config.replacements + settings.config.unused { console.say(line) }
        if let line = Terraform.leftOut(of: Terraform.ownEnvironment) { console.say(line) }
        let ttl = try Expiry.ttl(arguments, settings: settings)
        let program = try Terraform.find(arguments.value("terraform"))
        try StateFiles(Files.absolute(name)).requireOwn()
        let files = StateFiles(resolving: Files.absolute(name))
        try refuseForeign(files)
        let lock = try DeploymentLock(
            files,
            command: "prov provision \(name)",
            makesDirectory: true,
            say: console.say
        )
        defer { withExtendedLifetime(lock) {} }
        try refuseCopy(files)
        try Files.write("*\n", to: files.gitignore, durably: false)
        try await Leftover.end(in: files, say: console.say)
        var record = try record(files, template: template, program: program)
        let oldEnd = record.expiresAt
        let isNew = !Files.exists(files.record)
        do {
            record.expiresAt = try Expiry.end(
                record,
                ttl: ttl,
                template: template,
                say: console.say
            )?.date
        } catch {
            if isNew { try StateRemoval.remove(files) }
            throw error
        }
        // Before anything is made; one that is there stays as it is.
        if isNew { try record.write(to: files.record) }
        if arguments.value("ttl") != nil, let end = record.expiresAt, end == oldEnd {
            console.say("it still ends at \(Moment(date: end).text); prov extend puts that off")
        }
        let work = Work(
            template: template,
            settings: settings,
            files: files,
            console: console,
            isConsentGiven: arguments.flag("yes"),
            asksNodes: !arguments.flag("no-ssh"),
            trustsFirstKey: arguments.flag("trust-first-key"),
            mayBeGone: arguments.flag("gone")
        )
        do {
            let inventory = try await work.make(&record)
            console.end()
            let time = (ContinuousClock.now - start).seconds
            console.print("\(name) is ready: \(summary(of: inventory)) in \(time)")
        } catch {
            console.end()
            throw try giveUp(record, files: files, because: error)
        }
    }

    /// Leaves a failed or interrupted provision so that it can go on, and returns what to say.
    private static func giveUp(
        _ record: DeploymentRecord,
        files: StateFiles,
        because error: any Error
    ) throws -> any Error {
        if record.status == .provisioning {
            var record = record
            record.status = .partial
            // Terraform may have said that its first apply made nothing.
            record.wasApplied =
                (try? DeploymentRecord(file: files.record))?.wasApplied ?? record.wasApplied
            // The first error says more than a second one here, which would be a full disk.
            try? record.write(to: files.record)
        }
        switch error {
        case ProvError.declined where !record.mayHaveMade(in: files),
            ProvError.notAsked where !record.mayHaveMade(in: files),
            ProvError.badTemplate where !record.mayHaveMade(in: files),
            is ConfigErrors where !record.mayHaveMade(in: files):
            try StateRemoval.remove(files)
            return error
        case is CancellationError:
            return ProvError.interrupted(
                name: record.name,
                remedy: "provision again, or \"prov deprovision \(record.name)\""
            )
        default:
            return error
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

    /// The first character of a path that can stand in no `ssh_config` or inventory, in words; `nil` if there is none.
    static func unwritable(in path: String) -> String? {
        path.unicodeScalars.lazy.compactMap { scalar -> String? in
            switch scalar {
            case "\n", "\r": "a line break"
            case "\t": "a tab"
            case "\"": "a double quote"
            default: scalar.properties.generalCategory == .control ? "a control character" : nil
            }
        }.first
    }

    /// Refuses a directory that is not ours; one that only a killed `prov` made is.
    static func refuseForeign(_ files: StateFiles) throws {
        if let character = unwritable(in: files.path) {
            throw ProvError.badPath(path: files.path, character: character)
        }
        guard Files.exists(files.path), !Files.exists(files.record) else { return }
        guard Files.isDirectory(files.path), try StateRemoval.isRemnant(files) else {
            throw InventoryError.noDeployment(path: files.path)
        }
    }

    /// Refuses a copy, before anything is done to the processes that its files name: they are the original's.
    static func refuseCopy(_ files: StateFiles) throws {
        if Files.exists(files.record) { _ = try DeploymentRecord(of: files) }
    }

    /// Returns the record of a deployment, a new one if there is none.
    ///
    /// - Throws: ``ProvError`` if it cannot be provisioned with the template.
    static func record(
        _ files: StateFiles,
        template: TemplateFolder,
        program: String
    ) throws -> DeploymentRecord {
        guard Files.exists(files.record) else {
            let digits = String(UInt32.random(in: .min ... .max), radix: 16)
            var record = DeploymentRecord(
                name: files.name,
                id: String(repeating: "0", count: 8 - digits.count) + digits,
                directory: files.path,
                template: template.path,
                configs: [],
                createdAt: Moment.now.date,
                createdBy: DeploymentLock.me,
                status: .provisioning,
                wasApplied: false,
                identity: Files.split(files.identity).name,
                terraform: program
            )
            record.settle(in: files)
            return record
        }
        var record = try DeploymentRecord(of: files)
        guard record.status != .destroying else { throw ProvError.ending(name: files.name) }
        let (made, asked) = (Files.split(record.template).name, Files.split(template.path).name)
        guard made == asked else {
            throw ProvError.otherTemplate(name: files.name, made: made, asked: asked)
        }
        // As long as the directory is as it was found.
        record.wasApplied = record.mayHaveMade(in: files)
        record.template = template.path
        record.terraform = program
        return record
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
