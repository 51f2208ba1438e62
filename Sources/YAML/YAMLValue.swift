/// What a node holds, by the core schema of YAML 1.2.
public enum YAMLValue: Sendable {
    /// `null`, `~` or nothing.
    case null
    /// `true` or `false`, also capitalized or in capitals; `yes`, `no`, `on` and `off` are strings.
    case bool(Bool)
    /// A decimal (`12`), octal (`0o14`) or hexadecimal (`0xC`) integer.
    case int(Int)
    /// A decimal number with a point or an exponent, `.inf` or `.nan`.
    case float(Double)
    /// Any other plain text, and all that is quoted.
    case string(String)
    /// A list.
    case sequence([YAMLNode])
    /// Keys with their values, in the order of the file.
    case mapping(YAMLMapping)

    /// The kind of value, with its article, for errors: `an integer`, `a list`.
    public var kind: String {
        switch self {
        case .null: "null"
        case .bool: "a boolean"
        case .int: "an integer"
        case .float: "a float"
        case .string: "a string"
        case .sequence: "a list"
        case .mapping: "a mapping"
        }
    }
}

extension YAMLValue: Hashable {
    /// Returns whether both are of one type and equal; `.nan` equals itself, `0.0` is not `-0.0`.
    public static func == (a: Self, b: Self) -> Bool {
        switch (a, b) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.int(let a), .int(let b)): a == b
        case (.float(let a), .float(let b)): a.bitPattern == b.bitPattern || (a.isNaN && b.isNaN)
        case (.string(let a), .string(let b)): a.utf8.elementsEqual(b.utf8)
        case (.sequence(let a), .sequence(let b)): a == b
        case (.mapping(let a), .mapping(let b)): a == b
        default: false
        }
    }

    /// Hashes the type and the value.
    public func hash(into hasher: inout Hasher) {
        switch self {
        case .null: hasher.combine(0)
        case .bool(let value): hasher.combine(value)
        case .int(let value): hasher.combine(value)
        case .float(let value):
            hasher.combine(value.isNaN ? Double.nan.bitPattern : value.bitPattern)
        case .string(let value): hasher.combine(value)
        case .sequence(let value): hasher.combine(value)
        case .mapping(let value): hasher.combine(value)
        }
    }
}
