import YAML

/// The text of a YAML file whose entries are edited where they stand.
///
/// Comments, order, quotes and all other values stay as they are. After each edit the new text is read
/// again and compared with what was to come out: one that would change anything else is refused.
///
/// A path leads to an entry, by names and, in lists, by numbers from 0.
struct YAMLText: Sendable, Hashable {
    /// The whole text; ends with a line break unless it is empty.
    private(set) var text: String
    /// What errors call it.
    let file: String

    init(_ text: String, file: String) {
        self.text = text.isEmpty || text.hasSuffix("\n") ? text : text + "\n"
        self.file = file
    }

    /// What the text says; an empty mapping if it says nothing.
    func root() throws(YAMLError) -> YAMLNode {
        try YAMLNode.parse(text, file: file) ?? YAMLNode(.mapping(YAMLMapping()))
    }

    /// Returns the node at a path; `nil` if there is none.
    func node(at path: [String]) throws(YAMLError) -> YAMLNode? {
        let way = Way(path, in: try root())
        return way.isWhole ? way.node : nil
    }

    /// Every scalar by its path, joined by dots; a list of scalars is one value, such as `[a, b]`.
    func settings() throws(YAMLError) -> [String: String] {
        var settings: [String: String] = [:]
        Self.collect(try root(), at: [], into: &settings)
        return settings
    }

    /// Gives an entry another value, or removes it.
    ///
    /// A string in quotes stays one. A new entry goes behind a comment that mentions it (`# name:`), or to
    /// the end of its mapping; mappings on the way that are missing are made. An entry that was the only
    /// one of its mapping goes with it.
    ///
    /// - Parameters:
    ///   - path: The entry; at least one name.
    ///   - value: One line of YAML: a scalar, `[a, b]` or `{a: b}`; what is none counts as a string.
    /// - Throws: `YAMLError` if the text cannot be read; ``YAMLEditError`` if the entry cannot be edited.
    mutating func set(_ path: [String], to value: String?) throws {
        precondition(!path.isEmpty, "a path has a name")
        guard value?.contains(where: \.isNewline) != true else {
            throw refusal(path, "a value is one line")
        }
        let before = try root()
        let way = Way(path, in: before)
        guard way.isWhole || value != nil else { return }
        let lines = YAMLLines(text)
        let proposals: [YAMLLines?] =
            switch (value, way.isWhole) {
            case (let value?, true): [lines.replacing(way, by: value)]
            case (let value?, false): lines.adding(path, behind: way, value)
            case (nil, _): [lines.removing(way)]
            }
        for case let lines? in proposals {
            let new = YAMLText(lines.text, file: file)
            guard let after = try? new.root() else { continue }
            let place = value == nil ? way.removed : path
            guard Self.isAlike(before, after, butAt: place) else { continue }
            let end = Way(path, in: after)
            if let value, !(end.isWhole && YAMLLines.means(end.node, value)) { continue }
            self = new
            return
        }
        throw refusal(path, "it stands in a form that is not edited here")
    }

    private func refusal(_ path: [String], _ reason: String) -> YAMLEditError {
        YAMLEditError(file: file, path: path, reason: reason)
    }

    /// Whether two texts say the same, but for what stands at and below a path.
    private static func isAlike(
        _ before: YAMLNode,
        _ after: YAMLNode,
        butAt path: [String]
    ) -> Bool {
        func leaves(_ node: YAMLNode) -> [[String]: YAMLValue] {
            var all: [[String]: YAMLValue] = [:]
            collect(node, at: [], into: &all)
            // A mapping that was empty, or nothing, may have got its first entry.
            return all.filter { !$0.key.starts(with: path) && !path.starts(with: $0.key) }
        }
        return leaves(before) == leaves(after)
    }

    private static func collect(
        _ node: YAMLNode,
        at path: [String],
        into leaves: inout [[String]: YAMLValue]
    ) {
        if let mapping = node.mapping, !mapping.isEmpty {
            for entry in mapping.entries {
                collect(entry.value, at: path + [text(of: entry.key)], into: &leaves)
            }
        } else if let elements = node.sequence, !elements.isEmpty {
            for (index, element) in elements.enumerated() {
                collect(element, at: path + ["\(index)"], into: &leaves)
            }
        } else {
            leaves[path] = node.value
        }
    }

    private static func collect(
        _ node: YAMLNode,
        at path: [String],
        into settings: inout [String: String]
    ) {
        if let mapping = node.mapping {
            for entry in mapping.entries {
                collect(entry.value, at: path + [text(of: entry.key)], into: &settings)
            }
        } else if let elements = node.sequence, elements.contains(where: { !$0.isScalar }) {
            for (index, element) in elements.enumerated() {
                collect(element, at: path + ["\(index)"], into: &settings)
            }
        } else if !node.isNull {
            settings[path.joined(separator: ".")] = text(of: node)
        }
    }

    private static func text(of node: YAMLNode) -> String {
        switch node.value {
        case .null, .mapping: ""
        case .bool(let flag): "\(flag)"
        case .int(let number): "\(number)"
        case .float(let number): "\(number)"
        case .string(let text): text
        case .sequence(let nodes): "[" + nodes.map(text).joined(separator: ", ") + "]"
        }
    }
}

/// An entry of a YAML file that cannot be edited where it stands.
struct YAMLEditError: Error, Hashable, CustomStringConvertible {
    let file: String
    let path: [String]
    let reason: String

    var description: String {
        "\(file): \"\(path.joined(separator: "."))\" cannot be set: \(reason): edit the file by hand"
    }
}

extension YAMLNode {
    fileprivate var isScalar: Bool { sequence == nil && mapping == nil }
}

/// How far a path leads in a document.
struct Way {
    /// The path that was asked for.
    let path: [String]
    /// The entries on the way, the outermost first; `nil` for an element of a list.
    private(set) var entries: [YAMLMapping.Entry?] = []
    /// The last node that was found.
    private(set) var node: YAMLNode

    init(_ path: [String], in root: YAMLNode) {
        self.path = path
        node = root
        for name in path {
            if let entry = node.mapping?.entry(name) {
                entries.append(entry)
                node = entry.value
            } else if let elements = node.sequence, let index = Int(name),
                elements.indices.contains(index)
            {
                entries.append(nil)
                node = elements[index]
            } else {
                break
            }
        }
    }

    /// Whether it leads to its end.
    var isWhole: Bool { entries.count == path.count }

    /// The outermost entry that holds nothing else: what goes when the last one goes.
    var removed: [String] { Array(path.prefix(removedDepth)) }

    /// The entry at ``removed``; `nil` for an element of a list.
    var removedEntry: YAMLMapping.Entry? { entries[removedDepth - 1] }

    private var removedDepth: Int {
        var depth = path.count
        while depth > 1, entries[depth - 2]?.value.mapping?.count == 1 { depth -= 1 }
        return depth
    }
}
