import Shell

/// Several callers at once: one does it, the others say who does, or find it done.
struct Callers {
    let bed: Bed

    /// Goes through a deployment's life once.
    ///
    /// - Parameters:
    ///   - count: How many call each command at once.
    ///   - report: Gets what came of it.
    /// - Returns: How long each command took.
    /// - Throws: If a command cannot be called.
    @discardableResult
    func run(
        _ count: (Deed) -> Int,
        report: (Moment) throws -> Void
    ) async throws -> [Deed: Duration] {
        let before = try await bed.account()
        var id: String?
        var durations: [Deed: Duration] = [:]
        for deed in Deed.life {
            let servers = deed == .provision ? 1 : 2
            let words = try bed.words(deed, servers: servers)
            let callers = count(deed)
            let outcomes = try await withThrowingTaskGroup(of: Outcome.self) { group in
                for _ in 0..<callers { group.addTask { try await bed.call(words).run() } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            durations[deed] = outcomes.filter(\.isSuccess).map(\.duration).max()
            id = id ?? bed.id
            var fault = Self.fault(outcomes)
            if fault == nil {
                fault =
                    deed == .deprovision
                    ? try await bed.leftovers(of: id, before: before)
                    : try await bed.fault(servers: servers)
            }
            try report(
                Moment(
                    place: bed.title,
                    deed: deed,
                    blow: callers == 2 ? .twoCallers : .tenCallers,
                    delay: .zero,
                    result: fault.map { .failed($0) } ?? (deed == .deprovision ? .undone : .wentOn)
                )
            )
        }
        return durations
    }

    /// Returns what is wrong if not one at least did it and the others said why they did not.
    private static func fault(_ outcomes: [Outcome]) -> String? {
        guard outcomes.contains(where: \.isSuccess) else {
            return "none of \(outcomes.count) did it: \(outcomes[0].errorText)"
        }
        let others = outcomes.filter { !$0.isSuccess }
        return others.map(\.errorText).first {
            !$0.contains(": held by ") && !$0.contains("no deployment ")
        }
    }
}
