extension Inventory {
    /// Host variables that ``Node`` itself carries, so that a template cannot set them.
    package static let reservedVars: Set<String> = [
        "public_ip", "private_ip", "host_key", "ansible_host", "ansible_user", "ansible_port",
        "ansible_ssh_private_key_file", "ansible_ssh_common_args",
    ]

    /// Returns the inventory in Ansible's INI format, usable from any directory.
    ///
    /// - Parameters:
    ///   - identityFile: The private key for SSH, absolute.
    ///   - knownHostsFile: The only host keys to trust, absolute.
    /// - Returns: One section for each group, and `[server:vars]` with the seed.
    package func ini(identityFile: String, knownHostsFile: String) -> String {
        // Three readers unquote this one after the other: Ansible's inventory, Ansible's ssh
        // plug-in, and ssh, which also expands "%".
        let path = knownHostsFile.split(separator: "%", omittingEmptySubsequences: false)
            .joined(separator: "%%")
        let options =
            Self.quote(#"-oUserKnownHostsFile="\#(path)""#)
            + " -oStrictHostKeyChecking=yes -oIdentitiesOnly=yes -oHashKnownHosts=no"
        var lines: [String] = []
        for group in groups {
            lines.append("[\(group)]")
            for node in self.group(group) {
                var pairs = [
                    ("ansible_host", node.publicIP), ("ansible_user", node.user),
                    ("ansible_port", "\(node.port)"),
                    ("ansible_ssh_private_key_file", identityFile),
                    ("ansible_ssh_common_args", options),
                    ("public_ip", node.publicIP), ("private_ip", node.privateIP),
                ]
                if let key = node.hostKey { pairs.append(("host_key", key)) }
                pairs += node.vars.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
                let words = pairs.map { "\($0)=\(Self.quote($1))" }
                lines.append(([node.name] + words).joined(separator: " "))
            }
            lines.append("")
        }
        if let seed { lines += ["[server:vars]", "seed=\(seed)", ""] }
        return lines.joined(separator: "\n")
    }

    /// Reads what ``ini(identityFile:knownHostsFile:)`` wrote; comments and blank lines may be added.
    ///
    /// - Parameters:
    ///   - ini: The text.
    ///   - file: Its path, for errors.
    /// - Throws: ``InventoryError/malformed(path:line:reason:)``.
    package init(ini: String, file: String) throws(InventoryError) {
        var nodes: [Node] = []
        var section = ""
        // A "\r\n", which an editor may have written, is one character to Swift.
        for (index, line) in ini.split(
            omittingEmptySubsequences: false,
            whereSeparator: \.isNewline
        )
        .enumerated() {
            func malformed(_ reason: String) -> InventoryError {
                .malformed(path: file, line: index + 1, reason: reason)
            }
            let text = line.drop { $0 == " " || $0 == "\t" }
            guard let first = text.first, first != "#", first != ";" else { continue }
            if first == "[" {
                section = String(text.dropFirst().prefix { $0 != "]" })
                continue
            }
            guard !section.contains(":") else { continue }
            // In ssh_config and known_hosts it could end a line.
            guard
                !text.unicodeScalars.contains(where: {
                    $0.properties.generalCategory == .control && $0 != "\t"
                })
            else { throw malformed("a control character") }
            guard let words = Self.words(text), let name = words.first else {
                throw malformed("a quote is not closed")
            }
            var vars: [String: String] = [:]
            for word in words.dropFirst() {
                guard let equals = word.firstIndex(of: "=") else {
                    throw malformed("\"\(word)\" is no key=value")
                }
                vars[String(word[..<equals])] = String(word[word.index(after: equals)...])
            }
            guard let node = Self.node(name, vars) else {
                throw malformed("node \"\(name)\" lacks an address, a user, or a right port")
            }
            guard node.group == section else {
                throw malformed("node \"\(name)\" stands in group \"\(section)\"")
            }
            nodes.append(node)
        }
        self.init(nodes)
    }

    private static func node(_ name: String, _ vars: [String: String]) -> Node? {
        guard let publicIP = vars["public_ip"], let privateIP = vars["private_ip"],
            let user = vars["ansible_user"], let port = Int(vars["ansible_port"] ?? "22"),
            (1...65535).contains(port)
        else { return nil }
        return Node(
            name: name,
            publicIP: publicIP,
            privateIP: privateIP,
            user: user,
            port: port,
            hostKey: vars["host_key"],
            vars: vars.filter { !reservedVars.contains($0.key) }
        )
    }

    private static let bare = Set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:@%+,".unicodeScalars
    )

    /// Quotes a word for Python's `shlex.split`, which Ansible reads inventories with.
    private static func quote(_ word: String) -> String {
        guard word.isEmpty || !word.unicodeScalars.allSatisfy(bare.contains) else { return word }
        let inner = word.split(separator: "'", omittingEmptySubsequences: false)
            .joined(separator: #"'"'"'"#)
        return "'\(inner)'"
    }

    /// Splits a line as `shlex.split` with comments does; `nil` if a quote is not closed.
    private static func words(_ line: Substring) -> [String]? {
        var words: [String] = []
        var word: String?
        var open: Character?
        var escaped = false
        for character in line {
            if escaped {
                if open == "\"", character != "\"", character != "\\" { word?.append("\\") }
                word?.append(character)
                escaped = false
            } else if character == "\\", open != "'" {
                word = word ?? ""
                escaped = true
            } else if let quote = open {
                if character == quote { open = nil } else { word?.append(character) }
            } else if character == "'" || character == "\"" {
                word = word ?? ""
                open = character
            } else if character == " " || character == "\t" {
                if let finished = word { words.append(finished) }
                word = nil
            } else if character == "#" {
                break
            } else {
                word = (word ?? "") + String(character)
            }
        }
        guard open == nil, !escaped else { return nil }
        return words + (word.map { [$0] } ?? [])
    }
}
