public import DeploymentState
import Shell

extension Deployment {
    /// The settings that are not as the package and ``installDatabase()`` left them, by server.
    ///
    /// In force from the next start on. An empty value is a setting that was removed. Passwords are
    /// `[redacted]`.
    ///
    /// - Throws: ``FanOutError`` with every server whose files cannot be read.
    public func tweaks() async throws -> [Node: [String: String]] {
        let files = PackagedFile(of: database)
        let redaction = Redaction(names: database.secretSettings)
        return try await onEach(servers) { remote in
            let packaged = try await remote.execute(files.read)
            let current = try await remote.execute(.root(["cat", .plain(files.path)]))
            let standard = try database.configuration(
                from: packaged,
                for: remote.node,
                in: servers,
                settings: [:]
            )
            let before = try database.settings(in: standard)
            let now = try database.settings(in: current)
            let names = Set(before.keys).union(now.keys).filter { before[$0] != now[$0] }
            let changes = names.map { ($0, now[$0] ?? "") }
            return redaction.settings(Dictionary(uniqueKeysWithValues: changes))
        }
    }
}
