// So that a script edits a settings file as it would write it: `node["cache"] = ["size": 64]`.

extension YAMLNode: ExpressibleByStringLiteral, ExpressibleByStringInterpolation {
    /// Makes a string node.
    public init(stringLiteral value: String) { self.init(.string(value)) }
}

extension YAMLNode: ExpressibleByIntegerLiteral {
    /// Makes an integer node.
    public init(integerLiteral value: Int) { self.init(.int(value)) }
}

extension YAMLNode: ExpressibleByFloatLiteral {
    /// Makes a float node.
    public init(floatLiteral value: Double) { self.init(.float(value)) }
}

extension YAMLNode: ExpressibleByBooleanLiteral {
    /// Makes a boolean node.
    public init(booleanLiteral value: Bool) { self.init(.bool(value)) }
}

extension YAMLNode: ExpressibleByArrayLiteral {
    /// Makes a list node.
    public init(arrayLiteral elements: YAMLNode...) { self.init(.sequence(elements)) }
}

extension YAMLNode: ExpressibleByDictionaryLiteral {
    /// Makes a mapping node with its keys in the order given; a repeated key keeps the last value.
    public init(dictionaryLiteral elements: (String, YAMLNode)...) {
        var mapping = YAMLMapping()
        for (key, value) in elements { mapping[key] = value }
        self.init(.mapping(mapping))
    }
}
