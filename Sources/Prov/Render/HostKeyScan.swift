import DeploymentState
import Shell

/// Asks machines which host keys they show to whoever comes; whether they are theirs is another question.
enum HostKeyScan {
    /// The types of keys, the best first, as OpenSSH orders them.
    static let types = [
        "ssh-ed25519", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521",
        "ssh-rsa",
    ]

    /// Returns the keys that each node shows, by its name.
    ///
    /// - Parameters:
    ///   - nodes: Those to ask, all at once.
    ///   - limit: How long to wait for the slowest to answer.
    /// - Returns: An entry for each node, in the order in which it shows its keys.
    /// - Throws: ``HostKeyError/noAnswer(nodes:limit:)`` with all nodes that did not answer.
    static func keys(of nodes: [Node], within limit: Duration) async throws -> [String: [String]] {
        let deadline = ContinuousClock.now + limit
        return try await withThrowingTaskGroup(of: (String, [String]).self) { group in
            for node in nodes {
                group.addTask { (node.name, try await scan(node, until: deadline)) }
            }
            var shown: [String: [String]] = [:]
            for try await (name, keys) in group { shown[name] = keys }
            let silent = nodes.map(\.name).filter { shown[$0]?.isEmpty ?? true }
            guard silent.isEmpty else { throw HostKeyError.noAnswer(nodes: silent, limit: limit) }
            return shown
        }
    }

    /// Returns the keys that a node shows; empty if it does not answer in time.
    private static func scan(
        _ node: Node,
        until deadline: ContinuousClock.Instant
    ) async throws -> [String] {
        let scan = LocalProcess(
            "ssh-keyscan",
            ["-T", "5", "-t", "ed25519,ecdsa,rsa", "-p", "\(node.port)", node.publicIP],
            timeLimit: .seconds(15)
        )
        var pause = Duration.milliseconds(100)
        while true {
            try Task.checkCancellation()
            let keys = keys(in: try await scan.run().outputText)
            if !keys.isEmpty { return keys }
            guard ContinuousClock.now + pause < deadline else { return [] }
            try await Task.sleep(for: pause)
            pause = min(pause * 2, .seconds(2))
        }
    }

    /// Reads what `ssh-keyscan` prints: each key as type and key.
    static func keys(in text: String) -> [String] {
        text.split(separator: "\n").filter { !$0.hasPrefix("#") }
            .map { $0.split(separator: " ") }.filter { $0.count >= 3 }
            .map { "\($0[1]) \($0[2])" }
    }

    /// Returns the key of the best type; `nil` if there is none of a type that we know.
    static func best(of keys: [String]) -> String? {
        types.lazy.compactMap { type in keys.first { $0.hasPrefix(type + " ") } }.first
    }
}
