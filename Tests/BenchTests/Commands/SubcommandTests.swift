import TestSupport
import Testing

@testable import Bench

@Suite("bench", .timeLimit(.minutes(3)))
struct SubcommandTests {
    @Test(
        "exits with 0 when done, 1 when it failed, 2 for a wrong call",
        arguments: [
            (["--help"], 0), (["summary", "--help"], 0), ([], 2), (["sumary"], 2),
            (["summary"], 2), (["summary", "--from", "x", "a"], 2),
            (["summary", "--from=5", "--to=5", "a"], 2), (["summary", "/nonexistent"], 1),
            (["compare", "a"], 2), (["compare", "a", "b", "c"], 2),
            (["compare", "a", "vs", "b", "c"], 2), (["compare", "a", "b", "vs", "a", "c"], 2),
            (["compare", "a", "b", "--effect", "5"], 2),
            (["compare", "/nonexistent", "/nonexistent/too"], 1),
            (["compare", "a", "a"], 2), (["compare", "/tmp", "/tmp/../tmp/"], 2),
            (["compare", "a", "a", "vs", "b", "c"], 2),
            (["summary", "--json", FixtureFile.path("relative.hdr", of: "HistogramTests")], 0),
        ] as [([String], Int32)]
    )
    func exitStatus(words: [String], expected: Int32) async {
        #expect(await Subcommand.run(words, among: [.summary, .compare]) == expected)
    }
}
