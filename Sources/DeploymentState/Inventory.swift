import Usage

/// The nodes of one deployment.
public struct Inventory: Sendable, Hashable {
    /// All nodes, sorted by group (`server`, `client`, `monitor`, then others), then by index.
    public let nodes: [Node]

    /// Makes an inventory of nodes in any order.
    public init(_ nodes: [Node]) {
        self.nodes = nodes.sorted()
    }

    /// Returns the nodes of one group by index; empty if there is no such group.
    public func group(_ name: String) -> [Node] {
        nodes.filter { $0.group == name }
    }

    /// The groups that have nodes, in the order of ``nodes``.
    public var groups: [String] {
        nodes.reduce(into: []) { groups, node in
            if groups.last != node.group { groups.append(node.group) }
        }
    }

    /// The private address of `server-0`, where the other servers join; `nil` without servers.
    public var seed: String? {
        nodes.first { $0.name == "server-0" }?.privateIP
    }

    /// Returns the node of that name.
    ///
    /// - Throws: ``InventoryError/noSuchNode(name:suggestion:nodes:)``.
    public func node(_ name: String) throws(InventoryError) -> Node {
        if let node = nodes.first(where: { $0.name == name }) { return node }
        let names = nodes.map(\.name)
        throw .noSuchNode(
            name: name,
            suggestion: Suggestion.nearest(to: name, among: names),
            nodes: names
        )
    }
}
