import DeploymentState
import SSH
import Shell

/// The ways to all nodes of a deployment.
enum Remotes {
    /// No agent can be asked for a key that nobody else has.
    struct NoAgent: Error, CustomStringConvertible {
        let reason: String
        let key: String

        var description: String {
            "\(reason), and there is no agent (SSH_AUTH_SOCK is not set): start one with "
                + "eval \"$(ssh-agent)\", and give it the key with ssh-add"
        }
    }

    /// The configuration of a node cannot be read.
    struct BadConfiguration: Error, CustomStringConvertible {
        let path: String
        let said: String

        var description: String { "\(path): ssh cannot read it: \(said)" }
    }

    /// Makes a remote for each node, in their order; nothing connects yet.
    ///
    /// - Returns: The remotes, and a line for people if not all go by libssh2.
    /// - Throws: ``NoAgent`` or ``BadConfiguration``.
    static func make(
        for state: StateDirectory,
        agent: String? = Files.environment("SSH_AUTH_SOCK")
    ) async throws -> (remotes: [any Remote], line: String?) {
        let nodes = state.inventory.nodes
        let key = state.identityFile
        let facts = try await facts(of: state)
        let ways = nodes.map {
            SSHWay.choose(facts[$0.name] ?? SSHWay.Facts(key: .usable), for: $0)
        }
        let remotes = try zip(nodes, ways).map { node, way -> any Remote in
            guard case .openSSH(let reason) = way else { return SSHRemote(to: node, in: state) }
            if reason.needsAgent, agent?.isEmpty ?? true {
                throw NoAgent(reason: reason.text(key: key), key: key)
            }
            return OpenSSHRemote(
                to: node,
                in: state,
                keyHint: reason.help(key: key),
                agent: reason.needsAgent ? agent : nil
            )
        }
        let named = zip(nodes, ways).map { (node: $0.name, way: $1) }
        return (remotes, SSHWay.line(named, key: key))
    }

    /// What is known of the way to each node.
    static func facts(of state: StateDirectory) async throws -> [String: SSHWay.Facts] {
        let key = state.identityFile
        let stem = key.hasSuffix(".pub") ? String(key.dropLast(4)) : key
        let common = SSHWay.Facts(
            key: Identity.kind(of: key),
            hasPublicHalf: Files.exists(stem + ".pub"),
            hasCertificate: Files.exists(stem + "-cert.pub")
        )
        var facts: [String: SSHWay.Facts] = [:]
        for node in state.inventory.nodes { facts[node.name] = common }
        let path = state.files.sshConfig
        guard Files.exists(path) else { return facts }
        let keywords = SSHConfiguration.keywords(in: try Files.read(path))
        guard !keywords.isSubset(of: SSHConfiguration.own) else { return facts }
        // Each is a short process, and together they are no more than so many.
        for names in state.inventory.nodes.map(\.name).split(by: 16) {
            try await withThrowingTaskGroup(of: (String, [String: String]).self) { group in
                for name in names {
                    group.addTask { (name, try await options(of: name, in: path)) }
                }
                for try await (name, options) in group { facts[name]?.options = options }
            }
        }
        return facts
    }

    private static func options(of node: String, in path: String) async throws -> [String: String] {
        let process = LocalProcess("ssh", ["-F", path, "-G", node], timeLimit: .seconds(20))
        let outcome = try await process.run()
        guard outcome.isSuccess else {
            let said = outcome.errorText.split(separator: "\n").joined(separator: "; ")
            throw BadConfiguration(path: path, said: said.isEmpty ? outcome.ending : said)
        }
        return SSHConfiguration.options(outcome.outputText)
    }
}

extension Array {
    /// Its elements in groups of at most `size`, in their order.
    fileprivate func split(by size: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: count, by: size).map { self[$0..<Swift.min($0 + size, count)] }
    }
}
