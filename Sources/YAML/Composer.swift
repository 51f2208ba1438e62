/// Builds one document's node out of events.
struct Composer: ~Copyable {
    /// A node with what its repetition by an alias costs.
    fileprivate struct Composed {
        var node: YAMLNode
        /// The number of nodes in it, itself among them.
        var size = 1
        /// The number of collections inside each other; 0 for a scalar.
        var height = 0
    }

    private let reader: EventReader
    private var anchors: [String: Composed] = [:]
    private var openAnchors: Set<String> = []
    private var aliasedNodes = 0
    /// Duplicate and unmergeable keys, which leave the rest readable.
    private(set) var faults: [YAMLError] = []

    init(_ reader: consuming EventReader) {
        self.reader = reader
    }

    /// Returns the only document's node, or `nil` if there is none or it is empty.
    mutating func document() throws(YAMLError) -> YAMLNode? {
        _ = try reader.next()
        guard case .documentStart = try reader.next().kind else { return nil }
        let first = try reader.next()
        let root = try compose(first, level: 0).node
        _ = try reader.next()
        let end = try reader.next()
        guard case .streamEnd = end.kind else {
            throw YAMLError(reason: .secondDocument, mark: end.mark)
        }
        if case .scalar(let scalar) = first.kind, scalar.text.isEmpty, scalar.isUntagged {
            return nil
        }
        return root
    }

    /// Builds the node that begins with `event`, which stands in `level` collections.
    private mutating func compose(_ event: Event, level: Int) throws(YAMLError) -> Composed {
        if case .alias(let name) = event.kind { return try repeated(name, event.mark, level) }
        if let anchor = event.anchor { openAnchors.insert(anchor) }
        let composed: Composed =
            switch event.kind {
            case .sequenceStart: try sequence(event, level: level + 1)
            case .mappingStart: try mapping(event, level: level + 1)
            case .scalar(let scalar): Composed(node: try node(scalar, event))
            default: preconditionFailure("libyaml sent \(event.kind) in place of a node")
            }
        if let anchor = event.anchor {
            openAnchors.remove(anchor)
            anchors[anchor] = composed
        }
        return composed
    }

    private mutating func repeated(_ name: String, _ mark: Mark, _ level: Int) throws(YAMLError)
        -> Composed
    {
        guard !openAnchors.contains(name) else {
            throw YAMLError(reason: .recursiveAlias(name), mark: mark)
        }
        guard var composed = anchors[name] else {
            throw YAMLError(reason: .unknownAlias(name), mark: mark)
        }
        aliasedNodes += composed.size
        guard aliasedNodes <= YAMLNode.aliasedNodeLimit else {
            throw YAMLError(reason: .tooManyAliasedNodes, mark: mark)
        }
        guard level + composed.height <= YAMLNode.depthLimit else {
            throw YAMLError(reason: .tooDeep, mark: mark)
        }
        composed.node.mark = mark
        return composed
    }

    private mutating func sequence(_ start: Event, level: Int) throws(YAMLError) -> Composed {
        try check(start, tag: "seq", level: level)
        var nodes: [YAMLNode] = []
        var all = Composed(node: YAMLNode(.null, mark: start.mark), height: 1)
        while true {
            let event = try reader.next()
            if case .sequenceEnd = event.kind { break }
            let element = try compose(event, level: level)
            nodes.append(element.node)
            all.add(element)
        }
        all.node.value = .sequence(nodes)
        return all
    }

    private mutating func mapping(_ start: Event, level: Int) throws(YAMLError) -> Composed {
        try check(start, tag: "map", level: level)
        var builder = MappingBuilder()
        var all = Composed(node: YAMLNode(.null, mark: start.mark), height: 1)
        while true {
            let event = try reader.next()
            if case .mappingEnd = event.kind { break }
            if event.isMergeKey {
                let value = try compose(try reader.next(), level: level)
                note { () throws(YAMLError) in try builder.merge(value.node, at: event.mark) }
                all.add(value)
            } else {
                let key = try compose(event, level: level)
                let value = try compose(try reader.next(), level: level)
                note { () throws(YAMLError) in try builder.add(key.node, value.node) }
                all.add(key)
                all.add(value)
            }
        }
        all.node.value = .mapping(builder.mapping())
        return all
    }

    private mutating func note(_ step: () throws(YAMLError) -> Void) {
        do throws(YAMLError) { try step() } catch { faults.append(error) }
    }

    private func check(_ start: Event, tag: String, level: Int) throws(YAMLError) {
        guard level <= YAMLNode.depthLimit else {
            throw YAMLError(reason: .tooDeep, mark: start.mark)
        }
        guard let name = start.tag, name != "!", name != Tag.prefix + tag else { return }
        let isKnown = Tag(rawValue: name) != nil
        throw YAMLError(
            reason: isKnown ? .tagMismatch(tag: Tag.short(name)) : .unknownTag(Tag.short(name)),
            mark: start.mark
        )
    }

    private func node(_ scalar: Event.Scalar, _ event: Event) throws(YAMLError) -> YAMLNode {
        let text = scalar.text
        guard let name = event.tag else {
            let value = scalar.isUntagged ? CoreSchema.resolve(text) : .string(text)
            return YAMLNode(value, mark: event.mark, style: scalar.style)
        }
        if name == "!" { return YAMLNode(.string(text), mark: event.mark) }
        guard let tag = Tag(rawValue: name) else {
            throw YAMLError(reason: .unknownTag(Tag.short(name)), mark: event.mark)
        }
        guard let value = tag.value(of: text) else {
            throw YAMLError(reason: .tagMismatch(tag: Tag.short(name)), mark: event.mark)
        }
        return YAMLNode(value, mark: event.mark)
    }
}

extension Composer.Composed {
    fileprivate mutating func add(_ part: Self) {
        size += part.size
        height = max(height, part.height + 1)
    }
}

extension Event {
    /// Whether it is a plain `<<`, which in a mapping's key merges its value.
    fileprivate var isMergeKey: Bool {
        guard case .scalar(let scalar) = kind else { return false }
        return scalar.text == "<<" && scalar.isUntagged && anchor == nil
    }
}
