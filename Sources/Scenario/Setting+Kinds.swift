internal import JSON
internal import Usage

extension Setting where Value == Int {
    /// Declares a whole number; both ends of the range are values.
    public init(
        _ name: String,
        default standard: Int,
        in range: ClosedRange<Int>,
        update: SettingUpdate<Int> = .readOnly,
        _ help: String
    ) {
        let kind = "a whole number from \(range.lowerBound) to \(range.upperBound)"
        let schema: JSON = [
            "type": .string("integer"), "minimum": .integer(Int64(range.lowerBound)),
            "maximum": .integer(Int64(range.upperBound)),
        ]
        self.init(name, "\(standard)", kind, schema, update, help) { text in
            guard let number = Int(text), range.contains(number) else {
                throw SettingProblem(expected: kind)
            }
            return number
        }
    }
}

extension Setting where Value == Double {
    /// Declares a number; both ends of the range are values.
    public init(
        _ name: String,
        default standard: Double,
        in range: ClosedRange<Double>,
        update: SettingUpdate<Double> = .readOnly,
        _ help: String
    ) {
        let kind = "a number from \(range.lowerBound) to \(range.upperBound)"
        let schema: JSON = [
            "type": .string("number"), "minimum": .number(range.lowerBound),
            "maximum": .number(range.upperBound),
        ]
        self.init(name, "\(standard)", kind, schema, update, help) { text in
            guard let number = decimalNumber(text), range.contains(number) else {
                throw SettingProblem(expected: kind)
            }
            return number
        }
    }
}

extension Setting where Value == Bool {
    /// Declares something that is `true` or `false`.
    public init(
        _ name: String,
        default standard: Bool,
        update: SettingUpdate<Bool> = .readOnly,
        _ help: String
    ) {
        let kind = "true or false"
        self.init(name, "\(standard)", kind, ["type": .string("boolean")], update, help) { text in
            guard let value = Bool(text) else { throw SettingProblem(expected: kind) }
            return value
        }
    }
}

extension Setting where Value == String {
    /// Declares a text; if `choices` are given, one of them.
    public init(
        _ name: String,
        default standard: String,
        among choices: [String] = [],
        update: SettingUpdate<String> = .readOnly,
        _ help: String
    ) {
        let kind = choices.isEmpty ? "a text" : choices.joined(separator: ", ")
        let schema: JSON =
            choices.isEmpty
            ? ["type": .string("string")] : ["enum": .array(choices.map { .string($0) })]
        self.init(name, standard, kind, schema, update, help) { text in
            guard choices.isEmpty || choices.contains(text) else {
                let hint = Suggestion.hint(for: text, among: choices)
                throw SettingProblem(expected: "one of \(kind)\(hint)")
            }
            return text
        }
    }
}

extension Setting where Value == Duration {
    /// Declares a time such as `500ms`, `30s`, `5m` or `2h`; both ends of the range are values.
    public init(
        _ name: String,
        default standard: String,
        in range: ClosedRange<Duration>,
        update: SettingUpdate<Duration> = .readOnly,
        _ help: String
    ) {
        let kind = "a time from \(range.lowerBound) to \(range.upperBound), such as 500ms or 30s"
        let schema: JSON = ["type": .string("string"), "pattern": .string("^[0-9.]+(ms|s|m|h)$")]
        self.init(name, standard, kind, schema, update, help) { text in
            guard let time = Duration(timeText: text), range.contains(time) else {
                throw SettingProblem(expected: kind)
            }
            return time
        }
    }
}
