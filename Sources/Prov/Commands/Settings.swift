import DeploymentState
import YAML

/// What a deployment's configs come to: terraform's variables, and what the record keeps of them.
struct Settings: Sendable {
    private(set) var config: Config

    /// Reads and checks the configs for a template.
    ///
    /// - Throws: ``ConfigErrors`` with every fault of all files.
    init(_ paths: [String], template: TemplateFolder, use: ConfigUse = .show) throws {
        let config = try Config.load(
            paths,
            variables: template.variables,
            template: template.name,
            use: use
        )
        self.init(config, template: template, use: use)
    }

    private init(_ config: Config, template: TemplateFolder, use: ConfigUse) {
        self.config = config
        if use == .recorded, config["ssh_cidr"]?.value.string == "auto" {
            // No kept config says which address it was, so it was never ready and can only end;
            // terraform wants a network all the same.
            self.config.replace("ssh_cidr", with: "127.0.0.1/32")
        }
        // What was made with a wide network had been permitted.
        if template.declares("open_ssh"), use == .recorded || use == .make(opensSSH: true) {
            self.config.pass("open_ssh", "true")
        }
        // What was withdrawn since must keep nobody from extending or ending what runs.
        if case .make = use, template.declares("check_images") {
            self.config.pass("check_images", "true")
        }
    }

    /// Reads the configs to make or plan a deployment: also what only other programs can tell,
    /// whether a key pair fits and which address the caller has.
    ///
    /// - Throws: ``ConfigErrors``, ``AddressError``.
    init(making paths: [String], template: TemplateFolder, opensSSH: Bool) async throws {
        try self.init(paths, template: template, use: .make(opensSSH: opensSSH))
        if let fault = try await KeyFit.fault(in: config) { throw ConfigErrors([fault]) }
        if template.declares("ssh_cidr"), config["ssh_cidr"]?.value.string == "auto" {
            config.replace("ssh_cidr", with: try await CallerAddress.find() + "/32")
        }
    }

    /// Reads what a deployment was made with: the recorded values, and the secrets, which are not
    /// recorded, from where they came from.
    ///
    /// Of configs that no longer fit, what is at fault is left out: the rest, such as credentials, counts.
    init(
        recorded: DeploymentRecord,
        files: StateFiles,
        template: TemplateFolder,
        say: (String) -> Void
    ) throws {
        let originals = recorded.configs.map(\.path)
        // One that holds no more than comments counts as empty, which is a fault.
        let text = Files.exists(files.config) ? try Files.read(files.config) : ""
        let hasSettings = text.split(separator: "\n").contains { !$0.hasPrefix("#") }
        let kept = hasSettings ? [files.config] : []
        for path in originals where !Files.exists(path) {
            say("\(path) has gone; going on with what \(files.config) keeps of it")
        }
        let there = originals.filter(Files.exists)
        var config: Config
        do {
            config = try Config.load(
                there + kept,
                variables: template.variables,
                template: template.name,
                use: .recorded
            )
        } catch {
            let (rest, faults) = try Config.salvage(
                there + kept,
                variables: template.variables,
                template: template.name
            )
            say("the configs no longer fit; going on without what is at fault:\n\(faults)")
            config = rest
        }
        // Of what the originals say by now, only secrets count. None is kept before the first apply, and
        // one that is damaged, as has been said, cannot tell.
        if Files.exists(files.config), let entries = try? ConfigListing(kept: files.config).settings
        {
            let secrets = Set(entries.filter(\.secret).map(\.key))
            let own = Set(entries.map(\.key)).subtracting(secrets)
            let (alone, _) = try Config.salvage(
                kept,
                variables: template.variables.filter { own.contains($0.name) },
                template: template.name
            )
            let credentials = ["access_key", "secret_key", "session_token"]
            config.limit(to: secrets.union(credentials), over: alone)
        }
        self.init(config, template: template, use: .recorded)
    }

    /// The values that no log may show.
    var secrets: [String] {
        config.settings.flatMap(\.secretTexts)
    }

    /// The config files for the record.
    var sources: [DeploymentRecord.ConfigFile] {
        config.sources.map { .init(path: Files.absolute($0.path), digest: $0.digest) }
    }

    /// The text that a key is set to; `nil` if no config sets it, or to something else.
    func text(_ key: String) -> String? { config[key]?.value.string }

    /// The processors that a key names; `nil` if no config sets it.
    func processors(_ key: String) -> Processors? {
        config[key].flatMap { Processors($0.value) }
    }

    /// What may be shown of the text that a key is set to; `nil` if no config sets it, or to something else.
    func shown(_ key: String) -> String? { config[key].flatMap { $0.value.string.map($0.shown) } }

    /// The absolute path that a key names; `nil` if no config sets it.
    func path(_ key: String) -> String? {
        guard let text = config[key]?.value.string else { return nil }
        let home = Files.environment("HOME") ?? ""
        return text == "~" || text.hasPrefix("~/") ? home + text.dropFirst() : Files.absolute(text)
    }

    /// Terraform's variables: the configs' and those that `prov` itself sets, where declared.
    func variables(
        template: TemplateFolder,
        record: DeploymentRecord,
        files: StateFiles
    ) -> [String: String] {
        let identity =
            record.identity.hasPrefix("/") ? record.identity : "\(files.path)/\(record.identity)"
        var own = [
            "deployment_name": record.name, "deployment_id": record.id,
            "public_key_path": files.publicKey, "private_key_path": identity,
        ]
        own["expires_at"] = record.expiresAt.map { Moment(date: $0).text }
        own["availability_zone"] = record.zone
        var variables = config.terraformEnvironment
        for (name, value) in own where template.declares(name) {
            variables["TF_VAR_\(name)"] = value
        }
        if template.declares("owner"), variables["TF_VAR_owner"] == nil {
            variables["TF_VAR_owner"] = record.createdBy
        }
        return variables
    }
}
