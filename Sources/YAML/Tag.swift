/// A tag of the core schema.
enum Tag: String {
    case string = "tag:yaml.org,2002:str"
    case int = "tag:yaml.org,2002:int"
    case float = "tag:yaml.org,2002:float"
    case bool = "tag:yaml.org,2002:bool"
    case null = "tag:yaml.org,2002:null"
    case sequence = "tag:yaml.org,2002:seq"
    case mapping = "tag:yaml.org,2002:map"

    static let prefix = "tag:yaml.org,2002:"

    /// Returns the tag as people write it: `!!int`.
    static func short(_ name: String) -> String {
        name.hasPrefix(prefix) ? "!!" + name.dropFirst(prefix.count) : name
    }

    /// Returns what the scalar `text` stands for under this tag, or `nil` if it does not fit.
    func value(of text: String) -> YAMLValue? {
        switch self {
        case .string: .string(text)
        case .int: CoreSchema.int(text).map { .int($0) }
        case .float: CoreSchema.float(text).map { .float($0) }
        case .bool: CoreSchema.bool(text).map { .bool($0) }
        case .null: CoreSchema.isNull(text) ? .null : nil
        case .sequence, .mapping: nil
        }
    }
}
