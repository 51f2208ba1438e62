public import DeploymentState
import Shell

/// What a script asks of Scylla or Cassandra by their own tools.
extension Deployment {
    /// Runs nodetool on servers, all at once, and returns what each printed.
    ///
    /// - Parameters:
    ///   - words: The command and its arguments, such as `"cleanup"`.
    ///   - nodes: The servers; all by default.
    ///   - timeLimit: After this long it is ended, and the call fails.
    /// - Returns: What each server's nodetool printed.
    /// - Throws: ``Misuse/noCQL(system:)`` if the servers run something else; ``FanOutError`` with every
    ///   failure.
    @discardableResult
    public func nodetool(
        _ words: String...,
        on nodes: [Node]? = nil,
        timeLimit: Duration = .seconds(3_600)
    ) async throws -> [Node: String] {
        try requireCQL()
        let call = RemoteCall(
            Command(["nodetool"] + words.map(Command.Word.plain)),
            timeLimit: timeLimit
        )
        return try await progress.step("nodetool " + words.joined(separator: " ")) { _ in
            try await onEach(nodes ?? servers) { try await $0.execute(call) }
        }
    }

    /// Has cqlsh run a statement through a server, and returns what it printed.
    ///
    /// - Parameters:
    ///   - statement: One statement of CQL, or several with `;` between them.
    ///   - node: The server; the first one by default.
    /// - Returns: What cqlsh printed, with the table's head and foot.
    /// - Throws: ``Misuse/noCQL(system:)`` if the servers run something else; ``FanOutError`` with
    ///   cqlsh's own words.
    @discardableResult
    public func cqlsh(_ statement: String, on node: Node? = nil) async throws -> String {
        try requireCQL()
        guard let node = node ?? servers.first else { return "" }
        let call = RemoteCall(
            [
                "cqlsh", "--request-timeout", "600", "--execute", .plain(statement),
                .plain(node.privateIP), .plain("\(system.clientPort)"),
            ],
            timeLimit: .seconds(660)
        )
        return try await onEach([node]) { try await $0.execute(call) }[node] ?? ""
    }

    /// Has a server hand its rows to the others, leave the ring, and stop.
    ///
    /// A load goes on meanwhile. Provision fewer servers afterwards, or start it with an empty disk to
    /// have it join again.
    ///
    /// - Throws: ``Misuse/noCQL(system:)`` if the servers run something else; ``FanOutError`` with
    ///   nodetool's own words.
    public func decommission(_ node: Node) async throws {
        try await nodetool("decommission", on: [node], timeLimit: .seconds(7 * 3_600))
        try await onEach([node]) { try await $0.execute(Systemd.stop(system.unit)) }
    }

    private func requireCQL() throws(Misuse) {
        guard system is CQLDatabase else { throw .noCQL(system: system.name) }
    }
}
