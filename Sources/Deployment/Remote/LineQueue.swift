/// Bytes that come in pieces, and go out as lines.
struct LineQueue: Sendable {
    /// The longest line, in bytes; of a longer one each piece of this size counts as a line.
    static let lineLimit = 64 << 10

    private var bytes: [UInt8] = []
    /// Where the next line begins.
    private var start = 0
    /// As far as this it has no end.
    private var searched = 0

    /// How many bytes wait.
    var count: Int { bytes.count - start }

    /// Adds what came.
    mutating func add(_ piece: [UInt8]) {
        // Moving the rest to the front costs, so only when it is the smaller part.
        if start * 2 >= bytes.count {
            bytes.removeFirst(start)
            searched -= start
            start = 0
        }
        bytes += piece
    }

    /// Takes the next line, without its line feed; bytes that are no UTF-8 become U+FFFD.
    ///
    /// - Parameter isOver: Whether no more comes, so that a last line needs no line feed.
    /// - Returns: `nil` if no line is whole.
    mutating func next(isOver: Bool) -> String? {
        // A line feed may follow a line of just that size.
        let end = min(bytes.count, start + Self.lineLimit + 1)
        if let feed = bytes[searched..<end].firstIndex(of: UInt8(ascii: "\n")) {
            return take(upTo: feed, andBehind: 1)
        }
        if count > Self.lineLimit {
            return take(upTo: characterEnd(before: start + Self.lineLimit), andBehind: 0)
        }
        searched = end
        return isOver && count > 0 ? take(upTo: end, andBehind: 0) : nil
    }

    /// Forgets what waits.
    mutating func clear() { self = LineQueue() }

    private mutating func take(upTo end: Int, andBehind feed: Int) -> String {
        let line = String(decoding: bytes[start..<end], as: UTF8.self)
        start = end + feed
        searched = start
        return line
    }

    /// The place at or shortly before `end` where no character of UTF-8 is cut.
    private func characterEnd(before end: Int) -> Int {
        let isInside = { (index: Int) in bytes[index] & 0b1100_0000 == 0b1000_0000 }
        return (end - 3...end).last { !isInside($0) } ?? end
    }
}
