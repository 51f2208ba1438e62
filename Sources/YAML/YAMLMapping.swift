/// Keys with their values, in order, each key once.
///
/// Two mappings are equal if they hold equal entries in the same order.
public struct YAMLMapping: Sendable, Hashable {
    /// A key with its value.
    public struct Entry: Sendable, Hashable {
        /// The key; its mark is where the entry stands.
        public let key: YAMLNode
        /// The value.
        public internal(set) var value: YAMLNode
    }

    /// All entries, in order.
    public private(set) var entries: [Entry] = []
    private var positions: [YAMLValue: Int] = [:]

    /// Makes a mapping with no entries.
    public init() {}

    /// The number of entries.
    public var count: Int { entries.count }

    /// Whether there are no entries.
    public var isEmpty: Bool { entries.isEmpty }

    /// The value of a string key.
    ///
    /// Setting a key that is there keeps its place, a new one goes to the end; `nil` removes.
    public subscript(key: String) -> YAMLNode? {
        get { self[YAMLNode(.string(key))] }
        set { self[YAMLNode(.string(key))] = newValue }
    }

    /// The value of any key; a new entry keeps the mark of the key that set it.
    public subscript(key: YAMLNode) -> YAMLNode? {
        get { positions[key.value].map { entries[$0].value } }
        set {
            guard let newValue else { return remove(key) }
            if let position = positions[key.value] {
                entries[position].value = newValue
            } else {
                positions[key.value] = entries.count
                entries.append(Entry(key: key, value: newValue))
            }
        }
    }

    /// Returns the entry of a string key, or `nil` if there is none.
    public func entry(_ key: String) -> Entry? {
        positions[.string(key)].map { entries[$0] }
    }

    /// Returns the entry of any key, or `nil` if there is none.
    public func entry(_ key: YAMLNode) -> Entry? { positions[key.value].map { entries[$0] } }

    private mutating func remove(_ key: YAMLNode) {
        guard let position = positions.removeValue(forKey: key.value) else { return }
        entries.remove(at: position)
        for later in position..<entries.count {
            positions[entries[later].key.value] = later
        }
    }

    /// Returns whether both hold equal entries in the same order.
    public static func == (a: Self, b: Self) -> Bool { a.entries == b.entries }

    /// Hashes the entries.
    public func hash(into hasher: inout Hasher) { hasher.combine(entries) }
}
