import DeploymentState

/// What a template says in its output `nodes`.
enum NodesOutput {
    /// Reads what `terraform output -json` prints.
    ///
    /// - Throws: ``ProvError/badOutput(_:)`` with all faults: what is missing, or has a wrong shape.
    static func nodes(in text: String) throws(ProvError) -> [Node] {
        // Warnings about terraform's own configuration may stand before the JSON.
        let json =
            text.hasPrefix("{") ? text[...] : text[(text.range(of: "\n{") ?? text.endIndex)...]
        guard let outputs = JSONValue(json) else {
            throw .badOutput(["terraform output -json printed no JSON"])
        }
        guard let output = outputs["nodes"] else {
            throw .badOutput(["there is no output \"nodes\""])
        }
        guard let elements = output["value"]?.elements else {
            throw .badOutput(["output \"nodes\" is \(output["value"]?.kind ?? "null"), not a list"])
        }
        var faults: [String] = []
        var nodes: [Node] = []
        for (index, element) in elements.enumerated() {
            var reader = NodeReader(element, place: "nodes[\(index)]")
            if let node = reader.node() {
                if nodes.contains(where: { $0.name == node.name }) {
                    faults.append("nodes[\(index)]: a second node \"\(node.name)\"")
                }
                nodes.append(node)
            }
            faults += reader.faults
        }
        guard faults.isEmpty else { throw .badOutput(faults) }
        return nodes
    }
}

extension String {
    fileprivate func range(of text: String) -> Index? {
        var rest = self[...]
        while let first = rest.firstIndex(where: { $0 == "\n" }) {
            if self[first...].hasPrefix(text) { return index(after: first) }
            rest = rest[index(after: first)...]
        }
        return nil
    }
}

/// Reads one element of the output and keeps all that is wrong with it.
private struct NodeReader {
    private let element: JSONValue
    private var place: String
    private(set) var faults: [String] = []

    init(_ element: JSONValue, place: String) {
        self.element = element
        self.place = place
    }

    mutating func node() -> Node? {
        guard let members = element.members else {
            faults.append("\(place): \(element.kind), not a map")
            return nil
        }
        let name = text("name")
        if let name { place += " (\(name))" }
        let group = text("group")
        let (publicIP, privateIP, user) = (text("public_ip"), text("private_ip"), text("user"))
        var port = 22
        if let value = element["port"] {
            port = value.integer ?? value.string.flatMap { Int($0) } ?? 0
            if !(1...65_535).contains(port) {
                faults.append("\(place): \"port\" is no whole number in 1 to 65535")
            }
        }
        let hostKey = element["host_key"].flatMap { key($0) }
        let vars = element["vars"].map { variables($0) } ?? [:]
        _ = members
        guard let name, let group, let publicIP, let privateIP, let user else { return nil }
        let node = Node(
            name: name,
            publicIP: publicIP,
            privateIP: privateIP,
            user: user,
            port: port,
            hostKey: hostKey,
            vars: vars
        )
        guard !Self.takenGroups.contains(group) else {
            faults.append(
                "\(place): the group \"\(group)\" means something else to Ansible (rename it)"
            )
            return nil
        }
        guard let node, node.group == group else {
            faults.append("\(place): a node of group \"\(group)\" is named \"\(group)-INDEX\"")
            return nil
        }
        return faults.isEmpty ? node : nil
    }

