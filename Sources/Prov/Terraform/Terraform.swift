import DeploymentState
import Glibc
import Shell
import Synchronization

/// Terraform, or OpenTofu, at work in one state directory.
struct Terraform: Sendable {
    /// The program's absolute path.
    let program: String
    /// Where it works.
    let files: StateFiles
    /// The deployment's id, which marks all that it starts.
    let deployment: String
    /// `TF_VAR_…` and the values, in which the secrets are.
    let variables: [String: String]
    /// The values that no log may show.
    let secrets: [String]

    /// How long to wait for terraform's lock on the state.
    static let lockTimeout = "60s"

    /// Beyond these terraform hangs: an apply waits for machines, an init for downloads.
    private static let timeLimits: [String: Duration] = [
        "apply": .seconds(7_200), "destroy": .seconds(7_200), "init": .seconds(1_800),
        "output": .seconds(120), "plan": .seconds(3_600), "show": .seconds(300),
    ]

    /// Returns the absolute path of the program to use.
    ///
    /// - Throws: ``ProvError/noTerraform(asked:)``.
    static func find(_ asked: String?) throws(ProvError) -> String {
        let names = asked.map { [$0] } ?? ["terraform", "tofu"]
        for name in names {
            if let path = LocalProcess.find(name) { return Files.absolute(path) }
        }
        throw .noTerraform(asked: asked)
    }

    /// Runs `init`, unless nothing that it reads has changed since it last succeeded.
    ///
    /// `willRun` is called if it has to run, before it does.
    func initialize(willRun: () -> Void) async throws {
        let copy = TemplateCopy(files: files)
        let stampFile = files.terraform + "/.prov-init"
        let before = try? Files.read(stampFile)  // absent before the first
        if before == (try copy.stamp(terraform: program)) { return }
        willRun()
        let arguments = ["init", "-input=false", "-no-color"]
        try await run(arguments, json: false) { _ in }
        try Files.write(try copy.stamp(terraform: program), to: stampFile, durably: false)
    }

    /// Runs `apply` or `destroy`; if it fails, the next ``initialize(willRun:)`` runs again.
    func change(_ verb: String, onEvent: @escaping @Sendable (TerraformEvent) -> Void) async throws
    {
        let arguments = [
            verb, "-auto-approve", "-json", "-input=false", "-lock-timeout=\(Self.lockTimeout)",
        ]
        do {
            try await run(arguments, json: true, onEvent: onEvent)
        } catch {
            try Files.remove(files.terraform + "/.prov-init")
            throw error
        }
    }

    /// Returns what `output -json` prints.
    func output() async throws -> String {
        try await run(["output", "-json", "-no-color"], json: false, logsOutput: false) { _ in }
    }

    /// Runs one command and keeps its output in a log.
    @discardableResult
    func run(
        _ arguments: [String],
        json: Bool,
        logsOutput: Bool = true,
        onEvent: @escaping @Sendable (TerraformEvent) -> Void
    ) async throws -> String {
        let log = try LogFile(arguments[0], in: files, secrets: secrets)
        let errors = Mutex<[String]>([])
        let start = ContinuousClock.now
        var process = process(arguments)
        process.timeLimit = Self.timeLimits[arguments[0]]
        let outcome = try await process.run(
            onStart: { id in
                do {
                    try Leftover.record(id, deployment: deployment, in: files)
                } catch {
                    log.write("\(error)")
                }
            },
            onLine: { stream, line in
                let event = json ? TerraformEvent(line: line) : .message(line)
                if logsOutput || stream == .error { log.write(Self.stamped(event, since: start)) }
                if case .problem(true, let text) = event {
                    errors.withLock { $0.append(log.redact(text)) }
                }
                onEvent(event)
            }
        )
        log.write("\(arguments[0]): \(outcome.ending)")
        try Leftover.forget(in: files)
        // Terraform makes it readable for all; the directory keeps them out meanwhile.
        for name in try Files.list(files.terraform) where name.contains(".tfstate") {
            try Files.restrict("\(files.terraform)/\(name)")
        }
        try noteState(after: arguments[0], outcome)
        if outcome.isSuccess { return outcome.outputText }
        if outcome.cause == .cancellation { throw CancellationError() }
        var lines = errors.withLock { $0 }
        let command = "\(Files.split(program).name) \(arguments[0])"
        if let signal = outcome.killer {
            throw ProvError.killed(command: command, signal: signal, lines: lines, log: log.path)
        }
        if lines.isEmpty { lines = Self.lastErrors(in: outcome, json: json).map(log.redact) }
        if let line = CredentialFault.line(in: lines, variables: variables) {
            throw ProvError.refused(line, log: log.path)
        }
        throw ProvError.failed(
            command: command,
            ending: outcome.ending,
            lines: lines,
            log: log.path
        )
    }

