/// One machine of a deployment, named `GROUP-INDEX`: `server-0`.
public struct Node: Sendable, Hashable, Codable {
    /// The name, such as `server-0`.
    public let name: String
    /// What it is for: `server`, `client`, `monitor`, or a group of the template's own.
    public let group: String
    /// Its place in the group, counted from 0.
    public let index: Int
    /// The address by which this machine reaches it.
    public let publicIP: String
    /// The address by which the other nodes reach it.
    public let privateIP: String
    /// Whom to log in as.
    public let user: String
    /// The SSH port, in 1...65535.
    public let port: Int
    /// Its key as an OpenSSH public key line (`ssh-ed25519 AAAA…`); `nil` if nobody knows it yet.
    public let hostKey: String?
    /// What the template adds to the inventory.
    public let vars: [String: String]

    /// Makes a node; group and index come from the name.
    ///
    /// - Returns: `nil` if `name` is no `GROUP-INDEX`, where a group is a letter and then letters,
    ///   digits or underscores, and an index has no leading zero.
    public init?(
        name: String,
        publicIP: String,
        privateIP: String,
        user: String,
        port: Int = 22,
        hostKey: String? = nil,
        vars: [String: String] = [:]
    ) {
        guard let (group, index) = Self.split(name) else { return nil }
        self.name = name
        self.group = group
        self.index = index
        self.publicIP = publicIP
        self.privateIP = privateIP
        self.user = user
        self.port = port
        self.hostKey = hostKey
        self.vars = vars
    }

    /// Returns this node with another host key.
    package func with(hostKey: String) -> Node {
        Node(copying: self, hostKey: hostKey)
    }

    private init(copying node: Node, hostKey: String?) {
        name = node.name
        group = node.group
        index = node.index
        publicIP = node.publicIP
        privateIP = node.privateIP
        user = node.user
        port = node.port
        vars = node.vars
        self.hostKey = hostKey
    }

    private static func split(_ name: String) -> (group: String, index: Int)? {
        let parts = name.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 2, let first = parts[0].first, let index = Int(parts[1]) else {
            return nil
        }
        let isGroup =
            first.isASCII && first.isLetter
            && parts[0].allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
        guard isGroup, index >= 0, String(index) == parts[1] else { return nil }
        return (String(parts[0]), index)
    }
}

extension Node: Comparable {
    /// The groups that every template has, in the order in which people name them.
    private static let knownGroups = ["server", "client", "monitor"]

    /// Orders by group (`server`, `client`, `monitor`, then others by name), then by index.
    public static func < (a: Node, b: Node) -> Bool {
        a.rank != b.rank
            ? a.rank < b.rank : a.group != b.group ? a.group < b.group : a.index < b.index
    }

    private var rank: Int {
        Self.knownGroups.firstIndex(of: group) ?? Self.knownGroups.count
    }
}
