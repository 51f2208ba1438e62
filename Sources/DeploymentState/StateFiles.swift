/// Where the files of a state directory lie.
public struct StateFiles: Sendable, Hashable {
    /// The state directory, absolute.
    public let path: String

    /// Makes the paths of the state directory at `path`, which must be absolute.
    public init(_ path: String) { self.path = path }

    /// The deployment's name: the last part of the path.
    public var name: String { path.split(separator: "/").last.map(String.init) ?? "" }
    /// The record of the deployment, ``DeploymentRecord``.
    public var record: String { path + "/deployment.json" }
    /// The Ansible inventory.
    public var inventory: String { path + "/inventory" }
    /// One `Host` per node, for `ssh -F`.
    public var sshConfig: String { path + "/ssh_config" }
    /// The host keys of the nodes.
    public var knownHosts: String { path + "/known_hosts" }
    /// The merged config without secrets.
    public var config: String { path + "/config.yml" }
    /// The copied template and terraform's state.
    public var terraform: String { path + "/tf" }
    /// Each terraform command's output.
    public var log: String { path + "/log" }
    /// Keeps the directory out of git: its keys are nobody else's, and it makes no tree dirty.
    public var gitignore: String { path + "/.gitignore" }
    /// Who works on the deployment.
    public var lock: String { path + "/lock" }
    /// The private key that `prov` makes if the config names none.
    public var identity: String { path + "/id_ed25519" }
    /// The public key that the nodes know; a copy if it is the user's.
    public var publicKey: String { path + "/id_ed25519.pub" }
}
