import DeploymentState

/// Where a deployment stands, such as an AWS account: its machines can be seen from there alone.
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
        guard let cloud = Cloud(of: terraform, scratch: scratch), cloud.canIdentify else { return }
        guard mayRecord || record.place != nil else { return }
        console.begin("asking whose account it is")
        let found = try await found(by: cloud)
        guard let made = record.place else {
            record.place = found
            return
        }
        if let fault = difference(made, found, name: record.name) { throw fault }
    }

    /// Where the credentials lead to now.
    ///
    /// - Throws: That terraform fails.
    static func found(by cloud: Cloud) async throws -> [String: String] {
        var found = try await cloud.identity()
        found["endpoint"] = AWSEndpoint(environment: Terraform.ownEnvironment).url
        return found
    }

    /// Returns the first difference as an error; `nil` if there is none.
    static func difference(
        _ made: [String: String],
        _ found: [String: String],
        name: String
    ) -> ProvError? {
        for key in made.keys.sorted() where made[key] != found[key] {
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
