import DeploymentState
import Shell

/// Looks for the programs that `prov` runs, and asks terraform for its version and providers.
struct ProgramChecks {
    private static let openSSH = "install OpenSSH's client (apt-get install openssh-client)"

    /// The programs besides terraform, what they are for, and how to get them.
    static let programs = [
        (name: "ssh", remedy: openSSH), (name: "ssh-keygen", remedy: openSSH),
        (name: "ssh-keyscan", remedy: openSSH),
        (name: "setpriv", remedy: "install util-linux, so that terraform ends with a killed prov"),
        (name: "curl", remedy: "install curl, so that ssh_cidr may be auto"),
    ]

    /// Returns one finding for each program.
    static func tools() -> [Finding] {
        programs.map { name, remedy in
            LocalProcess.find(name).map { .ok(name, $0) }
                ?? .fault(name, "not in PATH", remedy: remedy)
        }
    }

    /// Asks terraform for its version.
    ///
    /// - Parameter asked: The program; `nil` for the one in `PATH`.
    /// - Returns: The program, if it can be used, and what was found.
    /// - Throws: `LocalProcessError` if it could not be started.
    static func terraform(_ asked: String?) async throws -> (program: String?, Finding) {
        let program: String
        do {
            program = try Terraform.find(asked)
        } catch {
            let parts = "\(error)".split(separator: ";", maxSplits: 1).map(String.init)
            let remedy = parts.last.map { String($0.drop { $0 == " " }) } ?? ""
            return (nil, .fault("terraform", parts[0], remedy: remedy))
        }
        let process = LocalProcess(program, ["version", "-json"], timeLimit: .seconds(30))
        let outcome = try await process.run()
        let version = JSONValue(outcome.outputText)?["terraform_version"]?.string
        guard outcome.isSuccess, let version else {
            let remedy = "name another with --terraform PATH"
            let text = "\(program) does not tell its version: \(outcome.ending)"
            return (nil, .fault("terraform", text, remedy: remedy))
        }
        guard isEnough(version) else {
            let text = "\(version) at \(program) is too old for variables that leave no trace"
            let remedy = "install terraform 1.10 or tofu 1.11, or a later one"
            return (program, .fault("terraform", text, remedy: remedy))
        }
        return (program, .ok("terraform", "\(version) at \(program)"))
    }

    /// Whether it knows ephemeral variables, which the EC2 templates take secrets by.
    static func isEnough(_ version: String) -> Bool {
        let numbers = version.split { !$0.isNumber }.prefix(2).compactMap { Int($0) }
        guard numbers.count == 2 else { return false }
        return numbers[0] > 1 || (numbers[0] == 1 && numbers[1] >= 10)
    }

    /// Returns whether terraform can have the template's providers, by having them.
    static func providers(
        of template: TemplateFolder,
        program: String,
        limit: Duration = .seconds(180)
    ) async throws -> Finding {
        let subject = "providers"
        let folder = try Files.makeTemporaryDirectory("prov-doctor")
        defer { try? Files.remove(folder) }  // what is left lies among temporary files
        let files = StateFiles(folder)
        try TemplateCopy(files: files).update(from: template)
        var process = LocalProcess(
            program,
            ["init", "-backend=false", "-input=false", "-no-color"],
            directory: files.terraform,
            timeLimit: limit,
            endsWithUs: true
        )
        process.environment = Terraform.plainEnvironment
        let outcome = try await process.run()
        if outcome.cause == .cancellation { throw CancellationError() }
        if outcome.isSuccess { return .ok(subject, "terraform has those of \(template.name)") }
        let lines = Terraform.lastErrors(in: outcome).prefix { !$0.hasPrefix("To see which") }
        let text = lines.joined(separator: " ")
        return .fault(
            subject,
            "those of \(template.name) cannot be had (\(outcome.ending)): \(text.prefix(400))",
            remedy:
                "make registry.terraform.io reachable, or name a provider mirror in the file of "
                + "TF_CLI_CONFIG_FILE"
        )
    }

    /// Returns where credentials would come from, for a template that talks to AWS.
    static func credentials(for template: TemplateFolder) -> Finding? {
        guard template.declares("access_key") else { return nil }
        return AWSCredentials(environment: Terraform.ownEnvironment).mayBeFound
            ? .ok("credentials", "in the AWS environment or profile")
            : .unchecked(
                "credentials",
                "neither in the AWS environment nor in a profile, so a config must set access_key and "
                    + "secret_key"
            )
    }
}
