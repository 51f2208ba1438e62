import Foundation
import Histogram
import LoadResult
import TestSupport
import Testing

@testable import Bench

@Suite("bench timeline", .timeLimit(.minutes(3)))
struct TimelineCommandTests {
    /// The log of one part of 100 requests/s over 4 s.
    private func log(part: Int, lacking: Int64 = 0) throws -> String {
        let schedule = try #require(
            LoggedSchedule(
                comment: "[Schedule: rate=100 part=\(part) parts=2 requests=400 end_ns=4000000000]"
            )
        )
        let start = Duration.seconds(1_795_224_086)
        let writer = IntervalLogWriter(
            startTime: start,
            baseTime: start,
            comments: [LoggedSchedule.dueMarker, schedule.comment]
        )
        var text = writer.header()
        for second in 0..<4 {
            var histogram = try Histogram(highestTrackable: 60_000_000_000)
            try histogram.record(1_000_000, count: second == 1 ? 50 - lacking : 50)
            text += writer.line(
                tag: "READ-rt",
                start: .seconds(second),
                length: .seconds(1),
                histogram: histogram
            )
        }
        return text + "#[Complete: requests=200 errors=0 missing=0]\n"
    }

    private func trial(_ folder: TemporaryFolder) throws -> String {
        try folder.write(#"{"valid": true}"#, to: "t/trial.json")
        for part in 1...2 {
            try folder.write(log(part: part), to: "t/stress/mixed/client-\(part - 1)/log.hdr")
        }
        return folder.path + "/t"
    }

    private func status(_ words: String...) async -> Int32 {
        await Subcommand.run(["timeline"] + words, among: [.timeline])
    }

    @Test("half a load is refused, unless told otherwise")
    func missingLog() async throws {
        let folder = try TemporaryFolder()
        let path = try trial(folder)
        #expect(await status(path) == 0)
        try FileManager.default.removeItem(atPath: path + "/stress/mixed/client-1")
        #expect(await status(path) == 1)
        #expect(await status(path, "--invalid-too") == 0)
        let files = try LogFiles.ofOneRun(at: [path], invalidToo: false)
        #expect(try await Summary.faults(inAllOf: files) == [.missingParts([2], of: 2)])
    }

    @Test("so is a load whose log is a pipe, at once")
    func pipe() async throws {
        let folder = try TemporaryFolder()
        let path = try trial(folder)
        let log = path + "/stress/mixed/client-0/log.hdr"
        try FileManager.default.removeItem(atPath: log)
        try #require(mkfifo(log, 0o600) == 0)
        #expect(await status(path) == 1)
    }

    @Test("a log that lacks requests is refused, unless told otherwise")
    func missingRequests() async throws {
        let folder = try TemporaryFolder()
        let path = try trial(folder)
        try folder.write(log(part: 1, lacking: 3), to: "t/stress/mixed/client-0/log.hdr")
        #expect(await status(path) == 1)
        #expect(await status(path, "--invalid-too") == 0)
    }
}
