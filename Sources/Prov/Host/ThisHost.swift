import DeploymentState
import Shell
import Usage

/// A template that makes machines on this host and can list them: it has the programs `deployments`
/// and `sweep`.
struct ThisHost: Sendable {
    /// The template's folder.
    let template: String

    /// The option of the commands that look here.
    static let option = Usage.Option(
        "host",
        "look on this host, at machines of prov/local, with or without a state directory"
    )

    /// Takes the template that `--template` names, or `prov/local` of the tree that this program
    /// belongs to; never that of the current directory, which the user did not name.
    init(_ arguments: Arguments) throws {
        guard !arguments.flag("cloud") else {
            throw arguments.error("--host and --cloud look in different places: say one of them")
        }
        if let word = (arguments.all("CONFIG") + [arguments.value("region")].compactMap(\.self))
            .first
        {
            throw arguments.error("\"\(word)\" needs --cloud")
        }
        let asked = arguments.value("template")
        let folders = asked.map { [Files.absolute($0)] } ?? OwnTree.candidates("prov/local")
        guard let found = folders.first(where: { Files.isExecutable($0 + "/deployments") }) else {
            throw HostError.notSupported(template: asked)
        }
        template = found
    }

    /// Takes a deployment's own copy of its template; `nil` for a template that makes no machines here.
    init?(copy: String) {
        guard Files.isExecutable(copy + "/deployments") else { return nil }
        template = copy
    }

    /// Returns all deployments here.
    func deployments() async throws -> [HostDeployment] {
        try HostDeployment.read(try await run("deployments", [], limit: .seconds(60)).outputText)
    }

    /// Returns the one deployment that goes by this name, by name, `-` and id, or by its id.
    ///
    /// - Throws: ``HostError`` if there is none, or several.
    func find(_ name: String) async throws -> HostDeployment {
        let all = try await deployments()
        let found = all.filter { $0.name == name || $0.key == name || $0.id == name }
        guard let first = found.first else {
            let suggestion = Suggestion.nearest(to: name, among: all.map(\.name))
            throw HostError.notFound(name: name, suggestion: suggestion)
        }
        guard found.count == 1 else {
            throw HostError.ambiguous(name: name, keys: found.map(\.key))
        }
        return first
    }

    /// Ends a deployment with all that it has here.
    func end(_ deployment: HostDeployment) async throws {
        try await run("sweep", [deployment.id], limit: .seconds(300))
    }

    @discardableResult
    private func run(_ program: String, _ words: [String], limit: Duration) async throws -> Outcome
    {
        // The programs write where they run, so not among the user's files.
        let folder = try Files.makeTemporaryDirectory("prov-host")
        defer { try? Files.remove(folder) }  // what is left lies among temporary files
        let process = LocalProcess(
            "\(template)/\(program)",
            words,
            directory: folder,
            timeLimit: limit
        )
        let outcome = try await process.run()
        if outcome.cause == .cancellation { throw CancellationError() }
        guard outcome.isSuccess else {
            let lines = outcome.errorText.split(separator: "\n").suffix(20).map(String.init)
            throw HostError.failed(
                program: "\(template)/\(program)",
                ending: outcome.ending,
                lines: lines
            )
        }
        return outcome
    }
}

/// Why deployments on this host cannot be listed or ended.
enum HostError: Error, Hashable, CustomStringConvertible {
    /// The template has no program `deployments`; `nil` if none was named and none is known.
    case notSupported(template: String?)
    /// No deployment of that name has machines here.
    case notFound(name: String, suggestion: String?)
    /// Several deployments have that name; `keys` are theirs with their ids.
    case ambiguous(name: String, keys: [String])
    /// A program of the template failed; the lines are its last.
    case failed(program: String, ending: String, lines: [String])

    /// The place, what was found, and the remedy.
    var description: String {
        switch self {
        case .notSupported(let template):
            (template.map {
                "\($0): has no program \"deployments\" that lists what is on this host"
            }
                ?? "no prov/local belongs to this prov")
                + "; name a template, such as --template prov/local"
        case .notFound(let name, let suggestion):
            "no deployment \"\(name)\" on this host"
                + (suggestion.map { " (did you mean \"\($0)\"?)" } ?? "")
                + "; \"prov list --host\" shows what there is"
        case .ambiguous(let name, let keys):
            "\(name): \(keys.count) deployments have this name; say which: "
                + keys.joined(separator: " ")
        case .failed(let program, let ending, let lines):
            (["\(program): \(ending)"] + lines).joined(separator: "\n  ")
        }
    }
}
