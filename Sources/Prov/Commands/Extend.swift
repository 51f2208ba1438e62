import DeploymentState
import Shell
import Usage

/// `prov extend`: puts off the time at which a deployment's machines end themselves.
enum Extend: Subcommand {
    static let usage = Usage(
        "prov extend",
        summary: "Puts off the time at which a deployment's machines end themselves.",
        example: "prov extend 4504 4h",
        operands: [
            .init("NAME", "the deployment, or the path of its state directory"),
            .init("TIME", "how much later than now planned, such as 4h or 90m"),
        ],
        options: [
            .init("no-ssh", "tell the machines by what terraform can change alone, such as tags"),
            .init("terraform", value: "PATH", "the terraform or tofu to run"),
            .init("yes", "do not ask; it asks only if a machine would be made or ended"),
        ]
    )

    static func run(_ arguments: Arguments, console: Console) async throws {
        let time = try Expiry.duration(arguments.operand("TIME"), as: "TIME", in: arguments)
        let files = try StateDirectory.find(arguments.operand("NAME")).files
        let lock = try DeploymentLock(files, command: "prov extend \(files.name)", say: console.say)
        defer { withExtendedLifetime(lock) {} }
        try Provision.refuseCopy(files)
        try await Leftover.end(in: files, say: console.say)
        let directory = try StateDirectory(files)
        var record = directory.record
        guard record.status == .ready else {
            throw InventoryError.notReady(name: record.name, status: record.status)
        }
        guard let old = record.expiresAt.map({ Moment(date: $0) }) else {
            let reason = "it has no end to put off; provision it again with --ttl to give it one"
            throw ProvError.noExpiry(name: record.name, reason: reason)
        }
        guard old.date > Moment.now.date else {
            throw ProvError.expired(name: record.name, at: old.text)
        }
        let new = old.adding(time)
        // First what `list` shows: machines that live longer than it says would be worse.
        record.expiresAt = new.date
        try record.write(to: files.record)
        var mayHaveApplied = false
        do {
            try await apply(
                record,
                from: old,
                directory: directory,
                arguments: arguments,
                console: console,
                willApply: { mayHaveApplied = true }
            )
        } catch {
            console.end()
            if !mayHaveApplied {
                record.expiresAt = old.date
                try record.write(to: files.record)
            } else if error is CancellationError {
                throw ProvError.interrupted(name: record.name, remedy: "provision again")
            }
            throw error
        }
        if !arguments.flag("no-ssh") { try await tell(new, directory: directory, console: console) }
        console.end()
        console.print("\(record.name) ends itself at \(new.text), in \(new.remaining())")
    }

    /// Passes the new end through the template, with all else as it was provisioned.
    ///
    /// - Parameters:
    ///   - record: With the new end.
    ///   - old: The end so far.
    ///   - directory: The deployment's.
    ///   - arguments: Of the command.
    ///   - console: Says what is done.
    ///   - willApply: Called before machines can learn the new end.
    /// - Throws: ``ProvError/notAsMade(name:changes:)`` where more than the end would change, or that terraform fails.
    private static func apply(
        _ record: DeploymentRecord,
        from old: Moment,
        directory: StateDirectory,
        arguments: Arguments,
        console: Console,
        willApply: () -> Void
    ) async throws {
        let files = directory.files
        let template = try TemplateFolder(files.terraform)
        let settings = try Settings(
            recorded: record,
            files: files,
            template: template,
            say: console.say
        )
        console.hide(settings.secrets)
        let recorded = Files.isExecutable(record.terraform) ? record.terraform : nil
        let program = try Terraform.find(arguments.value("terraform") ?? recorded)
        func terraformToEnd(at end: Moment?) -> Terraform {
            var record = record
            record.expiresAt = end?.date
            return Terraform(
                program: program,
                files: files,
                deployment: record.id,
                variables: settings.variables(template: template, record: record, files: files),
                secrets: settings.secrets
            )
        }
        let new = record.expiresAt.map { Moment(date: $0) }
        let (asItWas, terraform) = (terraformToEnd(at: old), terraformToEnd(at: new))
        let repair = StateRepair(record, files: files, say: console.say)
        try repair.mend()
        try await terraform.initialize { console.begin("terraform init") }
        var compared = record
        try await Place.check(&compared, terraform, mayRecord: false, console: console)
        let isSound = try await repair.isSound(terraform, mayBeGone: false)
        let known = Set(directory.inventory.nodes.map(\.name))
        let isUnfinished = !isSound || StateHeal.isUnfinished(files)
        if isUnfinished {
            try StateHeal.clear(files)
            let agreement = Agreement(console: console, isGiven: arguments.flag("yes"))
            let heal = StateHeal(asItWas, name: record.name, agreement: agreement)
            _ = try await heal?.takeOver(ready: known)
        }
        func change(by terraform: Terraform, end: Moment?) -> Change {
            Change(
                terraform: terraform,
                console: console,
                template: template,
                settings: settings,
                expiry: end,
                known: known,
                keptConfig: files.config
            )
        }
        // With its old end it must be as it was made: whatever terraform would do then is no part
        // of a new one. Of what a killed change left half done, only machines count.
        try await change(by: asItWas, end: old).refuseOthers(isUnfinished: isUnfinished)
        let consent = Consent(
            console: console,
            isGiven: arguments.flag("yes"),
            asksForMachinesOnly: true
        )
        _ = try await change(by: terraform, end: new).make(consent: consent) {
            try StateHeal.begin(files)
            willApply()
        }
        try StateHeal.finish(files)
    }

    /// Writes the new end into a file on every machine, by plain OpenSSH.
    private static func tell(
        _ expiry: Moment,
        directory: StateDirectory,
        console: Console
    ) async throws {
        let nodes = directory.inventory.nodes
        console.begin("telling \(nodes.count) nodes")
        let failures = await withTaskGroup(of: String?.self) { group in
            for node in nodes {
                group.addTask { await tell(expiry, node, config: directory.files.sshConfig) }
            }
            return await group.reduce(into: [String]()) { list, line in
                if let line { list.append(line) }
            }
        }
        try Task.checkCancellation()
        guard failures.isEmpty else {
            throw ProvError.notTold(nodes: failures.sorted(), expiry: expiry.text)
        }
    }

    /// Returns what went wrong; `nil` if the machine knows.
    private static func tell(_ expiry: Moment, _ node: Node, config: String) async -> String? {
        // Whole or not at all: on a full disk an empty file would be no end.
        let file = "/etc/prov/expires"
        let command =
            "sudo mkdir -p /etc/prov && sudo tee \(file).new >/dev/null && sudo mv \(file).new \(file)"
        let process = LocalProcess(
            "ssh",
            ["-F", config, "-o", "BatchMode=yes", node.name, command],
            input: Array("\(expiry.text)\n".utf8),
            timeLimit: .seconds(30)
        )
        do {
            let outcome = try await process.run()
            guard !outcome.isSuccess else { return nil }
            let line = outcome.errorText.split(whereSeparator: \.isNewline).last ?? ""
            return "\(node.name): \(line.isEmpty ? Substring(outcome.ending) : line)"
        } catch {
            return "\(node.name): \(error)"
        }
    }
}
