import Testing
import Usage

@Suite("Printable")
struct PrintableTests {
    @Test(
        "leaves text alone and takes from it what a terminal would obey",
        arguments: [
            ("one\ttwo\nthrée ✓", "one\ttwo\nthrée ✓"),
            ("\u{1B}[31mred\u{1B}]0;title\u{07}", "\u{FFFD}[31mred\u{FFFD}]0;title\u{FFFD}"),
            ("line\r\nover\rwrite", "line\u{FFFD}\nover\u{FFFD}write"),
            ("\u{9B}2J\u{7F}\u{0}", "\u{FFFD}2J\u{FFFD}\u{FFFD}"),
            ("a\u{202E}b\u{2066}c", "a\u{FFFD}b\u{FFFD}c"),
        ]
    )
    func cleaned(text: String, shown: String) {
        #expect(Array(text.printable.unicodeScalars) == Array(shown.unicodeScalars))
    }
}
