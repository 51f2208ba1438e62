import Foundation
import Testing
import Usage

@Suite("print")
struct PrintTests {
    @Test("stands before Swift's own, and writes nothing that a terminal would obey")
    func cleaned() {
        var text = ""
        print("node", 1, "says \u{1B}]0;x\u{7}\u{1B}[2J\u{202E}\tso", to: &text)
        print("next\r\nline", "and", separator: "\u{1B}", terminator: "", to: &text)
        let first = "node 1 says \u{FFFD}]0;x\u{FFFD}\u{FFFD}[2J\u{FFFD}\tso\n"
        #expect(text == first + "next\u{FFFD}\nline\u{FFFD}and")
    }

    @Test("is the one that all programs and scripts have")
    func everywhere() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        var calling = 0
        for folder in ["Sources", "Scripts", "bin/templates"] {
            let files = FileManager.default.enumerator(
                at: root.appending(path: folder),
                includingPropertiesForKeys: nil
            )
            for case let file as URL in try #require(files)
            where file.pathExtension == "swift" && !file.path.contains("/Sources/Usage/") {
                let lines = try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
                guard lines.contains(where: Self.prints) else { continue }
                calling += 1
                #expect(lines.contains { $0.hasSuffix("import Usage") }, "\(file.path)")
            }
        }
        #expect(calling > 10)
    }

    /// Whether a line calls a function `print`, which is no method of something and is not defined there.
    private static func prints(_ line: Substring) -> Bool {
        guard let call = line.range(of: "print("), !line.contains("func print(") else {
            return false
        }
        let before = line[..<call.lowerBound].last ?? " "
        return !before.isLetter && !before.isNumber && !"._".contains(before)
    }
}
