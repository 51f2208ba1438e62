import DeploymentState
import Posix
import Shell
import YAML

/// The part of a template that finds deployments by their tags, and ends what nobody knows of: its
/// folder `cloud`, which is a template of its own, and `cloud/end` in it.
struct Cloud: Sendable {
    /// The template's folder `cloud`.
    let folder: String
    /// Where its terraform works; absolute.
    let scratch: String
    /// The terraform or tofu to run.
    let program: String
    /// `TF_VAR_…` and the values, for region and credentials.
    let variables: [String: String]
    /// The values that no log may show.
    let secrets: [String]
    /// Where providers lie unpacked, so that none is downloaded again; `nil` if nowhere.
    let providers: String?

    /// What stands for the deployment's id in the environment of what looks for all of them.
    static let mark = "cloud"

    /// Where what looks for deployments has unpacked them.
    var unpacked: String { scratch + "/find/tf/.terraform/providers" }

    /// Whether a template can find its deployments.
    static func exists(in template: String) -> Bool { Files.isDirectory("\(template)/cloud/end") }

    /// The part of a deployment's template; `nil` if it has none.
    init?(of terraform: Terraform, scratch: String? = nil) {
        let files = terraform.files
        guard Self.exists(in: files.terraform) else { return nil }
        folder = files.terraform + "/cloud"
        self.scratch = scratch ?? files.path + "/cloud"
        program = terraform.program
        variables = terraform.variables
        secrets = terraform.secrets
        providers = files.terraform + "/.terraform/providers"
    }

    init(
        folder: String,
        scratch: String,
        program: String,
        variables: [String: String],
        secrets: [String]
    ) {
        self.folder = folder
        self.scratch = scratch
        self.program = program
        self.variables = variables
        self.secrets = secrets
        providers = nil
    }

    /// Returns all deployments in the region.
    func deployments() async throws -> [CloudDeployment] { try await find(nil) }

    /// Returns one deployment with all that it has, also what only its name leads to.
    ///
    /// - Parameters:
    ///   - key: The name, `-` and the id.
    ///   - known: The ids of what its state has or had: where a network is among them, that one is its own
    ///     and no other, whatever tags it has.
    /// - Returns: `nil` if nothing is known of it.
    /// - Throws: ``ProvError`` if terraform fails.
    func deployment(_ key: String, known: Set<String> = []) async throws -> CloudDeployment? {
        let state = ["TF_VAR_known": Self.known(known, of: key)]
        do {
            return try await find(key, state).first { $0.key == key }
        } catch ProvError.failed(_, _, let lines, _)
            where lines.contains(where: { $0.contains("no matching") })
        {
            // What only the name leads to is not there, which is an error to terraform.
            return try await find(nil, state).first { $0.key == key }
        }
    }

    private static func known(_ ids: Set<String>, of key: String) -> String {
        let list = YAMLNode(.sequence(ids.sorted().map { YAMLNode(.string($0)) }))
        let name = YAMLNode(.string(key))
        return "{deployment=\(name.json(isExpression: true)),ids=\(list.json(isExpression: true))}"
    }

    private func find(
        _ key: String?,
        _ more: [String: String] = [:]
    ) async throws -> [CloudDeployment] {
        var variables = more
        if let key { variables["TF_VAR_deployment"] = key }
        let terraform = try await terraform("find", folder: folder, variables, providers: providers)
        try await terraform.change("apply") { _ in }
        return try CloudDeployment.read(try await terraform.output())
    }

    /// Ends resources, whatever else there is; those that do not exist any more are passed over.
    ///
    /// - Parameter ids: What the cloud calls them.
    /// - Returns: Those that existed.
    /// - Throws: ``ProvError`` if terraform fails.
    @discardableResult
    func end(_ ids: [String]) async throws -> [String] {
        var ids = ids
        while !ids.isEmpty {
            let list = YAMLNode(.sequence(ids.map { YAMLNode(.string($0)) }))
            let terraform = try await terraform(
                "end",
                folder: folder + "/end",
                ["TF_VAR_ids": list.json(isExpression: true)],
                providers: providers ?? unpacked
            )
            do {
                try await terraform.change("apply") { _ in }
            } catch ProvError.failed(let command, let ending, let lines, let log) {
                let rest = ids.filter { id in !lines.contains { Self.says($0, hasGone: id) } }
                guard rest.count < ids.count else {
                    throw ProvError.failed(
                        command: command,
                        ending: ending,
                        lines: lines,
                        log: log
                    )
                }
                ids = rest
                continue
            }
            try await terraform.change("destroy") { _ in }
            return ids
        }
        return []
    }

    private static func says(_ line: String, hasGone id: String) -> Bool {
        line.contains(id) && (line.contains("non-existent") || line.contains("no object exists"))
    }

    /// Makes one of the folders ready to run, with no state.
    func terraform(
        _ name: String,
        folder: String,
        _ more: [String: String],
        providers: String?
    ) async throws -> Terraform {
        let files = StateFiles("\(scratch)/\(name)")
        try Files.makeDirectory(scratch)
        try Files.makeDirectory(files.path)
        try await Leftover.end(in: files) { _ in }
        for file in ["terraform.tfstate", "terraform.tfstate.backup"] {
            try Files.remove("\(files.terraform)/\(file)")
        }
        // Its logs count only when it fails, and then the last ones.
        try Files.remove(files.log)
        try TemplateCopy(files: files).update(fromFolder: folder)
        var variables = variables
        variables.merge(more) { _, new in new }
        if let providers, Files.isDirectory(providers) {
            variables["TF_CLI_ARGS_init"] = "-plugin-dir=\(Quoting.quote(providers))"
        }
        let terraform = Terraform(
            program: program,
            files: files,
            deployment: Self.mark,
            variables: variables,
            secrets: secrets
        )
        try await terraform.initialize {}
        return terraform
    }
}
