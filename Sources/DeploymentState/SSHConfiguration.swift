/// What the `ssh_config` of a deployment says beyond what `prov` itself writes there.
package enum SSHConfiguration {
    /// The keywords that `prov` writes; both ways to a node keep to them.
    package static let own: Set<String> = [
        "host", "hostname", "user", "port", "identityfile", "identitiesonly",
        "userknownhostsfile", "globalknownhostsfile", "stricthostkeychecking",
        "hashknownhosts", "updatehostkeys", "passwordauthentication",
        "kbdinteractiveauthentication", "forwardagent", "connecttimeout",
        "serveraliveinterval", "serveralivecountmax",
    ]

    /// The keywords of a text, in small letters.
    package static func keywords(in text: String) -> Set<String> {
        let lines = text.split(whereSeparator: \.isNewline)
        let words = lines.compactMap { line in
            line.split(whereSeparator: { $0.isWhitespace || $0 == "=" }).first
        }
        return Set(words.filter { !$0.hasPrefix("#") }.map { $0.lowercased() })
    }

    /// The options that hold for one host, as `ssh -G` prints them: a keyword and its value in each line.
    ///
    /// Of a keyword that stands there several times, the first value counts.
    package static func options(_ text: String) -> [String: String] {
        let pairs = text.split(whereSeparator: \.isNewline).compactMap { line in
            line.firstIndex(of: " ").map { blank in
                (line[..<blank].lowercased(), String(line[line.index(after: blank)...]))
            }
        }
        return Dictionary(pairs) { first, _ in first }
    }
}
