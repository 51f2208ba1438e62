/// Tells the process group of a remote command: a line in front of its standard error, taken out again.
///
/// sshd makes each command's shell the leader of a session of its own, so the shell's process id
/// names everything that the command starts.
struct ProcessMarker {
    /// Bytes of standard error after which no marker is looked for: the text did not run.
    private static let limit = 1 << 16
    /// No process id has more digits.
    private static let mostDigits = 20

    private let mark: [UInt8]
    private var held: [UInt8] = []
    /// How many of the bytes that are held begin no marker.
    private var searched = 0
    private var isOver = false
    /// The session's id on the node, once it is known.
    private(set) var processID: Int?

    init(nonce: UInt64 = .random(in: .min ... .max)) {
        mark = Array("ssh-\(String(nonce, radix: 36))-".utf8)
    }

    /// The text that writes the line and then goes on as `text`, with its line numbers kept.
    func wrapping(_ text: String) -> [UInt8] {
        Array("echo ".utf8) + mark + Array("$$ >&2; ".utf8) + Array(text.utf8)
    }

    /// Returns standard error without the marker; holds back what may yet be part of it.
    mutating func filter(_ bytes: some Sequence<UInt8>) -> [UInt8] {
        guard !isOver else { return Array(bytes) }
        held += bytes
        if let start = position() {
            guard let end = held[start...].firstIndex(of: UInt8(ascii: "\n")) else {
                // A node that knows the marker, and means harm, lets its line have no end.
                isOver = held.count - start > mark.count + Self.mostDigits
                return isOver ? rest() : []
            }
            let digits = held[(start + mark.count)..<end]
            processID = Int(String(decoding: digits, as: UTF8.self))
            held.removeSubrange(start...end)
            isOver = true
        } else if held.count > Self.limit {
            isOver = true
        }
        return isOver ? rest() : []
    }

    /// Returns what was held back, at the end.
    mutating func rest() -> [UInt8] {
        defer { held = [] }
        return held
    }

    private mutating func position() -> Int? {
        let end = held.count - mark.count
        while searched <= end {
            if held[searched...].starts(with: mark) { return searched }
            searched += 1
        }
        return nil
    }
}
