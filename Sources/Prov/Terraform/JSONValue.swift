import FoundationEssentials

/// Any JSON, for what terraform prints.
enum JSONValue: Sendable, Hashable, Codable {
    case null
    case bool(Bool)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if container.decodeNil() {
            self = .null
        } else if let value = try? container.decode(String.self) {  // a wrong type is the next case
            self = .string(value)
        } else if let value = try? container.decode(Bool.self) {  // likewise
            self = .bool(value)
        } else if let value = try? container.decode(Double.self) {  // likewise
            self = .number(value)
        } else if let value = try? container.decode([JSONValue].self) {  // likewise
            self = .array(value)
        } else {
            self = .object(try container.decode([String: JSONValue].self))
        }
    }

    func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .null: try container.encodeNil()
        case .bool(let value): try container.encode(value)
        case .number(let value):
            // So that 3 stays 3.
            if let whole = Int(exactly: value) {
                try container.encode(whole)
            } else {
                try container.encode(value)
            }
        case .string(let value): try container.encode(value)
        case .array(let value): try container.encode(value)
        case .object(let value): try container.encode(value)
        }
    }

    /// Reads a text; `nil` if it is no JSON.
    init?(_ text: some StringProtocol) {
        let value = try? JSONDecoder().decode(Self.self, from: Data(text.utf8))  // nil says it
        guard let value else { return nil }
        self = value
    }

    /// The member of an object; `nil` if it is absent, null, or this is no object.
    subscript(_ key: String) -> JSONValue? {
        guard case .object(let members) = self, let value = members[key], value != .null else {
            return nil
        }
        return value
    }

    /// The elements of an array; `nil` if it is none.
    var elements: [JSONValue]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    /// The members of an object; `nil` if it is none.
    var members: [String: JSONValue]? {
        guard case .object(let members) = self else { return nil }
        return members
    }

    /// The text of a string; `nil` if it is none.
    var string: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    /// A whole number; `nil` if it is none.
    var integer: Int? {
        guard case .number(let value) = self else { return nil }
        return Int(exactly: value)
    }

    /// The text of a string, number or bool, as an inventory wants it; `nil` for anything else.
    var scalarText: String? {
        switch self {
        case .string(let text): text
        case .bool(let value): "\(value)"
        case .number(let value): Int(exactly: value).map { "\($0)" } ?? "\(value)"
        case .null, .array, .object: nil
        }
    }

    /// What it is, for errors.
    var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a bool"
        case .number: "a number"
        case .string: "a string"
        case .array: "a list"
        case .object: "a map"
        }
    }
}
