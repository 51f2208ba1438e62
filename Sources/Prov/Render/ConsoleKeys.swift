/// The host keys that cloud-init prints on a machine's console when it boots for the first time.
enum ConsoleKeys {
    private static let begin = "-----BEGIN SSH HOST KEY KEYS-----"
    private static let end = "-----END SSH HOST KEY KEYS-----"

    /// Returns the keys between the last pair of markers, each as type and key.
    ///
    /// A console shows its lines with CR LF and may put the time or a process before them. Other
    /// programs write to it too, so that a line may be broken: such a line is no key.
    ///
    /// - Parameter text: What the console shows, perhaps only its last part.
    /// - Returns: In the order of the console; empty if the last of them has not been printed yet.
    static func keys(in text: String) -> [String] {
        var block: [String]?
        var found: [String] = []
        for line in text.split(whereSeparator: \.isNewline) {
            if line.contains(begin) {
                block = []
            } else if line.contains(end) {
                if let block, !block.isEmpty { found = block }
                block = nil
            } else if let key = key(in: line) {
                block?.append(key)
            }
        }
        return found
    }

    private static func key(in line: Substring) -> String? {
        let words = line.split { " \t".contains($0) }
        guard let index = words.firstIndex(where: { HostKeyScan.types.contains(String($0)) }),
            index + 1 < words.count, isKey(words[index + 1])
        else { return nil }
        return "\(words[index]) \(words[index + 1])"
    }

    /// Whether it is base64 as long as the shortest key, which is one of ed25519.
    private static func isKey(_ word: Substring) -> Bool {
        word.utf8.count >= 68
            && word.unicodeScalars.allSatisfy { scalar in
                scalar.isASCII
                    && (scalar.properties.isAlphabetic || ("0"..."9").contains(scalar)
                        || "+/=".unicodeScalars.contains(scalar))
            }
    }
}
