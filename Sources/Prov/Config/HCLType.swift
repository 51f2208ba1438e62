/// A variable's declared type, as far as a config is checked against it.
indirect enum HCLType: Hashable {
    case string, number, bool, any
    /// Also a set: terraform makes one from a list.
    case list(HCLType)
    case map(HCLType)
    /// No type is written: terraform takes the environment's text as it is.
    case undeclared
    /// An object, a tuple or anything else that only terraform checks.
    case other

    init(_ text: String) {
        switch text {
        case "": self = .undeclared
        case "string": self = .string
        case "number": self = .number
        case "bool": self = .bool
        case "any": self = .any
        default:
            if let element = Self.argument(of: "list", text) ?? Self.argument(of: "set", text) {
                self = .list(HCLType(element))
            } else if let element = Self.argument(of: "map", text) {
                self = .map(HCLType(element))
            } else {
                self = .other
            }
        }
    }

    private static func argument(of name: String, _ text: String) -> String? {
        guard text.hasPrefix(name + "("), text.hasSuffix(")") else { return nil }
        return String(text.dropFirst(name.count + 1).dropLast())
    }

    /// What a config's value must be for it.
    var configType: ConfigType {
        switch self {
        case .string: .string
        case .number: .number(ConfigType.anyNumber)
        case .bool: .boolean
        case .list(let element): .list(element.configType)
        case .map(let element): .map(element.configType)
        case .any, .undeclared, .other: .any
        }
    }

    /// Whether terraform reads the environment's text as an expression rather than as it is.
    var isExpression: Bool {
        switch self {
        case .string, .number, .bool, .undeclared: false
        case .list, .map, .any, .other: true
        }
    }
}
