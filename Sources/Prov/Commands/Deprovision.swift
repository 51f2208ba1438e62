import DeploymentState
import Glibc
import Shell
import Usage

/// `prov deprovision`: ends all machines of a deployment, and then its state directory.
enum Deprovision: Subcommand {
    static let usage = Usage(
        "prov deprovision",
        summary: "Ends all machines of a deployment and removes its state directory.",
        example: "prov deprovision demo",
        operands: [
            .init("NAME", "the deployment, or the path of its state directory; its NAME-ID too"),
            CloudCall.configs,
        ],
        options: CloudCall.options + [
            ThisHost.option,
            .init("gone", "go on though machines cannot be found: others have ended them"),
            .init("yes", "do not ask; needed where there is no terminal on which to ask"),
        ]
    )

    static func run(_ arguments: Arguments, console: Console) async throws {
        if arguments.flag("host") {
            return try await DeploymentsOnHost.deprovision(arguments, console: console)
        }
        guard !arguments.flag("cloud") else {
            return try await DeploymentsInCloud.deprovision(arguments, console: console)
        }
        try DeploymentsInCloud.refuseConfigs(arguments)
        let files = try StateDirectory.locate(
            arguments.operand("NAME"),
            in: Files.currentDirectory,
            home: Files.environment("PROV_HOME")
        )
        if !Files.exists(files.record), try !StateRemoval.isRemnant(files) {
            throw InventoryError.noDeployment(path: files.path)
        }
        try await end(files, arguments: arguments, console: console) { record in
            try await Agreement(console: console, isGiven: arguments.flag("yes"))
                .obtain(for: try StateDirectory(files), record: record)
        }
    }

    /// Ends a deployment under its lock, after `agree` has seen its record there.
    ///
    /// - Parameters:
    ///   - files: Its state directory.
    ///   - arguments: Those of a command that takes `--terraform`.
    ///   - console: Where it says what it does.
    ///   - agree: Throws if it shall not end after all; gets the record of one that may have machines.
    /// - Throws: ``ProvError`` if something of it does not end, with the directory kept.
    static func end(
        _ files: StateFiles,
        arguments: Arguments,
        console: Console,
        agree: (DeploymentRecord) async throws -> Void
    ) async throws {
        let start = ContinuousClock.now
        try files.requireOwn()
        // A link would outlive what it leads to, which only then would fail.
        let files = StateFiles(resolving: files.path)
        let lock = try DeploymentLock(
            files,
            command: "prov deprovision \(files.name)",
            say: console.say
        )
        defer { withExtendedLifetime(lock) {} }
        if Files.exists(files.record) {
            let record = try DeploymentRecord(of: files)
            if record.mayHaveMade(in: files) { try await agree(record) }
            try await Leftover.end(in: files, say: console.say)
            do {
                try await end(files, arguments: arguments, console: console)
            } catch is CancellationError {
                throw ProvError.interrupted(name: files.name, remedy: "deprovision again")
            }
        }
        console.end()
        try StateRemoval.remove(files)
        console.print("\(files.name) is gone after \((ContinuousClock.now - start).seconds)")
    }

    private static func end(
        _ files: StateFiles,
        arguments: Arguments,
        console: Console
    ) async throws {
        var record = try DeploymentRecord(of: files)
        guard record.mayHaveMade(in: files) else { return }
        if record.wasApplied != true {
            // What is made again below must not look as if nothing had ever been made.
            record.wasApplied = true
            try record.write(to: files.record)
        }
        let mayBeGone = arguments.flag("gone")
        let nodes = try StateDirectory(files).inventory.nodes
        do {
            try TemplateCopy(files: files).restore(record, nodes: nodes)
        } catch ProvError.noCopy where mayBeGone {
            return
        }
        let terraform = try terraform(record, files, arguments.value("terraform"), console)
        let repair = StateRepair(record, files: files, say: console.say)
        try repair.mend()
        try await terraform.initialize { console.begin("terraform init") }
        try await Place.check(&record, terraform, mayRecord: false, console: console)
        _ = try await repair.isSound(terraform, mayBeGone: mayBeGone)
        try StateHeal.clear(files)
        let plan = try MemoryFile(named: "destroy")
        let ending = Ending(terraform: terraform, plan: plan.path, console: console)
        let known = try await terraform.ids()
        let hasChanges = try await ending.plan(
            record,
            nodes: nodes,
            known: Set(known.keys),
            mayBeGone: mayBeGone
        )
        let agreement = Agreement(console: console, isGiven: arguments.flag("yes"))
        let heal = StateHeal(terraform, name: record.name, agreement: agreement)
        // Also after a clean life: tags alone end nothing, and what no list has named so far is named now.
        let strays = try await heal?.strays(besides: known) ?? []
        record.status = .destroying
        try record.write(to: files.record)
        try await heal?.end(strays: strays)
        if hasChanges { try await ending.apply() }
        withExtendedLifetime(plan) {}
        try await heal?.endRest(known: known, strays: strays)
        try await sweep(record, files: files, secrets: terraform.secrets, console: console)
    }

    /// The terraform that made it, with the values that made it.
    static func terraform(
        _ record: DeploymentRecord,
        _ files: StateFiles,
        _ asked: String?,
        _ console: Console
    ) throws -> Terraform {
        let template = try TemplateFolder(files.terraform)
        let settings = try Settings(
            recorded: record,
            files: files,
            template: template,
            say: console.say
        )
        console.hide(settings.secrets)
        let recorded = Files.isExecutable(record.terraform) ? record.terraform : nil
        return Terraform(
            program: try Terraform.find(asked ?? recorded),
            files: files,
            deployment: record.id,
            variables: settings.variables(template: template, record: record, files: files),
            secrets: settings.secrets
        )
    }

    /// Runs the template's own `sweep`, which ends what terraform has lost track of.
    private static func sweep(
        _ record: DeploymentRecord,
        files: StateFiles,
        secrets: [String],
        console: Console
    ) async throws {
        guard Files.isExecutable(files.terraform + "/sweep") else { return }
        console.begin("sweep")
        var environment = Terraform.ownEnvironment
        environment["PROV_DEPLOYMENT_NAME"] = record.name
        environment["PROV_DEPLOYMENT_ID"] = record.id
        environment[Leftover.directoryVariable] = files.path
        let log = try LogFile("sweep", in: files, secrets: secrets)
        let outcome = try await LocalProcess(
            files.terraform + "/sweep",
            environment: environment,
            directory: files.terraform,
            timeLimit: .seconds(300)
        ).run(onLine: { _, line in log.write(line) })
        log.write("sweep: \(outcome.ending)")
        if outcome.cause == .cancellation { throw CancellationError() }
        guard outcome.isSuccess else {
            let lines = outcome.errorText.split(separator: "\n").suffix(20).map(String.init)
            throw ProvError.failed(
                command: "sweep of \(record.name)",
                ending: outcome.ending,
                lines: lines,
                log: log.path
            )
        }
    }
}
