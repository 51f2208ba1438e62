import DeploymentState

/// The end of all that terraform knows of a deployment: planned, looked over, and applied as planned.
///
/// The plan holds the values of all variables, so it lies in memory only.
struct Ending: Sendable {
    let terraform: Terraform
    /// The file that gets terraform's plan.
    let plan: String
    let console: Console

    /// Plans the end.
    ///
    /// - Parameters:
    ///   - record: Of the deployment.
    ///   - nodes: Those that were ready once.
    ///   - known: The addresses of what the state knows.
    ///   - mayBeGone: Whether it is known that some have gone by other means.
    /// - Returns: Whether there is anything to end.
    /// - Throws: ``ProvError/absent(name:nodes:place:)`` if nodes are not to be seen that nothing ended:
    ///   then it is not known that this is where they are.
    func plan(
        _ record: DeploymentRecord,
        nodes: [Node],
        known: Set<String>,
        mayBeGone: Bool
    ) async throws -> Bool {
        console.begin("terraform plan")
        let hasChanges = try await terraform.plan(into: plan, destroying: true) { _ in }
        // An end that was begun may have ended any of them, and time ends them all.
        let hasEnded = record.expiresAt.map { $0 <= Moment.now.date } ?? false
        guard !mayBeGone, !hasEnded, record.status != .destroying else { return hasChanges }
        let text = hasChanges ? try await terraform.show(plan) : "{}"
        let there = Self.destroyed(in: text)
        let absent = Self.absent(nodes, known: known, there: there)
        guard absent.isEmpty else {
            let account = record.place?["account"].map { " in account \($0)" } ?? ""
            throw ProvError.absent(name: record.name, nodes: absent, place: account)
        }
        return hasChanges
    }

    /// Ends what was planned.
    func apply() async throws {
        console.begin("terraform destroy")
        let progress = ApplyProgress(console, verb: "removed")
        try await terraform.apply(plan, onEvent: progress.handle)
    }

    /// The addresses that a plan would destroy.
    static func destroyed(in plan: String) -> Set<String> {
        let changes = JSONValue(plan)?["resource_changes"]?.elements ?? []
        return Set(
            changes.filter { change in
                change["change"]?["actions"]?.elements?.compactMap(\.string) == ["delete"]
            }.compactMap { $0["address"]?.string }
        )
    }

    /// The names of nodes that the state knows and that are not there any more.
    ///
    /// Spot machines are taken away by the cloud; that all have gone is not for it to do, though.
    static func absent(_ nodes: [Node], known: Set<String>, there: Set<String>) -> [String] {
        let missing = nodes.filter { node in
            let own = known.filter { $0.hasSuffix("[\"\(node.name)\"]") && $0.contains(".node[") }
            return !own.isEmpty && own.isDisjoint(with: there)
        }
        let lost = missing.filter { $0.vars["market"] != "spot" }
        return (missing.count == nodes.count ? missing : lost).map(\.name)
    }
}
