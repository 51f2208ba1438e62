/// What happens to a run at a random moment of it.
enum Blow: String, Sendable, CaseIterable {
    case prov = "kill -9 of prov"
    case terraform = "kill -9 of terraform"
    case both = "kill -9 of both"
    case machineScript = "kill -9 of the template's scripts"
    case userScript = "kill -9 of a user's script"
    case disk = "disk full"
    case twoCallers = "2 callers at once"
    case tenCallers = "10 callers at once"

    /// Whether several callers are no harm to each other, or something was harmed.
    var isHarm: Bool { self != .twoCallers && self != .tenCallers }
}

/// What was going on.
enum Deed: String, Sendable, CaseIterable {
    case provision, resize, extend, deprovision, setup
    case restoreAndRun = "restore-and-run"

    /// The commands of a deployment's life, in their order.
    static let life: [Deed] = [.provision, .resize, .extend, .deprovision]
}

/// What came of it.
enum Result: Sendable, Hashable {
    /// The same command, run again, ended well, and all machines answer.
    case wentOn
    /// `deprovision` ended it, and nothing is left.
    case undone
    /// Nothing had been made yet, or the command had done all, and that is what was found.
    case nothingToDo
    /// Something was lost, left, or could not go on; the text says what.
    case failed(String)

    /// The word for the table.
    var word: String {
        switch self {
        case .wentOn: "went on"
        case .undone: "undone"
        case .nothingToDo: "nothing to do"
        case .failed: "FAILED"
        }
    }

    /// Why it failed; empty if it did not.
    var problem: String {
        guard case .failed(let text) = self else { return "" }
        return text
    }
}

/// One try: a run, what happened to it and when, and what came of it.
struct Moment: Sendable {
    let place: String
    let deed: Deed
    let blow: Blow
    /// So long after its start.
    let delay: Duration
    let result: Result

    /// One line of a file of words with tabs between.
    var line: String {
        let problem = result.problem.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        return [
            place, deed.rawValue, blow.rawValue, delay.seconds, result.word,
            // Why stands at the end.
            String(problem.suffix(400)),
        ].joined(separator: "\t")
    }
}

extension Duration {
    /// In seconds with one decimal, as in `12.3`.
    var seconds: String {
        let tenths = components.seconds * 10 + components.attoseconds / 100_000_000_000_000_000
        return "\(tenths / 10).\(tenths % 10)"
    }
}
