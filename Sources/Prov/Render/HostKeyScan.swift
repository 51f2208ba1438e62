import Inventory
import Shell

/// Asks machines for their host keys, where a template cannot tell them.
enum HostKeyScan {
    /// Returns the nodes with the host keys that they showed at first sight.
    ///
    /// - Parameters:
    ///   - nodes: All nodes; those that have a key are returned as they are.
    ///   - limit: How long to wait for the slowest to answer.
    /// - Returns: The nodes in the same order.
    /// - Throws: ``ProvError/noHostKey(nodes:limit:)`` with all nodes that did not answer.
    static func complete(_ nodes: [Node], within limit: Duration) async throws -> [Node] {
        let deadline = ContinuousClock.now + limit
        return try await withThrowingTaskGroup(of: (Int, Node?).self) { group in
            for (index, node) in nodes.enumerated() {
                group.addTask { (index, try await scan(node, until: deadline)) }
            }
            var complete = nodes
            var silent: [String] = []
            for try await (index, node) in group {
                if let node { complete[index] = node } else { silent.append(nodes[index].name) }
            }
            guard silent.isEmpty else {
                throw ProvError.noHostKey(nodes: silent.sorted(), limit: limit)
            }
            return complete
        }
    }

    private static func scan(
        _ node: Node,
        until deadline: ContinuousClock.Instant
    ) async throws -> Node? {
        if node.hostKey != nil { return node }
        let scan = LocalProcess(
            "ssh-keyscan",
            ["-T", "5", "-t", "ed25519,ecdsa,rsa", "-p", "\(node.port)", node.publicIP],
            timeLimit: .seconds(15)
        )
        var pause = Duration.milliseconds(100)
        while true {
            try Task.checkCancellation()
            if let key = bestKey(in: try await scan.run().outputText) {
                return node.with(hostKey: key)
            }
            guard ContinuousClock.now + pause < deadline else { return nil }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(2))
        }
    }

    /// Takes ed25519 before ECDSA before RSA, as OpenSSH does.
    static func bestKey(in text: String) -> String? {
        let keys = text.split(separator: "\n").filter { !$0.hasPrefix("#") }
            .map { $0.split(separator: " ") }.filter { $0.count >= 3 }
        for type in ["ssh-ed25519", "ecdsa-", "ssh-rsa"] {
            if let key = keys.first(where: { $0[1].hasPrefix(type) }) {
                return "\(key[1]) \(key[2])"
            }
        }
        return nil
    }
}
