import Histogram
import LoadResult
import OpenLoop
import TestSupport
import Testing

@testable import Bench

@Suite("Merging logs", .timeLimit(.minutes(3)))
struct MergeTests {
    /// The log of a part of a load of two requests per second, each part one of them.
    private func part(_ part: Int, seconds: Int = 3, missing: Int = 1) throws -> String {
        let start = Duration.seconds(1_795_224_086)
        let schedule = LoggedSchedule(
            rate: try #require(Rate("2")),
            part: part,
            parts: 2,
            requests: 6,
            end: 3_000_000_000
        )
        let writer = IntervalLogWriter(
            startTime: start,
            baseTime: start,
            comments: [LoggedSchedule.dueMarker, schedule.comment]
        )
        var text = writer.header()
        for second in 0..<seconds {
            var histogram = try Histogram(highestTrackable: 3_600_000_000_000)
            try histogram.record(Int64(1_000_000 * (part + 1)))
            text += writer.line(
                tag: "READ-rt",
                start: .seconds(second),
                length: .seconds(1),
                histogram: histogram
            )
        }
        let ending = LoadRemarks.lastWord(.complete, requests: 3, errors: 0, missing: missing)
        return text + "#\(ending)\n"
    }

    private func merge(_ logs: [String]) throws -> (merge: Merge, folder: TemporaryFolder) {
        let folder = try TemporaryFolder()
        let files = try logs.enumerated().map { try folder.write($1, to: "\($0).hdr") }
        return (try Merge(files), folder)
    }

    @Test("holds all that was in each interval, is whole, and sums to the same figures")
    func sums() async throws {
        let (merge, folder) = try merge([part(0), part(1)])
        #expect(merge.intervals == 3)
        #expect(merge.text.hasSuffix("#[Complete: requests=6 errors=0 missing=2]\n"))
        let path = try folder.write(merge.text, to: "all/all.hdr")
        let merged = try await Summary(of: [path])
        let apart = try await Summary(of: [folder.path + "/0.hdr", folder.path + "/1.hdr"])
        #expect(merged.notes == [])
        #expect(merged.tags == apart.tags)
        #expect(merged.tags.map(\.count) == [6])
        #expect(merged.isByDueTime)
        // it is the whole schedule, and may be merged again
        #expect(try Merge([path]).text.hasSuffix("missing=2]\n"))
    }

    @Test("logs of other tools are merged too")
    func others() async throws {
        let one = try LogText(values: [("READ", 1_000, 2), (nil, 5_000, 1)]).text
        let (merge, folder) = try merge([one, LogText(values: [("WRITE", 2_000, 3)]).text])
        #expect(merge.intervals == 30)
        let summary = try await Summary(of: [folder.write(merge.text, to: "all/all.hdr")])
        #expect(summary.tags.map(\.tag) == ["READ", "WRITE", "untagged"])
        #expect(summary.tags.map(\.count) == [20, 30, 10])
    }

    @Test("what does not fit is refused, with the place")
    func refusals() throws {
        func message(_ logs: [String]) -> String {
            do {
                _ = try merge(logs)
                return "no error"
            } catch {
                return "\(error)"
            }
        }
        let plain = try LogText().text
        let later = try LogText(startTime: .seconds(1_795_224_087)).text
        let apart = message([later, plain])
        #expect(apart.contains("/0.hdr: starts at 2026-11-21T01:21:27.000Z, and "))
        #expect(
            apart.hasSuffix(
                "/1.hdr 1 s before, at 2026-11-21T01:21:26.000Z; loaders of one load start together"
            )
        )
        #expect(message([plain, try LogText(seconds: 0..<9).text]).contains("at 9 s"))
        #expect(message([try LogText(seconds: 1..<10).text, plain]).contains("at 0 s"))
        #expect(try message([part(0), plain]).contains("another kind"))
        #expect(try message([part(0)]).contains("parts of the schedule 2 is missing"))
        #expect(try message([part(0), part(1), part(1)]).contains("2 is named twice"))
        #expect(try message([part(0), part(1, seconds: 2)]).contains("at 2 s"))
        #expect(message([plain, String(plain.dropLast(40))]).contains("cut short"))
        let damaged = plain.replacing("HISTF", with: "HISTG", maxReplacements: 1)
        #expect(message([plain, damaged]) != "no error")
        #expect(message([plain, ""]).contains("holds no interval"))
    }

    @Test("the command leaves no part of a file that it cannot make")
    func command() async throws {
        let folder = try TemporaryFolder()
        let one = try folder.write(LogText().text, to: "a.hdr")
        let other = try folder.write(LogText(seconds: 0..<9).text, to: "b.hdr")
        let result = folder.path + "/all.hdr"
        #expect(await Subcommand.run(["merge", one, other, "-o", result], among: [.merge]) == 1)
        #expect(await Subcommand.run(["merge", one, other], among: [.merge]) == 2)
        #expect(await Subcommand.run(["merge", one, "-o", one], among: [.merge]) == 1)
        #expect(try folder.names() == ["a.hdr", "b.hdr"])
        #expect(await Subcommand.run(["merge", one, one, "-o", result], among: [.merge]) == 0)
        #expect(try folder.names() == ["a.hdr", "all.hdr", "b.hdr"])
        #expect(try await Summary(of: [result]).tags.map(\.count) == [2_000])
    }
}
