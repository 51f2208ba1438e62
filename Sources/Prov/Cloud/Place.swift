import DeploymentState
import Digest

/// Where a deployment stands, such as an AWS account and a region: its machines can be seen from there alone.
///
/// From anywhere else the cloud says that they have gone, which must not be taken for their end.
enum Place {
    /// Compares where the credentials lead to with where the deployment was made; one that is new, or
    /// older than this check, is recorded there.
    ///
    /// - Parameters:
    ///   - record: Gains the place if it has none.
    ///   - terraform: Initialised, with the deployment's variables.
    ///   - mayRecord: Whether a place may be recorded; otherwise one is only compared.
    ///   - scratch: Where terraform works; `nil` for the state directory, whose lock the caller has.
    ///   - console: Says that it looks.
    /// - Throws: ``ProvError/otherPlace(name:what:made:found:)``, or that terraform fails.
    static func check(
        _ record: inout DeploymentRecord,
        _ terraform: Terraform,
        mayRecord: Bool,
        scratch: String? = nil,
        console: Console
    ) async throws {
        let isMade = record.mayHaveMade(in: terraform.files)
        var made = record.place ?? [:]
        // In records of old it is missing.
        if made["region"] == nil { made["region"] = keptRegion(terraform.files) }
        guard mayRecord || !made.isEmpty else { return }
        var found = region(of: terraform.variables, secrets: terraform.secrets)
        if let cloud = Cloud(of: terraform, scratch: scratch), cloud.canIdentify,
            mayRecord || record.place != nil
        {
            console.begin("asking whose account it is")
            found = try await Self.found(by: cloud)
        }
        if ThisHost(copy: terraform.files.terraform) != nil { found["host"] = host() }
        if isMade, let fault = difference(made, found, name: record.name) { throw fault }
        guard mayRecord, !found.isEmpty else { return }
        // What never had a machine may go elsewhere.
        record.place = isMade ? made.merging(found) { made, _ in made } : found
    }

    /// The region that the kept config names; `nil` if it does not, or it came from elsewhere.
    private static func keptRegion(_ files: StateFiles) -> String? {
        // Absent before the first apply.
        guard let kept = try? ConfigListing(kept: files.config) else { return nil }
        let entry = kept.settings.first { $0.key == "region" && !$0.secret }
        return entry?.value.string
    }

    /// Where the credentials lead to now, and the region in which they are used.
    ///
    /// - Throws: That terraform fails.
    static func found(by cloud: Cloud) async throws -> [String: String] {
        var found = try await cloud.identity()
        found["endpoint"] = AWSEndpoint(environment: Terraform.ownEnvironment).url
        return found.merging(region(of: cloud.variables, secrets: cloud.secrets)) { found, _ in
            found
        }
    }

    private static func region(
        of variables: [String: String],
        secrets: [String]
    ) -> [String: String] {
        guard let region = variables["TF_VAR_region"] else { return [:] }
        return ["region": secrets.contains(region) ? digest(region) : region]
    }

    /// What stands for this host, on which a template makes machines: its machine-id, which is to be kept from
    /// others, as a digest, or its name where it has none.
    private static func host() -> String {
        // Absent on a system that systemd did not set up.
        let id = ((try? Files.read("/etc/machine-id")) ?? "").prefix { !$0.isWhitespace }
        let name = DeploymentLock.me.split(separator: "@").last ?? ""
        return id.isEmpty ? String(name) : digest(String(id))
    }

    /// What stands for a text that must be in no file, such as a region that came from elsewhere.
    private static func digest(_ text: String) -> String {
        "sha256:" + SHA256.hexadecimal(of: Array(text.utf8))
    }

    /// Whether two regions are one, of which either may be a digest.
    static func isOne(_ one: String, _ other: String) -> Bool {
        one == other || digest(one) == other || one == digest(other)
    }

    /// Returns the first difference as an error; `nil` if there is none.
    static func difference(
        _ made: [String: String],
        _ found: [String: String],
        name: String
    ) -> ProvError? {
        for key in made.keys.sorted() where made[key] != found[key] {
            if key == "region", isOne(made[key] ?? "", found[key] ?? "") { continue }
            return .otherPlace(
                name: name,
                what: key,
                made: made[key] ?? "",
                found: found[key] ?? ""
            )
        }
        return nil
    }
}

extension Cloud {
    /// Whether the template can say whose account the credentials lead to.
    var canIdentify: Bool { Files.isDirectory(folder + "/identity") }

    /// Asks where the credentials lead to.
    ///
    /// - Returns: What the output `identity` of `cloud/identity` says, such as account and partition.
    /// - Throws: ``ProvError`` if terraform fails, or there is no such output.
    func identity() async throws -> [String: String] {
        let terraform = try await terraform(
            "identity",
            folder: folder + "/identity",
            [:],
            providers: providers ?? unpacked
        )
        try await terraform.change("apply") { _ in }
        let output = JSONValue(try await terraform.output())?["identity"]?["value"]
        guard let members = output?.members, !members.isEmpty else {
            throw ProvError.badOutput(["cloud/identity: output \"identity\" is no map"])
        }
        return members.compactMapValues(\.scalarText)
    }
}
