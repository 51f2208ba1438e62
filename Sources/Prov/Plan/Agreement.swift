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

    /// Names what only tags show, also where the answer was given beforehand, and asks.
    ///
    /// - Parameters:
    ///   - name: The deployment's name, or name, `-` and id.
    ///   - what: What ends, in words.
    ///   - resources: What ends; each is named.
    ///   - networks: Those that it may stand in. Where there are several, one is somebody else's, so that
    ///     only a person who has read the names can agree.
    /// - Throws: As ``obtain(for:record:)``, or ``CloudError/severalNetworks(key:networks:)``.
    func obtain(
        name: String,
        what: String,
        resources: [CloudDeployment.Resource],
        networks: [String]
    ) async throws {
        let names = resources.map(\.label)
        let canAsk = Question(console: console).canAsk
        let isSure = networks.count < 2
        if (isGiven && isSure) || !canAsk {
            console.say("\(name): \(what): \(names.joined(separator: ", "))")
        }
        guard isSure || canAsk else {
            throw CloudError.severalNetworks(key: name, networks: networks)
        }
        try await Agreement(console: console, isGiven: isGiven && isSure)
            .obtain(name: name, what: what, names: names)
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
