import DeploymentState
import YAML

/// The keys with which a deployment was made, as the configs of its record have them.
struct AWSKeys: Sendable, Hashable {
    let access: String
    let secret: String
    let session: String?

    /// Reads the configs; `nil` if none sets the keys, or those that did have gone: then the AWS environment
    /// or profile counts, as for `prov`.
    ///
    /// - Throws: ``CloudWatchError/reference(key:file:)``, and what is wrong with a file that is there.
    init?(of record: DeploymentRecord) throws {
        var found: [String: String] = [:]
        for config in record.configs where Files.exists(config.path) {
            let keys = try YAMLNode.parse(try Files.read(config.path), file: config.path)?.mapping
            for key in ["access_key", "secret_key", "session_token"] {
                guard let value = keys?[key] else { continue }
                let text = value.string ?? ""
                guard !text.contains("${") else {
                    throw CloudWatchError.reference(key: key, file: config.path)
                }
                // The last file counts, and null takes back what an earlier one said.
                found[key] = text.isEmpty ? nil : text
            }
        }
        guard let access = found["access_key"], let secret = found["secret_key"] else { return nil }
        self.access = access
        self.secret = secret
        session = found["session_token"]
    }

    /// The variables by which the AWS command line takes them, and no others beside.
    func variables(beside environment: [String: String]) -> [String: String] {
        var all = environment
        for name in ["AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"] { all[name] = nil }
        all["AWS_ACCESS_KEY_ID"] = access
        all["AWS_SECRET_ACCESS_KEY"] = secret
        all["AWS_SESSION_TOKEN"] = session
        return all
    }
}
