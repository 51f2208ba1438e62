import DeploymentState
import Digest
import Foundation
import Usage
import YAML

/// What `--cloud` needs: a template that can find deployments, a region and credentials.
struct CloudCall: Sendable {
    /// The template whose `cloud` is asked.
    let template: String
    /// Where it looks.
    let region: String
    let cloud: Cloud

    /// The options that commands with `--cloud` share.
    static let options: [Usage.Option] = [
        .init("cloud", "look in the cloud, by tags, with or without a state directory here"),
        .init("region", value: "REGION", "where to look; else a config's region, or AWS_REGION"),
        .init("template", value: "TEMPLATE", "a folder with cloud/ in it; else prov/ec2"),
        .init("terraform", value: "PATH", "the terraform or tofu to run"),
    ]

    /// The configs of such a command: where to look and the credentials are read from them.
    static let configs = Usage.Operand(
        "CONFIG",
        "YAML files that set region and credentials; else the AWS environment or profile",
        occurs: 0...1_000
    )

    /// Runs `body` while no other `prov` works in the same cache; `console` shows no secret of its configs.
    static func with<Result>(
        _ arguments: Arguments,
        template: String? = nil,
        console: Console,
        body: (CloudCall) async throws -> Result
    ) async throws -> Result {
        let call = try CloudCall(arguments, template: template)
        console.hide(call.cloud.secrets)
        let lock = try await call.lock()
        defer { withExtendedLifetime(lock) {} }
        return try await body(call)
    }

    private init(_ arguments: Arguments, template: String?) throws {
        let asked = template ?? arguments.value("template")
        self.template = try asked.map { Files.absolute($0) } ?? Self.standardTemplate()
        guard Cloud.exists(in: self.template) else {
            throw CloudError.notSupported(template: asked ?? self.template)
        }
        let folder = self.template + "/cloud"
        let region = arguments.value("region")
        let own = try TemplateVariable.read(template: folder)
        let others = try TemplateVariable.read(template: self.template).filter { variable in
            !own.contains { $0.name == variable.name }
        }
        let config = try Config.load(
            arguments.all("CONFIG"),
            // Nothing is needed here that a deployment needs, and the region has other sources.
            variables: (own + others).map(\.optional),
            template: self.template
        )
        var variables = config.terraformEnvironment
        let sources = [
            region, variables["TF_VAR_region"], Files.environment("AWS_REGION"),
            Files.environment("AWS_DEFAULT_REGION"),
        ]
        guard let region = sources.compactMap(\.self).first(where: { !$0.isEmpty }) else {
            throw CloudError.noRegion
        }
        self.region = region
        variables["TF_VAR_region"] = region
        let kept = Set(own.map { "TF_VAR_\($0.name)" })
        cloud = Cloud(
            folder: folder,
            scratch: try Self.cache(for: self.template),
            program: try Terraform.find(arguments.value("terraform")),
            variables: variables.filter { kept.contains($0.key) },
            secrets: config.settings.flatMap(\.secretTexts)
        )
    }

    /// `prov/ec2` of the tree that this program belongs to; never that of the current directory, which
    /// the user did not name: what lies there would run, and read the keys.
    private static func standardTemplate() throws -> String {
        let folders = OwnTree.candidates("prov/ec2")
        guard let found = folders.first(where: Cloud.exists) else { throw CloudError.noTemplate }
        return found
    }

    /// A folder of the user's in which terraform keeps the providers between calls.
    private static func cache(for template: String) throws -> String {
        let digest = SHA256.hexadecimal(of: Array(template.utf8)).prefix(16)
        var folder = cacheBase(Terraform.ownEnvironment)
        if !Files.exists(folder) { try Files.makeDirectory(folder) }
        for name in ["prov", "cloud", String(digest)] {
            folder += "/\(name)"
            try Files.makeDirectory(folder)
        }
        return folder
    }

    /// The user's own folder of caches.
    ///
    /// Never one that others can make before us: the providers that lie there run, and read the keys.
    static func cacheBase(_ environment: [String: String]) -> String {
        if let base = environment["XDG_CACHE_HOME"], base.hasPrefix("/") { return base }
        let home = environment["HOME"].flatMap { $0.isEmpty ? nil : $0 } ?? NSHomeDirectory()
        return home + "/.cache"
    }

    /// Waits for its turn, for at most 10 minutes: an end of machines takes that long.
    private func lock() async throws -> DeploymentLock {
        let deadline = ContinuousClock.now + .seconds(600)
        let files = StateFiles(cloud.scratch)
        while true {
            do {
                return try DeploymentLock(files, command: "prov --cloud") { _ in }
            } catch {
                guard case .held = error, ContinuousClock.now < deadline else { throw error }
                try await Task.sleep(for: .milliseconds(50))
            }
        }
    }

    /// Returns the one deployment that goes by this name, or by name, `-` and id.
    ///
    /// - Throws: ``CloudError`` if there is none, or several.
    func find(_ name: String) async throws -> CloudDeployment {
        let all = try await cloud.deployments()
        let found = all.filter { $0.name == name || $0.key == name }
        guard let first = found.first else {
            let suggestion = Suggestion.nearest(to: name, among: all.map(\.name))
            throw CloudError.notFound(name: name, region: region, suggestion: suggestion)
        }
        guard found.count == 1 else {
            throw CloudError.ambiguous(name: name, keys: found.map(\.key))
        }
        return first
    }
}

extension TemplateVariable {
    /// The same without the need for a value.
    fileprivate var optional: TemplateVariable {
        TemplateVariable(
            name: name,
            type: type,
            hasDefault: true,
            isSensitive: isSensitive,
            description: description,
            mark: mark
        )
    }
}