    /// What names, addresses and users are made of.
    ///
    /// They go into `ssh_config`, `known_hosts` and the
    /// inventory, and a template engine must find nothing in them to run.
    private static func isPlain(_ scalar: Unicode.Scalar) -> Bool {
        scalar.isASCII && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar))
            || "._:@-".unicodeScalars.contains(scalar)
    }

    /// The longest name, address or user, in bytes.
    private static let wordLimit = 255
    /// The longest host key line and the longest variable, in bytes: an RSA key of 16384 bits is shorter.
    private static let lineLimit = 4_096
    /// Groups that mean something else to Ansible: every node, those in no group, and this machine.
    private static let takenGroups: Set<String> = ["all", "ungrouped", "localhost"]

    private mutating func text(_ key: String) -> String? {
        guard let value = element[key] else {
            faults.append("\(place): no \"\(key)\"")
            return nil
        }
        // What begins with "-" would be an option of the program that gets it.
        guard let text = value.string, !text.isEmpty, !text.hasPrefix("-"),
            text.utf8.count <= Self.wordLimit, text.unicodeScalars.allSatisfy(Self.isPlain)
        else {
            let what = value.string.map { "\"\(Self.beginning(of: $0))\"" } ?? value.kind
            faults.append(
                "\(place): \"\(key)\" is \(what), not a word of up to 255 letters, digits and . _ : @, "
                    + "with - behind its first"
            )
            return nil
        }
        return text
    }

    /// Enough of a text to know it by, on one line.
    private static func beginning(of text: String) -> String {
        let scalars = text.unicodeScalars
        let isLong = text.utf8.count > 80
        return String(scalars.prefix(80)).cleaned + (isLong ? "…" : "")
    }

    private mutating func key(_ value: JSONValue) -> String? {
        let text = value.string ?? ""
        if value.string == "" { return nil }
        guard text.utf8.count <= Self.lineLimit else {
            faults.append("\(place): \"host_key\" is longer than \(Self.lineLimit) bytes")
            return nil
        }
        // One line end may follow; a second line would be a second entry in known_hosts.
        let line = text.hasSuffix("\n") ? text.dropLast() : text[...]
        let words = line.split(separator: " ")
        let isKey = { (scalar: Unicode.Scalar) in
            Self.isPlain(scalar) || "+/=".unicodeScalars.contains(scalar)
        }
        guard words.count >= 2, words[0].hasPrefix("ssh-") || words[0].hasPrefix("ecdsa-"),
            !line.contains(where: \.isNewline),
            words.prefix(2).allSatisfy({ $0.unicodeScalars.allSatisfy(isKey) })
        else {
            faults.append("\(place): \"host_key\" is no OpenSSH public key line")
            return nil
        }
        return "\(words[0]) \(words[1])"
    }

    private mutating func variables(_ value: JSONValue) -> [String: String] {
        guard let members = value.members else {
            faults.append("\(place): \"vars\" is \(value.kind), not a map")
            return [:]
        }
        var variables: [String: String] = [:]
        for (key, value) in members.sorted(by: { $0.key < $1.key }) where value != .null {
            let isName =
                key.first.map { $0.isLetter || $0 == "_" } == true
                && key.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
            // Ansible's own say, among others, which programs run on this machine.
            if !isName || key.hasPrefix("ansible_") || Inventory.reservedVars.contains(key) {
                let shown = Self.beginning(of: key)
                faults.append(
                    "\(place): \"vars\" has the key \"\(shown)\", which is reserved or no name"
                )
            } else if value.string.map({ $0.utf8.count > Self.lineLimit }) == true {
                faults.append("\(place): \"vars.\(key)\" is longer than \(Self.lineLimit) bytes")
            } else if let text = value.scalarText, text == text.cleaned,
                !["{{", "{%", "{#"].contains(where: text.contains)
            {
                variables[key] = text
            } else {
                let problem = "not one line of text without {{, {% and control characters"
                faults.append("\(place): \"vars.\(key)\" is \(value.kind), \(problem)")
            }
        }
        return variables
    }
}

extension String {
    /// Itself with `?` for each control character, which a terminal or a file of lines would obey.
    var cleaned: String { cleaned(keeping: []) }

    /// Itself with `?` for each control character but some.
    func cleaned(keeping kept: Set<Unicode.Scalar>) -> String {
        let scalars = unicodeScalars.map { $0.isControl && !kept.contains($0) ? "?" : $0 }
        return String(String.UnicodeScalarView(scalars))
    }
}

extension Unicode.Scalar {
    /// Whether it is one of C0, DEL, C1, ends a line, or turns the direction of writing.
    fileprivate var isControl: Bool {
        switch value {
        case 0..<32, 127..<160, 0x200E, 0x200F, 0x2028...0x202E, 0x2066...0x2069: true
        default: false
        }
    }
}
