internal import YAML

extension Config {
    /// What stands in place of a secret.
    package enum SecretText: Sendable, Hashable {
        /// A comment that says where it is set.
        case comment
        /// The key with this text.
        case shown(as: String)
    }

    /// Writes the merged config as YAML, each key with the file and line that set it.
    package func rendered(secrets: SecretText = .comment) -> String {
        settings.map { setting in
            let place = "\(setting.mark.file):\(setting.mark.line)".onOneLine
            switch secrets {
            case _ where !setting.isSecret: break
            case .comment: return "# \(setting.key): a secret, set at \(place)\n"
            case .shown(let text): return "\(setting.key): \"\(text)\"  # \(place)\n"
            }
            let key = YAMLNode(.string(setting.key), mark: setting.mark)
            return lines(key, setting.value, indent: "").joined(separator: "\n") + "\n"
        }.joined()
    }

    private func lines(_ key: YAMLNode, _ value: YAMLNode, indent: String) -> [String] {
        let comment = "  # \(key.mark.file):\(key.mark.line)".onOneLine
        if let mapping = value.mapping, !mapping.isEmpty {
            let head = entry(key, YAMLNode(.mapping(YAMLMapping()))).joined().dropLast(" {}".count)
            return [indent + head + comment]
                + mapping.entries.flatMap { lines($0.key, $0.value, indent: indent + "  ") }
        }
        var text = entry(key, value)
        text[0] += comment
        return text.map { $0.isEmpty ? "" : indent + $0 }
    }

    private func entry(_ key: YAMLNode, _ value: YAMLNode) -> [String] {
        var mapping = YAMLMapping()
        mapping[key] = value
        let text = YAMLNode(.mapping(mapping)).emitted()
        return text.dropLast().split(separator: "\n", omittingEmptySubsequences: false)
            .map(String.init)
    }
}

extension String {
    /// Itself with control characters, which would end a comment, shown as `?`.
    fileprivate var onOneLine: String {
        String(map { $0.isNewline || ($0.asciiValue ?? 32) < 32 ? "?" : $0 })
    }
}
