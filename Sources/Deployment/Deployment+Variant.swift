import Inventory
import Shell

extension Deployment {
    /// Gives the stopped or running database another configuration, in force from the next start on.
    ///
    /// - Parameters:
    ///   - settings: What the variant sets; an empty value removes a setting.
    ///   - others: Settings that other variants set; those that this one does not name are removed,
    ///     so that the database's own default rules.
    /// - Throws: ``FanOutError`` with every server that failed.
    public func applyVariant(settings: [String: String], over others: some Sequence<String>)
        async throws
    {
        var all = settings
        for name in others where all[name] == nil { all[name] = "" }
        let changes = all
        try await progress.step("set \(changes.count) settings") { _ in
            try await configureDatabase(settings: changes)
        }
    }

    /// Fails unless these settings are in force on every running server.
    ///
    /// Settings of several words are not compared, since databases show them in forms of their own.
    ///
    /// - Throws: ``FanOutError`` with every server on which another value is in force.
    public func requireSettings(_ asked: [String: String]) async throws {
        try await progress.step("compare the settings in force") { _ in
            try await onEach(servers) { remote in
                let answer = try await remote.execute(database.inForce(remote.node))
                let wrong = SettingsInForce.differences(
                    asked: asked,
                    found: try database.inForce(from: answer).settings
                )
                guard wrong.isEmpty else { throw DatabaseError.notInForce(wrong) }
            }
        }
    }

    /// Runs shell commands as root on every server, one after the other.
    ///
    /// - Throws: ``FanOutError`` with every server on which one failed.
    public func runCommands(_ commands: [String]) async throws {
        for command in commands {
            try await progress.step("run \(command)") { _ in
                try await onEach(servers) { remote in
                    try await remote.execute(
                        .script(
                            """
                            # run a variant's command
                            bash -euo pipefail -c "$1"
                            """,
                            arguments: [.plain(command)],
                            timeLimit: .seconds(600)
                        )
                    )
                }
            }
        }
    }
}
