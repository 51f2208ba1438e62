import DeploymentState
import Usage

/// `prov adopt`: makes the state directory of a deployment that the cloud has and nobody else.
enum Adopt: Subcommand {
    static let usage = Usage(
        "prov adopt",
        summary: "Rebuilds the lost state directory of a deployment from its tags.",
        example: "prov adopt 4504 prov/ec2-ondemand configs/credentials.yml configs/4504.yml",
        operands: [
            .init("NAME", "the deployment, or NAME-ID where several have the name"),
            .init("TEMPLATE", "the template that it was made from"),
            .init("CONFIG", "the configs that it was made from", occurs: 0...1_000),
        ],
        options: [
            .init("region", value: "REGION", "where to look; else a config's region"),
            .init("ttl", value: "TIME", "how long it may live, if it has expired, as in 8h"),
            .init("open-ssh", "permit an ssh_cidr that is open to the world"),
            .init("no-ssh", "do not wait for the nodes' host keys; the next provision takes them"),
            .init("trust-first-key", "take the host keys that the machines show, unconfirmed"),
            .init("terraform", value: "PATH", "the terraform or tofu to run"),
            .init("yes", "do not ask; needed where there is no terminal on which to ask"),
        ]
    )

    static func run(_ arguments: Arguments, console: Console) async throws {
        let name = arguments.operand("NAME")
        guard Provision.isName(name) else { throw ProvError.badName(name) }
        let template = try TemplateFolder(arguments.operand("TEMPLATE"))
        let settings = try Settings(arguments.all("CONFIG"), template: template)
        console.hide(settings.secrets)
        console.begin("looking for \(name)")
        let (found, place) = try await CloudCall.with(
            arguments,
            template: template.name,
            console: console
        ) { call in
            let key = try await call.find(name).key
            // Once more with all that only the whole name leads to, such as its zone.
            let found = try await call.cloud.deployment(key)
            return (found, call.cloud.canIdentify ? try await Place.found(by: call.cloud) : nil)
        }
        console.end()
        guard let found else { return }
        if let region = settings.text("region"), region != found.region {
            throw CloudError.otherRegion(
                name: name,
                found: found.region,
                configs: settings.shown("region") ?? ""
            )
        }
        try found.refuseSeveralNetworks()
        try prepare(found, in: place, template: template, arguments: arguments, console: console)
        console.say(
            "adopting \(found.key): \(found.nodes.count) nodes in \(found.region), of \(found.owner)"
        )
        if settings.path("private_key_path") == nil, settings.path("public_key_path") == nil {
            console.say(
                "the configs name no SSH key: if prov made the old one, it was lost with the state "
                    + "directory, and the machines take no other"
            )
        }
        if let networks = settings.text("ssh_cidr"), networks != "auto" {
            console.say(
                "SSH will be for \(settings.shown("ssh_cidr") ?? networks) alone; if you are elsewhere, name "
                    + "one more config that sets ssh_cidr: auto"
            )
        }
        try await Provision.run(arguments, name: found.name, console: console)
    }

    /// Makes a state directory as an interrupted provision leaves it, so that the next takes over
    /// what the cloud has.
    private static func prepare(
        _ found: CloudDeployment,
        in place: [String: String]?,
        template: TemplateFolder,
        arguments: Arguments,
        console: Console
    ) throws {
        try StateFiles(Files.absolute(found.name)).requireOwn()
        let files = StateFiles(resolving: Files.absolute(found.name))
        guard !Files.exists(files.record) else { throw CloudError.isHere(path: files.path) }
        try Provision.refuseForeign(files)
        let lock = try DeploymentLock(
            files,
            command: "prov adopt \(found.name)",
            makesDirectory: true,
            say: console.say
        )
        defer { withExtendedLifetime(lock) {} }
        try Files.write("*\n", to: files.gitignore, durably: false)
        let copy = TemplateCopy(files: files)
        try copy.update(from: template)
        try copy.markApplied()
        var record = DeploymentRecord(
            name: found.name,
            id: found.id,
            directory: files.path,
            template: template.path,
            configs: [],
            createdAt: Moment.now.date,
            createdBy: found.owner.isEmpty ? DeploymentLock.me : found.owner,
            expiresAt: found.expiry?.date,
            zone: found.zone,
            status: .partial,
            wasApplied: true,
            identity: Files.split(files.identity).name,
            terraform: try Terraform.find(arguments.value("terraform"))
        )
        // At once: a kill before the provision must not leave it to whoever ends it from elsewhere.
        record.place = place
        record.settle(in: files)
        try record.write(to: files.record)
    }
}
