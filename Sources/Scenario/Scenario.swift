/// What virtual users do, prepared once, done by each of them, and finished once.
public struct Scenario<State: Sendable>: Sendable {
    /// The name in messages, such as `chat`.
    public let name: String
    let summary: String
    let settings: [any DeclaredSetting]
    let prepare: @Sendable (Agent) async throws -> State
    let user: @Sendable (User, State) async throws -> Void
    let finish: @Sendable (State) async throws -> Void

    /// Makes a scenario.
    ///
    /// - Parameters:
    ///   - name: Lower-case letters, digits and `-`.
    ///   - summary: One sentence: what it does.
    ///   - settings: Its own, and those of the helpers that it uses.
    ///   - prepare: Done once, before the first user; what it throws ends the run. Returns what all users share.
    ///   - user: Done by each user; when it returns or throws, the user has come to its end.
    ///   - finish: Done once, after the last user.
    public init(
        _ name: String,
        summary: String,
        settings: [any DeclaredSetting] = [],
        prepare: @escaping @Sendable (Agent) async throws -> State,
        user: @escaping @Sendable (User, State) async throws -> Void,
        finish: @escaping @Sendable (State) async throws -> Void = { _ in }
    ) {
        self.name = name
        self.summary = summary
        self.settings = settings
        self.prepare = prepare
        self.user = user
        self.finish = finish
    }
}
