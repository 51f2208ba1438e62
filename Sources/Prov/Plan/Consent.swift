/// A person's consent to a plan.
struct Consent: Sendable {
    let console: Console
    /// Whether it was given beforehand, by `--yes`.
    let isGiven: Bool
    /// Whether a change that neither makes nor ends a machine needs none and is not shown.
    var asksForMachinesOnly = false

    private var question: Question { Question(console: console) }

    /// Shows the plan and asks, where there is somebody to ask.
    ///
    /// - Parameters:
    ///   - report: What is shown.
    ///   - touchesMachines: Whether a machine would be made, made anew or ended.
    ///   - lost: The servers that would go with what is on them: their names are asked for again.
    /// - Throws: ``ProvError/declined(name:)``; where nobody can be asked, ``ProvError/notAsked(name:)``
    ///   or, if servers would be lost, ``ProvError/wouldDestroy(name:servers:)``.
    func obtain(for report: PlanReport, touchesMachines: Bool, lost: [String]) async throws {
        if asksForMachinesOnly, !touchesMachines, lost.isEmpty { return }
        console.end()
        for line in report.lines { console.say(line) }
        guard !isGiven else { return }
        guard question.canAsk else {
            throw lost.isEmpty
                ? ProvError.notAsked(name: report.name)
                : ProvError.wouldDestroy(name: report.name, servers: lost)
        }
        guard try await question.isConfirmed("go on? [y/N] ") else {
            throw ProvError.declined(name: report.name)
        }
        guard !lost.isEmpty else { return }
        let names = lost.joined(separator: " ")
        let these =
            lost.count == 1 ? "a server with all that is on it" : "servers with all that is on them"
        let typed = try await question.answer(to: "this ends \(these); type \(names) to go on: ")
        guard Set(typed.split(separator: " ").map(String.init)) == Set(lost) else {
            throw ProvError.declined(name: report.name)
        }
    }
}
