import DeploymentState
import Glibc
import Posix
import Shell
import Usage

/// `prov plan`: what `provision` would do and what it would cost, with nothing done.
enum PlanCommand: Subcommand {
    static let usage = Usage(
        "prov plan",
        summary: "Shows what provision would add, change and end, and dollars per hour.",
        example: "prov plan 4504 prov/ec2-ondemand configs/credentials.yml configs/4504.yml",
        operands: [
            .init("NAME", "the deployment, one that is there or a new one"),
            .init("TEMPLATE", "a folder of .tf files, such as prov/ec2"),
            .init("CONFIG", "YAML files; later ones win", occurs: 0...1_000),
        ],
        options: [
            .init("json", "print JSON"),
            .init("ttl", value: "TIME", "plan for machines that end themselves after so long"),
            .init("open-ssh", "permit an ssh_cidr that is open to the world"),
            .init("terraform", value: "PATH", "the terraform or tofu to run"),
        ]
    )

    static func run(_ arguments: Arguments, console: Console) async throws {
        let name = arguments.operand("NAME")
        guard Provision.isName(name) else { throw ProvError.badName(name) }
        let template = try TemplateFolder(arguments.operand("TEMPLATE"))
        let settings = try await Settings(
            making: arguments.all("CONFIG"),
            template: template,
            opensSSH: arguments.flag("open-ssh")
        )
        console.hide(settings.secrets)
        for line in settings.config.replacements + settings.config.unused { console.say(line) }
        if let line = Terraform.leftOut(of: Terraform.ownEnvironment) { console.say(line) }
        let program = try Terraform.find(arguments.value("terraform"))
        let files = StateFiles(Files.absolute(name))
        try Provision.refuseForeign(files)
        let lock =
            Files.exists(files.record)
            ? try DeploymentLock(files, command: "prov plan \(name)", say: console.say) : nil
        defer { withExtendedLifetime(lock) {} }
        if lock != nil {
            try Provision.refuseCopy(files)
            try await Leftover.end(in: files, say: console.say)
        }
        var record = try Provision.record(files, template: template, program: program)
        record.expiresAt = try Expiry.end(
            record,
            ttl: try Expiry.ttl(arguments, settings: settings),
            template: template,
            say: console.say
        )?.date
        let known = lock == nil ? [] : try StateDirectory(files).inventory.nodes
        let zones = Zones(settings, template: template)
        record.zone = zones.order(from: record.zone, isFixed: !known.isEmpty).first
        let copy = try PlanCopy(of: files)
        defer { copy.remove() }
        let report = try await plan(
            record,
            settings: settings,
            template: template,
            copy: copy,
            known: Set(known.map(\.name)),
            keptConfig: files.config,
            console: console
        )
        console.end()
        guard !arguments.flag("json") else {
            return console.print(try DeploymentReport.json(report))
        }
        for line in report.lines { console.print(line) }
    }

    private static func plan(
        _ record: DeploymentRecord,
        settings: Settings,
        template: TemplateFolder,
        copy: PlanCopy,
        known: Set<String>,
        keptConfig: String,
        console: Console
    ) async throws -> PlanReport {
        try await copy.prepareKey(settings)
        try copy.update(from: template, terraform: record.terraform)
        let terraform = Terraform(
            program: record.terraform,
            files: copy.files,
            deployment: record.id,
            variables: settings.variables(template: template, record: record, files: copy.files),
            secrets: settings.secrets
        )
        try await terraform.initialize { console.begin("terraform init") }
        try terraform.requireOwnState()
        var compared = record
        try await Place.check(&compared, terraform, mayRecord: false, console: console)
        console.begin("terraform plan")
        let change = Change(
            terraform: terraform,
            console: console,
            template: template,
            settings: settings,
            expiry: record.expiresAt.map { Moment(date: $0) },
            known: known,
            keptConfig: keptConfig
        )
        let file = try MemoryFile(named: "plan")
        let progress = ApplyProgress(console, verb: "planned")
        let plan = try await change.plan(into: file, progress: progress, always: true)
        withExtendedLifetime(file) {}
        return try change.report(
            on: plan ?? Plan(machines: [], others: [:], hasOutputChange: false)
        )
    }
}

/// A copy of a deployment's terraform folder in a private temporary one, in which a plan can be made
/// without a trace in the deployment.
struct PlanCopy {
    /// The copy's own state directory, of the same name.
    let files: StateFiles
    private let original: StateFiles
    private let folder: String

    /// Copies what terraform needs; of a deployment that is not there yet, nothing.
    init(of original: StateFiles) throws {
        let parent = Files.environment("TMPDIR").map { Files.absolute($0) } ?? "/tmp"
        var path = Array("\(parent)/prov-plan-XXXXXX".utf8CString)
        guard let made = mkdtemp(&path) else {
            let reason = SystemError().text
            throw InventoryError.unwritable(path: "\(parent)/prov-plan", reason: reason)
        }
        folder = String(cString: made)
        files = StateFiles("\(folder)/\(original.name)")
        self.original = original
        do {
            try Files.makeDirectory(files.path)
            if Files.isDirectory(original.terraform) {
                try Self.copy(original.terraform, to: files.terraform)
            }
        } catch {
            remove()
            throw error
        }
    }

    /// Removes the copy.
    func remove() {
        // What cannot be removed lies in the user's own folder of temporary files, without a secret.
        try? Files.remove(folder)
    }

    /// Provides the public key: the configs', the deployment's own, or a new one.
    func prepareKey(_ settings: Settings) async throws {
        let (publicKey, privateKey) = (
            settings.path("public_key_path"), settings.path("private_key_path")
        )
        if publicKey == nil, privateKey == nil, Files.exists(original.publicKey) {
            return try Files.write(try Files.bytes(of: original.publicKey), to: files.publicKey)
        }
        _ = try await KeyPair.prepare(publicKey: publicKey, privateKey: privateKey, files: files)
    }

    /// Makes the copy equal to the template, and lends it the deployment's providers as long as
    /// nothing has changed that `init` reads.
    func update(from template: TemplateFolder, terraform: String) throws {
        let copy = TemplateCopy(files: files)
        try copy.update(from: template)
        let (providers, link) = (
            original.terraform + "/.terraform", files.terraform + "/.terraform"
        )
        guard Files.isDirectory(providers), symlink(providers, link) == 0 else { return }
        let stamp = try? Files.read(files.terraform + "/.prov-init")  // absent before the first
        if stamp != (try copy.stamp(terraform: terraform)) { try Files.remove(link) }
    }

    private static func copy(_ source: String, to target: String) throws {
        try Files.makeDirectory(target)
        for name in try Files.list(source) where name != ".terraform" {
            let (from, to) = ("\(source)/\(name)", "\(target)/\(name)")
            if Files.isDirectory(from) {
                try copy(from, to: to)
            } else {
                let mode: UInt32 = Files.isExecutable(from) ? 0o700 : 0o600
                try Files.write(try Files.bytes(of: from), to: to, mode: mode)
            }
        }
    }
}
