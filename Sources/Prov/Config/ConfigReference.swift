internal import Foundation
internal import YAML

/// Where `${env:NAME}` and `${file:PATH}` in values lead.
struct ConfigReference {
    /// A reference that leads nowhere: it and the reason, as an error shows them.
    struct Failure: Error {
        let problem: String
        let mark: Mark
    }

    /// The environment that `${env:NAME}` reads.
    let environment: [String: String]

    /// Returns whether any string in `node` holds a reference.
    static func occurs(in node: YAMLNode) -> Bool {
        switch node.value {
        case .string(let text): text.contains("${env:") || text.contains("${file:")
        case .sequence(let nodes): nodes.contains(where: occurs)
        case .mapping(let mapping): mapping.entries.contains { occurs(in: $0.value) }
        default: false
        }
    }

    /// Ends a reference whose value may be shown and kept.
    private static let open = ":public"

    /// Returns whether `node` has a value from elsewhere, which is a secret unless its reference says
    /// `:public`.
    static func hides(_ node: YAMLNode) -> Bool {
        switch node.value {
        case .string(let text): hides(text)
        case .sequence(let nodes): nodes.contains(where: hides)
        case .mapping(let mapping): mapping.entries.contains { hides($0.value) }
        default: false
        }
    }

    private static func hides(_ text: String) -> Bool {
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            rest = rest[dollar...]
            if rest.hasPrefix("$${") {
                rest = rest.dropFirst(3)
            } else if rest.hasPrefix("${env:") || rest.hasPrefix("${file:") {
                guard rest.prefix(while: { $0 != "}" }).hasSuffix(open) else { return true }
                rest = rest.dropFirst(2)
            } else {
                rest = rest.dropFirst()
            }
        }
        return false
    }

    /// Returns `node` with the text that each reference names in its place.
    ///
    /// A value that is nothing but one reference is typed as if its text stood there plain, unless
    /// `isText`. `$${env:` and `$${file:` stand for themselves with one dollar sign.
    func resolve(_ node: YAMLNode, isText: Bool) throws(Failure) -> YAMLNode {
        switch node.value {
        case .sequence(let nodes):
            var resolved: [YAMLNode] = []
            for node in nodes { resolved.append(try resolve(node, isText: isText)) }
            return YAMLNode(.sequence(resolved), mark: node.mark)
        case .mapping(let mapping):
            var resolved = YAMLMapping()
            for entry in mapping.entries {
                resolved[entry.key] = try resolve(entry.value, isText: isText)
            }
            return YAMLNode(.mapping(resolved), mark: node.mark)
        case .string(let text) where Self.occurs(in: node):
            let (resolved, isWhole) = try replace(text, file: node.mark.file, at: node.mark)
            return YAMLNode(
                isText || !isWhole ? .string(resolved) : plain(resolved),
                mark: node.mark
            )
        default:
            return node
        }
    }

    private func plain(_ text: String) -> YAMLValue {
        // Text that is no YAML by itself is text.
        let node = (try? YAMLNode.parse(text, file: "")) ?? nil
        switch node?.value {
        case .int, .float, .bool: return node?.value ?? .null
        default: return .string(text)
        }
    }

    private func replace(_ text: String, file: String, at mark: Mark) throws(Failure)
        -> (text: String, isWhole: Bool)
    {
        var result = ""
        var rest = text[...]
        var isWhole = false
        while let dollar = rest.firstIndex(of: "$") {
            result += rest[..<dollar]
            rest = rest[dollar...]
            if rest.hasPrefix("$${env:") || rest.hasPrefix("$${file:") {
                result += "${"
                rest = rest.dropFirst(3)
            } else if rest.hasPrefix("${env:") || rest.hasPrefix("${file:") {
                guard let end = rest.firstIndex(of: "}") else {
                    throw Failure(
                        problem: "\"${\" has no \"}\" (write $${ for the text)",
                        mark: mark
                    )
                }
                let name = rest[..<end].dropFirst(2)
                isWhole = text.count == name.count + 3
                result += try value(of: name, file: file, at: mark)
                rest = rest[rest.index(after: end)...]
            } else {
                result += "$"
                rest = rest.dropFirst()
            }
        }
        return (result + rest, isWhole)
    }

    private func value(of reference: Substring, file: String, at mark: Mark) throws(Failure)
        -> String
    {
        let isOpen = reference.hasSuffix(Self.open)
        let reference = isOpen ? reference.dropLast(Self.open.count) : reference
        if reference.hasPrefix("env:") {
            let name = String(reference.dropFirst("env:".count))
            guard let value = environment[name] else {
                let problem = "environment variable \"\(name)\" is not set (export it)"
                throw Failure(problem: problem, mark: mark)
            }
            return value
        }
        let name = String(reference.dropFirst("file:".count))
        let folder = URL(filePath: file).deletingLastPathComponent()
        let path = ConfigPath(name, in: folder.path(percentEncoded: false), environment).absolute
        guard let text = try? String(contentsOf: URL(filePath: path), encoding: .utf8) else {
            let problem = "file \"\(path)\" cannot be read as text (check the path)"
            throw Failure(problem: problem, mark: mark)
        }
        // Editors and `echo` end a file with a line feed that is no part of the value.
        return text.hasSuffix("\n") ? String(text.dropLast()) : text
    }
}
