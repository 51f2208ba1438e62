import Shell

/// Several callers at once: one does it, the others say who does, or find it done.
struct Callers {
    let bed: Bed

    /// Provisions and then deprovisions with so many callers each.
    func run(_ count: Int, report: (Moment) throws -> Void) async throws {
        let before = try await bed.account()
        var id: String?
        for deed in [Deed.provision, .deprovision] {
            let words = try bed.words(deed, servers: 1)
            let outcomes = try await withThrowingTaskGroup(of: Outcome.self) { group in
                for _ in 0..<count { group.addTask { try await bed.call(words).run() } }
                return try await group.reduce(into: []) { $0.append($1) }
            }
            id = id ?? bed.id
            var fault = Self.fault(outcomes)
            if fault == nil {
                fault =
                    deed == .provision
                    ? try await bed.fault(servers: 1)
                    : try await bed.leftovers(of: id, before: before)
            }
            try report(
                Moment(
                    place: bed.title,
                    deed: deed,
                    blow: count == 2 ? .twoCallers : .tenCallers,
                    delay: .zero,
                    result: fault.map { .failed($0) } ?? (deed == .provision ? .wentOn : .undone)
                )
            )
        }
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
