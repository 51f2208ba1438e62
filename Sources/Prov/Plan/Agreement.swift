import DeploymentState

/// A person's agreement to the end of a deployment, for which there is no way back.
struct Agreement: Sendable {
    let console: Console
    /// Whether it was given beforehand, by `--yes`.
    let isGiven: Bool

    /// Says what will be lost and asks.
    ///
    /// - Throws: ``ProvError/declined(name:)``, or ``ProvError/wouldEnd(name:what:)`` where nobody can
    ///   be asked.
    func obtain(for directory: StateDirectory, record: DeploymentRecord) async throws {
        let nodes = directory.inventory.nodes
        let what =
            nodes.isEmpty
            ? "all that an unfinished provision made"
            : "\(Provision.summary(of: directory.inventory)) with all that is on them"
        try await obtain(name: record.name, what: what, names: nodes.map(\.name))
    }

    /// Says what will be lost and asks.
    ///
    /// - Parameters:
    ///   - name: The deployment's name, or name, `-` and id.
    ///   - what: What ends, in words.
    ///   - names: The machines' names.
    /// - Throws: As ``obtain(for:record:)``.
    func obtain(name: String, what: String, names: [String]) async throws {
        guard !isGiven else { return }
        let question = Question(console: console)
        guard question.canAsk else { throw ProvError.wouldEnd(name: name, what: what) }
        console.end()
        console.say("\(name): this ends \(what)")
        if !names.isEmpty { console.say("  " + names.joined(separator: " ")) }
        guard try await question.isConfirmed("end \(name)? [y/N] ") else {
            throw ProvError.declined(name: name)
        }
    }
}
