import DeploymentState
import SSH

/// By which of the two ways a node is reached, and why.
enum SSHWay: Sendable, Hashable {
    case libssh2
    case openSSH(Reason)

    /// What libssh2 cannot do.
    enum Reason: Sendable, Hashable {
        case rsaKey
        case encryptedKey
        case deviceKey
        /// There is no private key here, but its public half, so that an agent may have it.
        case keyInAgent
        /// A certificate lies beside the key.
        case certificate
        /// Options of the configuration, as `ssh` calls them.
        case options([String])
    }

    /// What is known of the way to one node.
    struct Facts: Sendable, Hashable {
        /// What lies where the private key should.
        var key: IdentityKind
        /// Whether the key's public half lies beside it, of a private key that is missing.
        var hasPublicHalf = false
        /// Whether a certificate lies beside the key.
        var hasCertificate = false
        /// What `ssh -G` says of the node; empty if its configuration has nothing but `prov`'s own.
        var options: [String: String] = [:]
    }

    /// Options that lead elsewhere, or log in otherwise, than libssh2 does; as people write them.
    private static let decisive = [
        "ProxyJump", "ProxyCommand", "IdentityAgent", "CertificateFile", "PKCS11Provider",
        "BindAddress", "BindInterface", "HostKeyAlias", "KnownHostsCommand",
    ]

    /// Chooses the way to a node: OpenSSH where libssh2 cannot serve.
    static func choose(_ facts: Facts, for node: Node) -> SSHWay {
        var found = decisive.filter { !["none", nil].contains(facts.options[$0.lowercased()]) }
        let address = [
            ("HostName", node.publicIP), ("Port", "\(node.port)"), ("User", node.user),
        ]
        found += address.compactMap { keyword, own in
            facts.options[keyword.lowercased()].flatMap { $0 == own ? nil : keyword }
        }
        if !found.isEmpty { return .openSSH(.options(found)) }
        switch facts.key {
        case .rsa: return .openSSH(.rsaKey)
        case .encrypted: return .openSSH(.encryptedKey)
        case .device: return .openSSH(.deviceKey)
        case .publicHalf: return .openSSH(.keyInAgent)
        case .missing where facts.hasPublicHalf: return .openSSH(.keyInAgent)
        // libssh2 says best what is wrong.
        case .missing, .unusable: return .libssh2
        case .usable: return facts.hasCertificate ? .openSSH(.certificate) : .libssh2
        }
    }

    /// Says which nodes are not reached by libssh2, and why; `nil` if all are.
    static func line(_ ways: [(node: String, way: SSHWay)], key: String) -> String? {
        var reasons: [(reason: Reason, nodes: [String])] = []
        for case (let node, .openSSH(let reason)) in ways {
            if let place = reasons.firstIndex(where: { $0.reason == reason }) {
                reasons[place].nodes.append(node)
            } else {
                reasons.append((reason, [node]))
            }
        }
        guard !reasons.isEmpty else { return nil }
        let parts = reasons.map { reason, nodes in
            let which = nodes.count == ways.count ? "all nodes" : nodes.joined(separator: ", ")
            return "OpenSSH for \(which), since \(reason.text(key: key))"
        }
        return "ssh: " + parts.joined(separator: "; ")
    }
}

extension SSHWay.Reason {
    /// Reads well behind "since".
    func text(key: String) -> String {
        switch self {
        case .rsaKey: "\(key) is an RSA key"
        case .encryptedKey: "\(key) is encrypted (its agent is asked)"
        case .deviceKey: "\(key) is on a security key"
        case .keyInAgent: "\(key) has no private half here (its agent is asked)"
        case .certificate: "\(key) has a certificate"
        case .options(let names): "ssh_config says \(names.joined(separator: ", "))"
        }
    }

    /// Whether nobody else than an agent can have the key.
    var needsAgent: Bool { [.encryptedKey, .keyInAgent].contains(self) }

    /// What helps where a node refuses the key.
    func help(key: String) -> String {
        needsAgent
            ? "has the agent the key \"\(key)\"? \"ssh-add -l\" lists what it has, \"ssh-add\" adds one"
            : "is the public half of \"\(key)\" in that user's authorized_keys?"
    }
}
