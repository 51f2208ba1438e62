internal import YAML

extension Config.Setting {
    /// What no log and no line may show of it; nothing if it is no secret.
    var secretTexts: [String] {
        guard isSecret else { return [] }
        // A yes or no from elsewhere is no secret that could be struck out of anything.
        let hidden = hidden.filter { !["true", "false", "null"].contains($0) }
        return value.secretTexts + hidden.flatMap(\.secretTexts)
    }
}

extension YAMLNode {
    /// The texts in a secret value that give it away, of maps and lists each.
    fileprivate var secretTexts: [String] {
        switch value {
        case .sequence(let nodes): nodes.flatMap(\.secretTexts)
        case .mapping(let mapping): mapping.entries.flatMap(\.value.secretTexts)
        case .string(let text): text.secretTexts
        case .int, .float: json().secretTexts
        case .null, .bool: []
        }
    }
}

extension String {
    /// A secret as a whole, and each of its lines, also without the space around it: logs are written by
    /// lines, and what a program prints has often lost the break that its text ended in.
    ///
    /// What is shorter than 4 characters, such as a count, would strike out half of a log.
    fileprivate var secretTexts: [String] {
        let lines = split(whereSeparator: \.isNewline)
        var texts = [self]
        for line in lines.map(String.init) + lines.map(\.withoutOuterSpace)
        where !texts.contains(line) {
            texts.append(line)
        }
        return texts.filter { $0.count >= 4 }
    }
}

extension Substring {
    fileprivate var withoutOuterSpace: String {
        let start = drop(while: \.isWhitespace)
        guard let end = start.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(start[...end])
    }
}
