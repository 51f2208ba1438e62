private import Posix

/// A command line as a value: quoted only when rendered, and with its secrets hidden in logs.
public struct Command: Sendable, Hashable, ExpressibleByArrayLiteral, CustomStringConvertible {
    /// One word of a command.
    public enum Word: Sendable, Hashable, ExpressibleByStringInterpolation {
        /// A word that is quoted when rendered.
        case plain(String)
        /// A word that is quoted when rendered and shown as `[redacted]` in logs and errors.
        case secret(String)
        /// Shell text that is rendered as it is, such as `>` or `&&`.
        case literal(String)

        /// Makes a plain word.
        public init(stringLiteral value: String) { self = .plain(value) }
    }

    /// The words in order; the first is the program.
    public var words: [Word]

    /// Makes a command of words.
    public init(arrayLiteral elements: Word...) { words = elements }

    /// Makes a command of words.
    public init(_ words: [Word]) { self.words = words }

    /// Makes a command of plain words.
    public init(_ words: [String]) { self.words = words.map(Word.plain) }

    /// The text for a POSIX shell, secrets included.
    public var text: String { render(showingSecrets: true) }

    /// The text for logs and errors: secrets are `[redacted]`.
    public var description: String { render(showingSecrets: false) }

    /// Returns this command with more words behind it.
    public func appending(_ more: [Word]) -> Command { Command(words + more) }

    private func render(showingSecrets: Bool) -> String {
        words.map { word in
            switch word {
            case .plain(let text): Quoting.quote(text)
            case .secret(let text): showingSecrets ? Quoting.quote(text) : "[redacted]"
            case .literal(let text): text
            }
        }
        .joined(separator: " ")
    }
}
