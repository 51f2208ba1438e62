/// What one command takes: its operands and options, from which parsing and `--help` derive.
public struct Usage: Sendable, Hashable {
    /// An operand: a word that is no option.
    public struct Operand: Sendable, Hashable {
        /// As the help shows it, such as `NAME`.
        package let name: String
        package let help: String
        package let occurs: ClosedRange<Int>

        /// Makes an operand that occurs once, or as often as `occurs` says.
        public init(_ name: String, _ help: String, occurs: ClosedRange<Int> = 1...1) {
            self.name = name
            self.help = help
            self.occurs = occurs
        }
    }

    /// An option: `--name`, or `--name VALUE` if it takes a value.
    public struct Option: Sendable, Hashable {
        /// Without the dashes.
        package let name: String
        /// What it takes, such as `PATH`; `nil` for a flag.
        package let value: String?
        package let help: String
        /// The letter that stands for it behind one dash; `nil` for none.
        package let letter: Character?
        /// Whether a call without it is none; the command itself says so.
        package let isRequired: Bool

        /// Makes an option; `value` names what it takes, `nil` for a flag.
        public init(
            _ name: String,
            letter: Character? = nil,
            value: String? = nil,
            isRequired: Bool = false,
            _ help: String
        ) {
            self.name = name
            self.isRequired = isRequired
            self.letter = letter
            self.value = value
            self.help = help
        }

        /// As it is written in a call.
        var word: String { letter.map { "-\($0)" } ?? "--\(name)" }
    }

    /// The words that call it, such as `prov provision`.
    public let command: String
    /// One sentence: what it does.
    public let summary: String
    /// One real call.
    public let example: String
    /// In order; only the last may occur more than once.
    package let operands: [Operand]
    /// In the order of the help.
    package let options: [Option]
    /// Whether words behind the operands are passed on unread.
    package let takesRest: Bool
    /// How the help shows those words, such as `NODE [COMMAND…]`.
    package let rest: String
    /// What those words are.
    package let restWords: [Operand]

    /// Makes the usage of one command.
    ///
    /// - Parameters:
    ///   - command: The words that call it, such as `prov provision`.
    ///   - summary: One sentence: what it does.
    ///   - example: One real call.
    ///   - operands: In order; only the last may occur more than once.
    ///   - options: In the order in which the help shows them.
    ///   - takesRest: Whether words from the first one after the operands are passed on unread,
    ///     as `ssh` does with the remote command.
    ///   - rest: How the help shows those words, such as `NODE [COMMAND…]`.
    ///   - restWords: What those words are, a line each of the help.
    public init(
        _ command: String,
        summary: String,
        example: String,
        operands: [Operand] = [],
        options: [Option] = [],
        takesRest: Bool = false,
        rest: String = "",
        restWords: [Operand] = []
    ) {
        self.command = command
        self.summary = summary
        self.example = example
        self.operands = operands
        self.options = options
        self.takesRest = takesRest
        self.rest = rest
        self.restWords = restWords
    }

    /// Returns this usage with one more option, the last in the help.
    package func adding(_ option: Option) -> Usage {
        Usage(
            command,
            summary: summary,
            example: example,
            operands: operands,
            options: options + [option],
            takesRest: takesRest,
            rest: rest,
            restWords: restWords
        )
    }

    /// One line: the command with its operands and options.
    public var synopsis: String {
        let operandWords = operands.map { operand in
            let word = operand.occurs.upperBound > 1 ? operand.name + "…" : operand.name
            return operand.occurs.lowerBound == 0 ? "[\(word)]" : word
        }
        let optionWords = options.map { option in
            let word = option.word + (option.value.map { " " + $0 } ?? "")
            return option.isRequired ? word : "[\(word)]"
        }
        let words = [command] + operandWords + (rest.isEmpty ? [] : [rest]) + optionWords
        return words.joined(separator: " ")
    }

    /// The full help: summary, synopsis, each operand and option, one example.
    public var help: String {
        let rows =
            (operands + restWords).map { ($0.name, $0.help) }
            + options.map { option in
                let letter = option.letter.map { "-\($0), " } ?? ""
                return (
                    letter + "--\(option.name)\(option.value.map { " " + $0 } ?? "")", option.help
                )
            }
            + [("--help", "print this and exit")]
        let width = rows.map(\.0.count).max() ?? 0
        let table = rows.map { row in
            "  " + row.0 + String(repeating: " ", count: width - row.0.count + 2) + row.1
        }
        return """
            \(summary)

            usage: \(synopsis)

            \(table.joined(separator: "\n"))

            example: \(example)
            """
    }

    /// Sorts `words` (without the command's own) into operands and options.
    ///
    /// An option's value is the next word or stands behind `=`; `--` ends the options. A repeated
    /// option keeps all its values. Operands and options may alternate.
    ///
    /// - Throws: ``UsageError`` for an unknown option, a missing value, or a wrong number of
    ///   operands; its `isHelp` is true if `--help` or `-h` was among the words.
    public func parse(_ words: [String]) throws(UsageError) -> Arguments {
        var parsed = Arguments(usage: self)
        var plain: [String] = []
        var optionsEnded = false
        let enough = operands.reduce(0) { $0 + $1.occurs.upperBound }
        var index = words.startIndex
        while index < words.endIndex {
            let word = words[index]
            index += 1
            if takesRest, plain.count == enough {
                parsed.rest = Array(words[(index - 1)...])
                break
            }
            guard !optionsEnded, word.hasPrefix("-"), word != "-" else {
                plain.append(word)
                continue
            }
            if word == "--" {
                optionsEnded = true
                continue
            }
            if word == "--help" || word == "-h" { throw UsageError(usage: self) }
            let parts = word.drop { $0 == "-" }.split(
                separator: "=",
                maxSplits: 1,
                omittingEmptySubsequences: false
            )
            let name = String(parts.first ?? "")
            let isLong = word.hasPrefix("--")
            guard
                let option = options.first(where: {
                    isLong ? $0.name == name : $0.letter.map(String.init) == name
                })
            else {
                let near = Suggestion.nearest(to: name, among: options.map(\.name))
                let hint = near.map { " (did you mean \"--\($0)\"?)" } ?? ""
                throw UsageError("unknown option \"\(word)\"\(hint)", usage: self)
            }
            guard let value = option.value else {
                guard parts.count == 1 else {
                    throw UsageError("option --\(option.name) takes no value", usage: self)
                }
                parsed.options[option.name, default: []].append("")
                continue
            }
            if parts.count == 2 {
                parsed.options[option.name, default: []].append(String(parts[1]))
            } else if index < words.endIndex {
                parsed.options[option.name, default: []].append(words[index])
                index += 1
            } else {
                throw UsageError("option --\(option.name) needs a value: \(value)", usage: self)
            }
        }
        try assign(plain, to: &parsed)
        return parsed
    }

    private func assign(_ plain: [String], to parsed: inout Arguments) throws(UsageError) {
        var words = plain[...]
        for operand in operands {
            guard words.count >= operand.occurs.lowerBound else {
                let least = operand.occurs.lowerBound
                throw UsageError(
                    words.isEmpty
                        ? "missing \(operand.name)"
                        : "\(operand.name): \(least) are needed, and \(words.count) "
                            + "\(words.count == 1 ? "was" : "were") given",
                    usage: self
                )
            }
            let taken = words.prefix(operand.occurs.upperBound)
            words = words.dropFirst(taken.count)
            parsed.operands[operand.name] = Array(taken)
        }
        if let extra = words.first {
            throw UsageError("unexpected argument \"\(extra)\"", usage: self)
        }
    }
}
