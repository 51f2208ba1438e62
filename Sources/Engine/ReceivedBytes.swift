/// Bytes that have arrived at a connection and that nobody has taken yet.
struct ReceivedBytes {
    /// What has arrived, to which more is appended; at its start may stand what was taken.
    var bytes: [UInt8] = []
    private var start = 0

    /// How many can be taken.
    var count: Int { bytes.count - start }
    var isEmpty: Bool { start == bytes.count }

    /// A line is longer than it may be.
    struct LineTooLong: Error {}

    /// Takes at most so many bytes.
    mutating func take(upTo most: Int) -> [UInt8] {
        let taken = Array(bytes[start...].prefix(most))
        drop(taken.count)
        return taken
    }

    /// Takes a line without its end.
    ///
    /// - Parameters:
    ///   - searched: So many bytes hold no end of a line.
    ///   - limit: A longer line, in bytes, is an error.
    /// - Returns: The line; `nil` if its end is not here yet.
    /// - Throws: ``LineTooLong``.
    mutating func takeLine(behind searched: Int, upTo limit: Int) throws(LineTooLong) -> String? {
        let waiting = bytes[start...]
        let end = waiting.dropFirst(searched).firstIndex(of: 10)
        guard (end.map { $0 - start } ?? waiting.count) <= limit else { throw LineTooLong() }
        guard let end else { return nil }
        var line = waiting[..<end]
        if line.last == 13 { line.removeLast() }
        let text = String(decoding: line, as: UTF8.self)
        drop(end + 1 - start)
        return text
    }

    /// Forgets what was taken, before more is appended.
    mutating func forgetTaken() {
        guard start > 0 else { return }
        bytes.removeFirst(start)
        start = 0
    }

    private mutating func drop(_ count: Int) {
        start += count
        guard isEmpty else { return }
        // A connection at rest keeps no memory.
        bytes = []
        start = 0
    }
}
