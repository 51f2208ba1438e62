private import Glibc
internal import Posix

/// What whoever asks at a door has to know, as `Authorization: Bearer TOKEN`.
package struct DoorToken: Sendable, Hashable {
    private static let lengths = 16...512

    /// Letters, digits and signs of ASCII.
    package let text: String

    /// Makes one that nobody can guess: 256 random bits.
    package init() {
        var random = SystemRandomNumberGenerator()
        text = (0..<4).map { _ in
            let digits = String(random.next() as UInt64, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
    }

    /// Takes a text; `nil` if it has not 16 to 512 signs of ASCII without blanks.
    package init?(_ text: String) {
        guard Self.lengths.contains(text.utf8.count),
            text.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else { return nil }
        self.text = text
    }

    /// Reads the first line of a file that nobody else can read.
    ///
    /// It is no option of its own, because every user of a machine can read all command lines.
    package init(file path: String) throws(DoorError) {
        let (bytes, facts) = try DoorFile.read(path)
        if let problem = facts.problem { throw .token(path, problem: problem) }
        let line = String(decoding: bytes.prefix { $0 != 10 }, as: UTF8.self)
        guard let token = DoorToken(line) else {
            throw .token(
                path,
                problem: "its first line must be a token: 16 to 512 letters, digits and signs"
            )
        }
        self = token
    }

    /// Whether a text is this token; it takes as long whichever byte differs.
    func isEqual(to other: String) -> Bool {
        let (own, other) = (Array(text.utf8), Array(other.utf8))
        guard own.count == other.count else { return false }
        return zip(own, other).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
