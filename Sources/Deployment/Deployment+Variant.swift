import DeploymentState
import Shell
import Usage

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
        try await progress.step("set \(changes.count.of("setting"))") { _ in
            try await configureSystem(settings: changes)
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
                let answer = try await remote.execute(system.inForce(remote.node))
                let wrong = SettingsInForce.differences(
                    asked: asked,
                    found: try system.inForce(from: answer).settings
                )
                guard wrong.isEmpty else { throw DatabaseError.notInForce(wrong) }
            }
        }
    }

    /// Does `work`, and then takes back what a variant's commands changed, however the work ended.
    ///
    /// - Parameters:
    ///   - undo: Shell commands, as root on every server; an interruption does not keep them from
    ///     running.
    ///   - work: Runs the commands that are to be undone, and measures.
    /// - Returns: What the work returned.
    /// - Throws: What the work threw; ``UndoError`` if a command failed, since then later trials would
    ///   not measure what they say.
    public func undoing<Value: Sendable>(
        _ undo: [String],
        after work: () async throws -> Value
    ) async throws -> Value {
        let value: Value
        do { value = try await work() } catch {
            try await takeBack(undo)
            throw error
        }
        try await takeBack(undo)
        return value
    }

    private func takeBack(_ undo: [String]) async throws {
        guard !undo.isEmpty else { return }
        do {
            try await withoutCancellation { try await runCommands(undo, as: "undo:") }
        } catch {
            throw UndoError(problem: "\(error)")
        }
    }

    /// Runs shell commands as root on every server, one after the other.
    ///
    /// - Parameters:
    ///   - commands: What Bash runs, each by itself.
    ///   - what: What a person sees before each.
    /// - Throws: ``FanOutError`` with every server on which one failed.
    public func runCommands(_ commands: [String], as what: String = "run") async throws {
        for command in commands {
            try await progress.step("\(what) \(command)") { _ in
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

/// What a variant's commands changed could not be taken back.
public struct UndoError: Error, Hashable, CustomStringConvertible {
    /// Which command failed, where, and how.
    public let problem: String

    /// The problem and the remedy.
    public var description: String {
        "a variant's commands are not undone, so no further trial can be compared: undo them by hand, "
            + "then go on with --resume\n\(problem)"
    }
}
