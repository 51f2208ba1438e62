public import DeploymentState
import Shell

extension Deployment {
    /// The settings that are not as the package and ``installSystem()`` left them, by server.
    ///
    /// In force from the next start on. An empty value is a setting that was removed. Passwords are
    /// `[redacted]`.
    ///
    /// - Throws: ``FanOutError`` with every server whose files cannot be read.
    public func tweaks() async throws -> [Node: [String: String]] {
        let redaction = Redaction(names: system.secretSettings)
        return try await onEach(servers) { remote in
            var changes: [String: String] = [:]
            for file in system.configurationFiles {
                let packaged = try await remote.execute(PackagedFile(file).read)
                let current = try await remote.execute(.root(["cat", .plain(file)]))
                let standard = try system.configuration(
                    file,
                    from: packaged,
                    for: remote.node,
                    in: servers,
                    settings: [:]
                )
                let before = try system.settings(in: standard, of: file)
                let now = try system.settings(in: current, of: file)
                let names = Set(before.keys).union(now.keys).filter { before[$0] != now[$0] }
                for name in names { changes[name] = now[name] ?? "" }
            }
            return redaction.settings(changes)
        }
    }
}
