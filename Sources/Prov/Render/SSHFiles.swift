import DeploymentState

/// The files by which plain OpenSSH reaches the nodes.
enum SSHFiles {
    /// Returns `ssh_config`: one `Host` per node, usable from any directory.
    static func config(for nodes: [Node], identityFile: String, knownHostsFile: String) -> String {
        let common = """
            Host *
                IdentityFile \(path(identityFile))
                IdentitiesOnly yes
                UserKnownHostsFile \(path(knownHostsFile))
                GlobalKnownHostsFile /dev/null
                StrictHostKeyChecking yes
                HashKnownHosts no
                UpdateHostKeys no
                PasswordAuthentication no
                KbdInteractiveAuthentication no
                ForwardAgent no
                ConnectTimeout 10
                ServerAliveInterval 15
                ServerAliveCountMax 4

            """
        let hosts = nodes.map { node in
            """
            Host \(node.name)
                HostName \(node.publicIP)
                User \(node.user)
                Port \(node.port)

            """
        }
        return (hosts + [common]).joined(separator: "\n")
    }

    /// Returns `known_hosts`: each node's key under its address and under its name.
    static func knownHosts(for nodes: [Node]) -> String {
        nodes.compactMap { node in
            node.hostKey.map { "\(address(of: node)),\(node.name) \($0)\n" }
        }
        .joined()
    }

    /// The address as `known_hosts` has it: with the port only if it is not 22.
    static func address(of node: Node) -> String {
        node.port == 22 ? node.publicIP : "[\(node.publicIP)]:\(node.port)"
    }

    /// Quotes a path for `ssh_config`, in which `%` stands for something else.
    private static func path(_ path: String) -> String {
        let text = path.split(separator: "%", omittingEmptySubsequences: false)
            .joined(separator: "%%")
        return "\"\(text)\""
    }
}
