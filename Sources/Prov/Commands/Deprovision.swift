import Glibc
import Inventory
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
        options: CloudCall.options + [.init("yes", "do not ask")]
    )

    static func run(_ arguments: Arguments, console: Console) async throws {
        guard !arguments.flag("cloud") else {
            return try await DeploymentsInCloud.deprovision(arguments, console: console)
        }
        try DeploymentsInCloud.refuseConfigs(arguments)
        let start = ContinuousClock.now
        let files = try StateDirectory.locate(
            arguments.operand("NAME"),
            in: Files.currentDirectory,
            home: Files.environment("PROV_HOME")
        )
        if !Files.exists(files.record), try !StateRemoval.isRemnant(files) {
            throw InventoryError.noDeployment(path: files.path)
        }
        let lock = try DeploymentLock(
            files,
            command: "prov deprovision \(files.name)",
            say: console.say
        )
        defer { withExtendedLifetime(lock) {} }
        if Files.exists(files.record) {
            try await Leftover.end(in: files, say: console.say)
            do {
                try await end(files, asked: arguments.value("terraform"), console: console)
            } catch is CancellationError {
                throw ProvError.interrupted(name: files.name, remedy: "deprovision again")
            }
        }
        console.end()
        try StateRemoval.remove(files)
        console.print("\(files.name) is gone after \((ContinuousClock.now - start).seconds)")
    }

    private static func end(_ files: StateFiles, asked: String?, console: Console) async throws {
        var record = try DeploymentRecord(file: files.record)
        let wasClean = record.status == .ready
        record.status = .destroying
        try record.write(to: files.record)
        let copy = TemplateCopy(files: files)
        guard copy.wasApplied else { return }
        if !copy.isFinished {
            // A provision was killed while it changed the files: finish that first.
            try copy.update(from: try TemplateFolder(record.template))
        }
        let template = try TemplateFolder(files.terraform)
        let settings = try Settings(
            recorded: record,
            files: files,
            template: template,
            say: console.say
        )
        let recorded = Files.isExecutable(record.terraform) ? record.terraform : nil
        let terraform = Terraform(
            program: try Terraform.find(asked ?? recorded),
            files: files,
            deployment: record.id,
            variables: settings.variables(template: template, record: record, files: files),
            secrets: settings.secrets
        )
        try await terraform.initialize { console.begin("terraform init") }
        try StateRepair.run(files, say: console.say)
        try StateHeal.clear(files)
        let heal = StateHeal(terraform, name: record.name, console: console)
        if !wasClean { try await heal?.endStrays() }
        console.begin("terraform destroy")
        let progress = ApplyProgress(console, verb: "removed")
        try await terraform.change("destroy", onEvent: progress.handle)
        try await heal?.endRest()
        try await sweep(record, files: files, console: console)
    }

    /// Runs the template's own `sweep`, which ends what terraform has lost track of.
    private static func sweep(
        _ record: DeploymentRecord,
        files: StateFiles,
        console: Console
    ) async throws {
        guard Files.isExecutable(files.terraform + "/sweep") else { return }
        console.begin("sweep")
        var environment = Terraform.ownEnvironment
        environment["PROV_DEPLOYMENT_NAME"] = record.name
        environment["PROV_DEPLOYMENT_ID"] = record.id
        environment["PROV_STATE_DIRECTORY"] = files.path
        let log = try LogFile("sweep", in: files, secrets: [])
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
