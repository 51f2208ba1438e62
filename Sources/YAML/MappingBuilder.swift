/// Collects a mapping's entries and merges, and orders them at the end.
///
/// A mapping's own keys win over merged ones wherever they stand; of merged mappings the first
/// wins. Merged entries take the place of the `<<` and keep their own marks.
struct MappingBuilder {
    private enum Part {
        case own(YAMLNode, YAMLNode)
        case merged(YAMLMapping)
    }

    private var parts: [Part] = []
    private var own: [YAMLValue: Mark] = [:]
    private var mergeMark: Mark?

    /// Adds an entry; throws if the key is there.
    mutating func add(_ key: YAMLNode, _ value: YAMLNode) throws(YAMLError) {
        if let first = own[key.value] {
            throw YAMLError(reason: .duplicateKey(key.label, first: first), mark: key.mark)
        }
        own[key.value] = key.mark
        parts.append(.own(key, value))
    }

    /// Adds what `<<` merges; throws unless it is a mapping or a list of mappings, and the only one.
    mutating func merge(_ value: YAMLNode, at mark: Mark) throws(YAMLError) {
        if let mergeMark {
            throw YAMLError(reason: .duplicateKey("<<", first: mergeMark), mark: mark)
        }
        mergeMark = mark
        for node in value.sequence ?? [value] {
            guard let mapping = node.mapping else {
                throw YAMLError(reason: .unmergeable(node.value.kind), mark: node.mark)
            }
            parts.append(.merged(mapping))
        }
    }

    /// Returns all entries in order.
    func mapping() -> YAMLMapping {
        var mapping = YAMLMapping()
        for part in parts {
            switch part {
            case .own(let key, let value):
                mapping[key] = value
            case .merged(let other):
                for entry in other.entries
                where own[entry.key.value] == nil && mapping[entry.key] == nil {
                    mapping[entry.key] = entry.value
                }
            }
        }
        return mapping
    }
}

extension YAMLNode {
    /// A key as an error shows it.
    fileprivate var label: String {
        switch value {
        case .null: "null"
        case .bool(let flag): "\(flag)"
        case .int(let number): "\(number)"
        case .float(let number): "\(number)"
        case .string(let text): text
        case .sequence: "[…]"
        case .mapping: "{…}"
        }
    }
}
