/// A JSON value (RFC 8259); objects keep the order of their members.
///
/// Written here because Foundation's would more than double the size of the executable that is
/// copied to each client.
package enum JSON: Sendable, Hashable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([Member])

    /// A name and its value.
    package struct Member: Sendable, Hashable {
        package let name: String
        package let value: JSON

        /// Makes a member.
        package init(name: String, value: JSON) {
            self.name = name
            self.value = value
        }
    }

    /// The value of the last member of that name; `nil` if there is none or this is no object.
    package subscript(name: String) -> JSON? {
        guard case .object(let members) = self else { return nil }
        return members.last { $0.name == name }?.value
    }

    /// The text over several lines, indented by two spaces, without a line feed at its end.
    package var text: String { render(indent: "") }

    /// The text on one line.
    package var line: String {
        switch self {
        case .array(let values): "[\(values.map(\.line).joined(separator: ", "))]"
        case .object(let members):
            "{"
                + members.map { "\(Self.quote($0.name)): \($0.value.line)" }
                .joined(separator: ", ") + "}"
        default: text
        }
    }

    private func render(indent: String) -> String {
        let inner = indent + "  "
        switch self {
        case .null: return "null"
        case .bool(let value): return "\(value)"
        case .integer(let value): return "\(value)"
        case .number(let value): return value.isFinite ? "\(value)" : "null"
        case .string(let value): return Self.quote(value)
        case .array(let values):
            guard !values.isEmpty else { return "[]" }
            let rows = values.map { inner + $0.render(indent: inner) }
            return "[\n\(rows.joined(separator: ",\n"))\n\(indent)]"
        case .object(let members):
            guard !members.isEmpty else { return "{}" }
            let rows = members.map {
                "\(inner)\(Self.quote($0.name)): \($0.value.render(indent: inner))"
            }
            return "{\n\(rows.joined(separator: ",\n"))\n\(indent)}"
        }
    }

    private static func quote(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            // Those behind DEL too, which JSON allows and a terminal obeys.
            case "\u{0}"..<" ", "\u{7F}"..."\u{9F}":
                let digits = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}

extension JSON: ExpressibleByDictionaryLiteral {
    package init(dictionaryLiteral members: (String, JSON)...) {
        self = .object(members.map { Member(name: $0.0, value: $0.1) })
    }
}

/// Text that is no JSON.
package struct JSONError: Error, Hashable, CustomStringConvertible {
    /// Counted from 1.
    package let line: Int
    package let problem: String

    package var description: String { "\(line): \(problem)" }
}
