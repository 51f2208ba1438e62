import Posix
import Usage

/// The call of a script that began a trial, as far as whoever finds its load must know it.
struct RunningScript: Sendable, Hashable, Codable {
    /// Its name.
    var command: String
    /// The words behind its name; none of a script that cannot go on with a load.
    var words: [String]
    /// Whether it takes ``Script/attach``.
    var attaches: Bool

    /// Makes it of a call; `words` begin with the program's path.
    init(_ command: String, _ words: [String], attaches: Bool) {
        self.command = command
        self.attaches = attaches
        self.words = attaches ? words.dropFirst().filter { $0 != "--attach" } : []
    }

    /// Itself without the values of secret settings, for a file.
    func kept(_ redaction: Redaction) -> RunningScript {
        var kept = self
        kept.words = words.map(redaction.text)
        return kept
    }

    /// What a person types to go on with its trial; `nil` if it cannot.
    var attachLine: String? {
        guard attaches else { return nil }
        let call = ([command] + words + ["--attach"]).map(Quoting.quote).joined(separator: " ")
        return "swift run \(call)"
    }
}

/// With what a script goes on, so that a load which was left is its own.
enum GoingOn: Sendable, Hashable {
    /// With nothing.
    case not
    /// With a trial, by `--attach`: which load is the right one is looked at there.
    case trial
    /// With a row of trials, by `--resume`, which makes the trial anew that was cut short.
    case row

    /// Reads it off a script's words.
    init(_ usage: Usage, _ arguments: Arguments) {
        let resumes = usage.options.contains { $0.name == "resume" }
        if usage.options.contains(Script.attach), arguments.flag(Script.attach.name) {
            self = .trial
        } else {
            self = resumes && arguments.value("resume") != nil ? .row : .not
        }
    }
}
