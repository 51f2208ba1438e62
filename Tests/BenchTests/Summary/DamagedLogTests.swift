import Histogram
import TestSupport
import Testing

@testable import Bench

@Suite("Damaged logs", .timeLimit(.minutes(3)))
struct DamagedLogTests {
    /// A log of ten seconds whose fifth has a byte changed in its histogram.
    private func damaged(_ folder: TemporaryFolder, _ name: String) throws -> String {
        var lines = try LogText().text.split(separator: "\n").map(String.init)
        let place = try #require(lines.firstIndex { $0.contains("Tag=READ-rt,4.000") })
        lines[place] = lines[place].replacing("HISTFAAAA", with: "HISTFAAAB")
        return try folder.write(lines.joined(separator: "\n") + "\n", to: name)
    }

    @Test("what is whole is summed, and the rest named with file, line and cause")
    func summary() async throws {
        let folder = try TemporaryFolder()
        let path = try damaged(folder, "a.hdr")
        let summary = try await Summary(of: [path])
        #expect(summary.tags.map(\.count) == [900])
        #expect(summary.isDamaged)
        #expect(summary.notes.count == 1)
        #expect(summary.notes.first?.hasPrefix("\(path):9: ") == true, "\(summary.notes)")
        let whole = try folder.write(LogText().text, to: "b.hdr")
        #expect(try await !Summary(of: [whole]).isDamaged)
    }

    @Test("each command shows what is whole, and exits with 1")
    func status() async throws {
        let folder = try TemporaryFolder()
        let path = try damaged(folder, "a.hdr")
        let whole = try folder.write(LogText().text, to: "b.hdr")
        let commands: [Subcommand] = [.summary, .timeline, .compare]
        #expect(await Subcommand.run(["summary", path], among: commands) == 1)
        #expect(await Subcommand.run(["timeline", path], among: commands) == 1)
        #expect(await Subcommand.run(["compare", path, whole], among: commands) == 1)
        let other = try folder.write(LogText().text, to: "c.hdr")
        #expect(await Subcommand.run(["compare", whole, other], among: commands) == 0)
        #expect(await Subcommand.run(["summary", whole], among: commands) == 0)
    }

    @Test("a log of which nothing is whole is an error")
    func nothing() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("1.0,1.0,0.000,HISTFAAAABlub\n", to: "log.hdr")
        await #expect(throws: IntervalLogError.self) { try await Summary(of: [path]) }
    }
}