    /// Keeps the state of what succeeded; an apply that failed by itself and made nothing, as its
    /// missing state says, never was.
    private func noteState(after verb: String, _ outcome: Outcome) throws {
        // What looks into the cloud keeps nothing.
        guard deployment != Cloud.mark else { return }
        if outcome.isSuccess, ["apply", "import", "state"].contains(verb) {
            return try StateRepair.keep(files)
        }
        guard verb == "apply", case .exited = outcome.status,
            !TemplateCopy(files: files).canAccount, FailedApply.madeNothing(outcome.outputText),
            // A full disk, on which not even an empty file could be made.
            !outcome.outputText.contains("to persist state"),
            !outcome.outputText.contains("to save state")
        else { return }
        let states = ["terraform.tfstate", "terraform.tfstate.backup", "errored.tfstate"]
        if !states.contains(where: { Files.exists("\(files.terraform)/\($0)") }) {
            try TemplateCopy(files: files).unmarkApplied()
        }
    }

    private func process(_ arguments: [String]) -> LocalProcess {
        var environment = Self.plainEnvironment
        environment.merge(variables) { _, new in new }
        environment[Leftover.variable] = deployment
        environment[Leftover.directoryVariable] = files.path
        var process = LocalProcess(program, arguments)
        process.environment = environment
        process.directory = files.terraform
        // The plan of a thousand machines is large.
        process.outputLimit = 1 << 30
        process.endsWithUs = true
        process.endsGroup = true
        // The first SIGINT lets terraform end what is under way and write its state; a second
        // would make it drop all, so that there is none.
        process.teardown = [
            .init(signal: SIGINT, wait: .seconds(600), includesChildren: false),
            .init(signal: SIGTERM, wait: .seconds(30)),
        ]
        return process
    }

    /// Our own environment, as terraform gets it.
    static var plainEnvironment: [String: String] { plain(ownEnvironment) }

    /// Leaves out what would change where terraform keeps its state or what its commands do, and values of
    /// variables: those are the configs' alone, or a deployment would be another one in another shell.
    static func plain(_ environment: [String: String]) -> [String: String] {
        var environment = environment.filter { name, _ in
            !name.hasPrefix("TF_CLI_ARGS") && !name.hasPrefix("TF_VAR_") && name != "TF_DATA_DIR"
                && name != "TF_WORKSPACE"
        }
        environment["TF_IN_AUTOMATION"] = "1"
        environment["CHECKPOINT_DISABLE"] = "1"
        return environment
    }

    /// What is said of the variables that ``plain(_:)`` leaves out, in a line; `nil` if there is none.
    static func leftOut(of environment: [String: String]) -> String? {
        let names = environment.keys.filter { $0.hasPrefix("TF_VAR_") }.sorted()
        guard !names.isEmpty else { return nil }
        return
            "\(names.joined(separator: ", ")) of the environment is not read: name it in a config, "
            + "such as ${env:\(names[0])}"
    }

    /// Our own environment.
    static var ownEnvironment: [String: String] {
        var variables: [String: String] = [:]
        var next = environ
        while let entry = next.pointee {
            let text = String(cString: entry)
            if let equals = text.firstIndex(of: "=") {
                variables[String(text[..<equals])] = String(text[text.index(after: equals)...])
            }
            next += 1
        }
        return variables
    }

    private static func stamped(
        _ event: TerraformEvent,
        since start: ContinuousClock.Instant
    ) -> String {
        "\((ContinuousClock.now - start).seconds) \(event.text)"
    }

    /// The last lines of an output for people, without the frame that terraform draws.
    ///
    /// Of events, which are JSON, none is an error here, or it would be known.
    static func lastErrors(in outcome: Outcome, json: Bool = false) -> [String] {
        let hasErrors = json || !outcome.errorText.isEmpty
        let text = hasErrors ? outcome.errorText : outcome.outputText
        let lines = text.split(separator: "\n").compactMap { line -> String? in
            let bare = line.drop { "│╷╵ ".contains($0) }
            return bare.isEmpty ? nil : String(bare)
        }
        let start = lines.lastIndex { $0.hasPrefix("Error: ") } ?? max(0, lines.count - 10)
        return Array(lines[start...].prefix(20))
    }
}

extension Duration {
    /// In seconds with one decimal, as in `12.3 s`.
    var seconds: String {
        let tenths = components.seconds * 10 + components.attoseconds / 100_000_000_000_000_000
        return "\(tenths / 10).\(tenths % 10) s"
    }
}
