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
        case .string(let text): occurs(in: text)
        case .sequence(let nodes): nodes.contains(where: occurs)
        case .mapping(let mapping): mapping.entries.contains { occurs(in: $0.value) }
        default: false
        }
    }

    /// Goes by bytes, for an accent behind the colon would make another letter of it.
    private static func occurs(in text: String) -> Bool {
        var rest = Substring(text).utf8
        while let dollar = rest.firstIndex(of: UInt8(ascii: "$")) {
            rest = rest[dollar...]
            if isReference(rest) { return true }
            rest = rest.dropFirst()
        }
        return false
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
        var rest = Substring(text).utf8
        while let dollar = rest.firstIndex(of: UInt8(ascii: "$")) {
            rest = rest[dollar...]
            if rest.starts(with: "$${".utf8) {
                rest = rest.dropFirst(3)
            } else if isReference(rest) {
                // One without an end is an error, and nobody looks further.
                guard let end = rest.firstIndex(of: UInt8(ascii: "}")),
                    Substring(rest[..<end]).hasSuffix(open)
                else { return true }
                rest = rest[end...]
            } else {
                rest = rest.dropFirst()
            }
        }
        return false
    }

    private static func isReference(_ text: Substring.UTF8View) -> Bool {
        text.starts(with: "${env:".utf8) || text.starts(with: "${file:".utf8)
    }

    /// Returns `node` with the text that each reference names in its place.
    ///
    /// A value that is nothing but one reference is typed as if its text stood there plain, unless
    /// `isText`. `$${env:` and `$${file:` stand for themselves with one dollar sign.
    ///
    /// The text of each reference that does not say `:public` is put into `hidden`: a part of a value
    /// gives away as much as the whole.
    func resolve(
        _ node: YAMLNode,
        isText: Bool,
        hidden: inout Set<String>
    ) throws(Failure) -> YAMLNode {
        switch node.value {
        case .sequence(let nodes):
            var resolved: [YAMLNode] = []
            for node in nodes {
                resolved.append(try resolve(node, isText: isText, hidden: &hidden))
            }
            return YAMLNode(.sequence(resolved), mark: node.mark)
        case .mapping(let mapping):
            var resolved = YAMLMapping()
            for entry in mapping.entries {
                resolved[entry.key] = try resolve(entry.value, isText: isText, hidden: &hidden)
            }
            return YAMLNode(.mapping(resolved), mark: node.mark)
        case .string(let text) where Self.occurs(in: node):
            let (resolved, isWhole) = try replace(
                text,
                file: node.mark.file,
                at: node.mark,
                hidden: &hidden
            )
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

    /// A value that its references make longer than a whole config file may be is refused.
    private static let sizeLimit = ConfigFile.sizeLimit

    /// Goes over the bytes once: a text of 4 MiB may be nothing but references.
    private func replace(
        _ text: String,
        file: String,
        at mark: Mark,
        hidden: inout Set<String>
    ) throws(Failure) -> (text: String, isWhole: Bool) {
        var result = ""
        var rest = Substring(text).utf8
        var isWhole = false
        while let dollar = rest.firstIndex(of: UInt8(ascii: "$")) {
            result += Substring(rest[..<dollar])
            rest = rest[dollar...]
            if rest.starts(with: "$${env:".utf8) || rest.starts(with: "$${file:".utf8) {
                result += "${"
                rest = rest.dropFirst(3)
            } else if Self.isReference(rest) {
                guard let end = rest.firstIndex(of: UInt8(ascii: "}")) else {
                    throw Failure(
                        problem: "\"${\" has no \"}\" (write $${ for the text)",
                        mark: mark
                    )
                }
                let next = rest.index(after: end)
                isWhole = dollar == text.startIndex && next == text.endIndex
                let name = Substring(rest[..<end].dropFirst(2))
                let value = try value(of: name, file: file, at: mark)
                if !name.hasSuffix(Self.open) { hidden.insert(value) }
                result += value
                rest = rest[next...]
            } else {
                result += "$"
                rest = rest.dropFirst()
            }
            guard result.utf8.count <= Self.sizeLimit else {
                throw Failure(problem: "its references make more than 4 MiB of it", mark: mark)
            }
        }
        return (result + Substring(rest), isWhole)
    }

    private func value(of reference: Substring, file: String, at mark: Mark) throws(Failure)
        -> String
    {
        let isOpen = reference.hasSuffix(Self.open)
        let reference = isOpen ? reference.dropLast(Self.open.count) : reference
        if reference.utf8.starts(with: "env:".utf8) {
            let name = String(Substring(reference.utf8.dropFirst("env:".utf8.count)))
            guard let value = environment[name] else {
                let problem = "environment variable \"\(name)\" is not set (export it)"
                throw Failure(problem: problem, mark: mark)
            }
            return value
        }
        let name = String(Substring(reference.utf8.dropFirst("file:".utf8.count)))
        let folder = URL(filePath: file).deletingLastPathComponent()
        let path = ConfigPath(name, in: folder.path(percentEncoded: false), environment).absolute
        let bytes: [UInt8]
        do {
            bytes = try ConfigBytes.read(path)
        } catch {
            let problem =
                error == .noFile
                ? "is no regular file, and may have no end (name one)"
                : "cannot be read as text (check the path)"
            throw Failure(problem: "file \"\(path)\" \(problem)", mark: mark)
        }
        guard let text = String(validating: bytes, as: UTF8.self) else {
            let problem = "file \"\(path)\" cannot be read as text (check the path)"
            throw Failure(problem: problem, mark: mark)
        }
        // Editors and `echo` end a file with a line break that is no part of the value; CR LF is one
        // letter, which does not end in a line feed.
        return text.last == "\n" || text.last == "\r\n" ? String(text.dropLast()) : text
    }
}
