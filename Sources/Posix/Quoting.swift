/// Quoting of words for a POSIX shell (IEEE Std 1003.1, Shell Command Language, 2.2).
package enum Quoting {
    private static let harmless = Set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=@%+,".unicodeScalars
    )

    /// Returns `word` such that a shell reads it back as one word with the same characters.
    package static func quote(_ word: String) -> String {
        guard word.isEmpty || !word.unicodeScalars.allSatisfy(harmless.contains) else {
            return word
        }
        return "'"
            + word.split(separator: "'", omittingEmptySubsequences: false).joined(
                separator: #"'\''"#
            ) + "'"
    }
}
