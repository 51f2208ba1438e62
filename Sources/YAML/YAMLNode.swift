/// A value with the place where it stands.
///
/// Two nodes are equal if their values are, wherever they stand.
public struct YAMLNode: Sendable {
    /// How a string was written, which the emitter keeps.
    enum Style: Sendable {
        case plain, quoted, block
    }

    /// What the node holds.
    public var value: YAMLValue {
        didSet { style = nil }
    }
    /// Where it stands: its first character, or the alias that repeats it.
    public var mark: Mark
    /// How its string was written; `nil` once the value was set by code.
    private(set) var style: Style?

    /// Makes a node; without a mark it counts as made in code.
    public init(_ value: YAMLValue, mark: Mark = .inCode) {
        self.init(value, mark: mark, style: nil)
    }

    init(_ value: YAMLValue, mark: Mark, style: Style?) {
        self.value = value
        self.mark = mark
        self.style = style
    }

    /// Whether it is null.
    public var isNull: Bool { value == .null }

    /// Its text if it is a string, else `nil`: a number is not turned into text.
    public var string: String? {
        if case .string(let text) = value { text } else { nil }
    }

    /// Its value if it is an integer, else `nil`.
    public var int: Int? {
        if case .int(let number) = value { number } else { nil }
    }

    /// Its value if it is a float or an integer, else `nil`.
    public var double: Double? {
        switch value {
        case .float(let number): number
        case .int(let number): Double(number)
        default: nil
        }
    }

    /// Its value if it is a boolean, else `nil`.
    public var bool: Bool? {
        if case .bool(let flag) = value { flag } else { nil }
    }

    /// Its elements if it is a list, else `nil`.
    public var sequence: [YAMLNode]? {
        if case .sequence(let nodes) = value { nodes } else { nil }
    }

    /// Its entries if it is a mapping, else `nil`.
    public var mapping: YAMLMapping? {
        if case .mapping(let mapping) = value { mapping } else { nil }
    }

    /// The value of a key; `nil` if the node is no mapping or lacks the key.
    ///
    /// Setting it on a node that is no mapping makes it one; setting `nil` removes the key.
    public subscript(key: String) -> YAMLNode? {
        get { mapping?[key] }
        set {
            var mapping = self.mapping ?? YAMLMapping()
            mapping[key] = newValue
            value = .mapping(mapping)
        }
    }
}

extension YAMLNode: Hashable {
    /// Returns whether the values are equal; where and how they were written does not matter.
    public static func == (a: Self, b: Self) -> Bool { a.value == b.value }

    /// Hashes the value alone.
    public func hash(into hasher: inout Hasher) { hasher.combine(value) }
}
