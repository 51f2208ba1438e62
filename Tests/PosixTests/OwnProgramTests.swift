import Testing

@testable import Posix

@Suite("The program that runs")
struct OwnProgramTests {
    @Test(
        "is where it was, also when its file was replaced",
        arguments: [
            ("/opt/bench", [], "/opt/bench"), ("/opt/bench (deleted)", [], "/opt/bench"),
            ("/opt/bench (deleted)", ["/opt/bench"], "/opt/bench"),
            ("/opt/bench (deleted)", ["/opt/bench (deleted)"], "/opt/bench (deleted)"),
            ("", [], ""),
        ]
    )
    func path(link: String, there: [String], expected: String) {
        #expect(OwnProgram.path(ofLink: link, there.contains) == expected)
    }

    @Test("is this one")
    func own() { #expect(OwnProgram.path.hasPrefix("/")) }
}
