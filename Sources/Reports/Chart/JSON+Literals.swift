internal import Bench
package import JSON

extension JSON: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByFloatLiteral, ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral,
    ExpressibleByNilLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(floatLiteral value: Double) { self = .number(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(arrayLiteral values: JSON...) { self = .array(values) }
    package init(nilLiteral: ()) { self = .null }
}

extension JSON {
    /// This object with further members; those of the same name are replaced.
    func with(_ members: [(String, JSON)]) -> JSON {
        guard case .object(let own) = self else { return self }
        let names = Set(members.map(\.0))
        return .object(
            own.filter { !names.contains($0.name) }
                + members.map { Member(name: $0.0, value: $0.1) }
        )
    }

    /// The text on one line without spaces, fit to stand inside a script element.
    ///
    /// No `<` is left in it, so that no label can end the element; nor the two line separators that
    /// are none in JSON but are in JavaScript.
    var embedded: String {
        let text: String
        switch self {
        case .array(let values): text = "[" + values.map(\.embedded).joined(separator: ",") + "]"
        case .object(let members):
            text =
                "{"
                + members.map { "\(JSON.string($0.name).embedded):\($0.value.embedded)" }
                .joined(separator: ",") + "}"
        case .string:
            text = self.text.replacing("<", with: "\\u003c")
                .replacing("\u{2028}", with: "\\u2028").replacing("\u{2029}", with: "\\u2029")
        default: text = self.text
        }
        return text
    }

    /// The strings of an array; empty for anything else.
    var strings: [String] {
        guard case .array(let values) = self else { return [] }
        return values.map(\.shortText)
    }

    /// The members of an object with their names; empty for anything else.
    var members: [Member] {
        if case .object(let members) = self { members } else { [] }
    }

    /// The values of an array; empty for anything else.
    var elements: [JSON] {
        if case .array(let values) = self { values } else { [] }
    }

    /// The number; `nil` for anything else.
    var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }
}
