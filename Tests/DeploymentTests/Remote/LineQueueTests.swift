import Testing

@testable import Deployment

@Suite("LineQueue")
struct LineQueueTests {
    private static let limit = LineQueue.lineLimit

    /// What comes out of pieces.
    private func lines(_ pieces: [[UInt8]]) -> [String] {
        var queue = LineQueue()
        var lines: [String] = []
        for piece in pieces {
            queue.add(piece)
            while let line = queue.next(isOver: false) { lines.append(line) }
        }
        while let line = queue.next(isOver: true) { lines.append(line) }
        #expect(queue.count == 0)
        return lines
    }

    @Test(
        "makes the same lines of a text, however it is cut",
        arguments: [
            ("", []), ("\n", [""]), ("a", ["a"]), ("a\n", ["a"]), ("a\n\nb", ["a", "", "b"]),
            ("über\r\nunter\n", ["über\r", "unter"]),
        ]
    )
    func texts(text: String, expected: [String]) {
        let bytes = Array(text.utf8)
        #expect(lines([bytes]) == expected)
        #expect(lines(bytes.map { [$0] }) == expected)
        for place in bytes.indices {
            #expect(lines([Array(bytes[..<place]), Array(bytes[place...])]) == expected)
        }
    }

    @Test("cuts a line that is too long, and no character of it")
    func long() {
        let x = { String(repeating: "x", count: $0) }
        for (text, expected) in [
            (x(Self.limit) + "\n", [x(Self.limit)]),
            (x(Self.limit) + "\nb\n", [x(Self.limit), "b"]),
            (x(Self.limit + 1) + "\n", [x(Self.limit), "x"]),
            (x(Self.limit * 2) + "\n", [x(Self.limit), x(Self.limit)]),
            (x(Self.limit - 1) + "ü€\n", [x(Self.limit - 1), "ü€"]),
            (x(Self.limit - 3) + "𝄞\n", [x(Self.limit - 3), "𝄞"]),
        ] {
            let bytes = Array(text.utf8)
            #expect(lines([bytes]) == expected)
            #expect(
                lines([Array(bytes.prefix(Self.limit + 1)), Array(bytes.dropFirst(Self.limit + 1))])
                    == expected
            )
        }
    }

    @Test("takes what is no text")
    func noText() {
        #expect(lines([[0xff, 0x0a, 0x80]]) == ["\u{fffd}", "\u{fffd}"])
        let rests = [UInt8](repeating: 0x80, count: Self.limit + 1)
        #expect(lines([rests]).map(\.unicodeScalars.count) == [Self.limit, 1])
    }
}
