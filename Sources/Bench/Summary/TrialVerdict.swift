internal import Histogram
internal import JSON

/// What a trial says of its own numbers, as it stands in `trial.json`.
struct TrialVerdict: Sendable, Hashable {
    enum Word: String, Sendable, Hashable {
        case valid, questionable, invalid
    }

    let word: Word
    /// Why the numbers may not be used.
    let reasons: [String]
    /// What must be said beside them.
    let warnings: [String]

    /// Reads the verdict of the trial that logs belong to; `nil` if there is none, or if it cannot be
    /// read, which is an error for whoever sums the logs.
    init?(of paths: [String]) {
        guard let path = paths.first,
            let trial = (try? LogFiles(at: path, invalidToo: true))?.trial,
            let record = try? JSON(file: trial)
        else { return nil }
        self.init(record)
    }

    /// Reads the verdict in a `trial.json`; `nil` if it has none.
    init?(_ record: JSON) {
        guard case .bool(let isValid) = record["valid"] else { return nil }
        reasons = Self.texts(record["reasons"])
        warnings = Self.texts(record["warnings"])
        let isQuestionable =
            record["validity"] == .string(Word.questionable.rawValue) || !warnings.isEmpty
        word = !isValid ? .invalid : isQuestionable ? .questionable : .valid
    }

    /// Why a `trial.json` says that its numbers may not be used.
    static func reasons(of record: JSON) -> [String] { texts(record["reasons"]) }

    private static func texts(_ value: JSON?) -> [String] {
        switch value {
        case .array(let values):
            values.map { value in
                if case .string(let text) = value { text } else { value.text }
            }
        case .string(let text): [text]
        default: []
        }
    }

    /// The lines above the numbers, as the trial's script has them above its table.
    var lines: [String] {
        let headline =
            switch word {
            case .valid: "VALID: every due request was sent and settled, and every check was passed"
            case .questionable: "QUESTIONABLE: these numbers stand, but"
            case .invalid: "INVALID: these numbers may not be used"
            }
        return [headline] + (reasons + warnings).flatMap(Self.indented)
    }

    /// The lines of a reason, which may be several, as a terminal may show them.
    static func indented(_ reason: String) -> [String] {
        reason.split(separator: "\n").map { "  " + printable(String($0)) }
    }

    var json: JSON {
        [
            "verdict": .string(word.rawValue), "reasons": .array(reasons.map(JSON.string)),
            "warnings": .array(warnings.map(JSON.string)),
        ]
    }
}

extension Summary {
    /// The table for people, below what its trial says of itself.
    func description(under verdict: TrialVerdict?) -> String {
        ((verdict?.lines ?? []) + [description]).joined(separator: "\n")
    }

    /// The figures as JSON, with what the trial says of itself under `validity`; `null` without one.
    func json(under verdict: TrialVerdict?) -> String {
        jsonValue.with("validity", verdict?.json ?? .null).text
    }
}

extension JSON {
    /// This object with one more member at its front.
    func with(_ name: String, _ value: JSON) -> JSON {
        guard case .object(let members) = self else { return self }
        return .object([Member(name: name, value: value)] + members)
    }
}
