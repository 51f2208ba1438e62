import Histogram
import JSON
import LoadResult
import TestSupport
import Testing

@testable import Bench

@Suite("Summary of logs that say what was due", .timeLimit(.minutes(3)))
struct SummaryScheduleTests {
    /// A log of one part of 100 requests/s over 10 s, each of 1 ms.
    private func log(
        part: Int = 1,
        of parts: Int = 1,
        lacking lost: [Int: Int64] = [:],
        failing: Int64 = 0,
        lastWord: String = "#[Complete: requests=1000 errors=0 missing=0]\n"
    ) throws -> String {
        let schedule = try #require(
            LoggedSchedule(
                comment: "[Schedule: rate=100 part=\(part) parts=\(parts) requests=1000 "
                    + "end_ns=10000000000]"
            )
        )
        let writer = IntervalLogWriter(
            startTime: .seconds(1_795_224_086),
            baseTime: .seconds(1_795_224_086),
            comments: [LoggedSchedule.dueMarker, schedule.comment]
        )
        var text = writer.header()
        for second in 0..<10 {
            let start = Int64(second) * 1_000_000_000
            let count = Int64(schedule.count(from: start, to: start + 1_000_000_000))
            var histogram = try Histogram(highestTrackable: 60_000_000_000)
            try histogram.record(1_000_000, count: count - failing - (lost[second] ?? 0))
            try histogram.record(10_000_000_000, count: failing)
            var failed = try Histogram(highestTrackable: 60_000_000_000)
            try failed.record(10_000_000_000, count: failing)
            var lines = [("READ-rt", histogram), ("READ-st", histogram)]
            if failing > 0 { lines.append(("READ-error", failed)) }
            for (tag, histogram) in lines {
                text += writer.line(
                    tag: tag,
                    start: .seconds(second),
                    length: .seconds(1),
                    histogram: histogram
                )
            }
        }
        return text + lastWord
    }

    @Test("takes a window that holds each request that was due in it, over all parts")
    func whole() async throws {
        let folder = try TemporaryFolder()
        for part in 1...3 {
            try folder.write(log(part: part, of: 3), to: "client-\(part)/log.hdr")
        }
        let window = Window(from: .seconds(2), to: .seconds(7))
        let summary = try await Summary(of: [folder.path], in: window)
        #expect(summary.tags.map(\.count) == [500, 500])
        #expect(summary.notes.isEmpty)
        let json = try JSON(parsing: summary.json)
        #expect(json["window"]?["from_ns"] == .integer(2_000_000_000))
        #expect(json["window"]?["to_ns"] == .integer(7_000_000_000))
    }

    @Test("refuses a window that lacks requests, and says so if it is taken nevertheless")
    func lacking() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(log(lacking: [6: 3]), to: "log.hdr")
        let problem = """
            \(path): holds 497 of the 500 requests that were due from 2 s to 7 s; was the load \
            stopped? choose --from and --to inside of what is whole, or take it as it is with \
            --invalid-too
            """
        let window = Window(from: .seconds(2), to: .seconds(7))
        let error = await #expect(throws: SummaryError.self) {
            try await Summary(of: [path], in: window)
        }
        #expect(error?.description == problem)
        let taken = try await Summary(of: [path], in: window, invalidToo: true)
        #expect(taken.notes == [problem])
        let before = Window(from: .seconds(2), to: .seconds(6))
        #expect(try await Summary(of: [path], in: before).tags[0].count == 400)
    }

    @Test("refuses the logs of some parts of a schedule")
    func parts() async throws {
        let folder = try TemporaryFolder()
        for part in [1, 3] {
            try folder.write(log(part: part, of: 4), to: "client-\(part)/log.hdr")
        }
        await #expect(throws: SummaryError.missingParts([2, 4], of: 4)) {
            try await Summary(of: [folder.path])
        }
        #expect(try await Summary(of: [folder.path], invalidToo: true).tags[0].count == 500)
        for (missing, words) in [
            ([2], "part 2 of 4 of the schedule is missing: "),
            ([2, 4], "parts 2 and 4 of 4 of the schedule are missing: "),
            ([1, 2, 4], "parts 1, 2 and 4 of 4 of the schedule are missing: "),
        ] {
            #expect(SummaryError.missingParts(missing, of: 4).description.hasPrefix(words))
        }
        // Two loads of their own are no parts.
        let both = try TemporaryFolder()
        try both.write(log(), to: "a.hdr")
        try both.write(log(), to: "b.hdr")
        #expect(try await Summary(of: [both.path]).tags[0].count == 2_000)
    }

    @Test(
        "takes whole intervals where a window cuts some, and says which",
        arguments: [
            (2_500, 7_000, "asked for 2.5 s to 7 s", "2 s to 7 s"),
            (2_000, 12_000, "asked for 2 s to 12 s", "2 s to 10 s"),
        ]
    )
    func edges(from: Int, to: Int, asked: String, taken: String) async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(log(), to: "log.hdr")
        let window = Window(from: .milliseconds(from), to: .milliseconds(to))
        let note = "\(asked); whole intervals are taken, which are those of \(taken)"
        #expect(try await Summary(of: [path], in: window).notes == [note])
    }

    @Test(
        "says that a load was stopped, or has no last word",
        arguments: [
            ("#[Stopped: requests=1000 errors=0 missing=0]\n", "the load was stopped early"),
            ("", "has no last word; its load was killed, or is still running"),
        ]
    )
    func endings(lastWord: String, note: String) async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(log(lastWord: lastWord), to: "log.hdr")
        #expect(try await Summary(of: [path]).notes == ["\(path): \(note)"])
    }

    @Test("shows the requests that did not fail beside all, in the table and in JSON")
    func successes() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(log(failing: 5), to: "log.hdr")
        let summary = try await Summary(of: [path])
        #expect(
            summary.description == """
                10 s (0 s to 10 s) of 1 log, latencies in ms

                tag         count  errors  due/s   mean  median    p90     p99   p99.9  p99.99     max
                ──────────────────────────────────────────────────────────────────────────────────────
                READ-rt     1,000      50  100.0  501.1   1.000  1.000  10,008  10,008  10,008  10,008
                READ-rt ok    950       0   95.0  1.000   1.000  1.000   1.000   1.000   1.000   1.000
                READ-st     1,000      50  100.0  501.1   1.000  1.000  10,008  10,008  10,008  10,008
                READ-st ok    950       0   95.0  1.000   1.000  1.000   1.000   1.000   1.000   1.000
                """
        )
        let ok = try JSON(parsing: summary.json)["tags"]?["READ-rt"]?["ok"]
        #expect(ok?["count"] == .integer(950))
        #expect(ok?["p99_ns"] == .integer(1_000_447))
    }
}

@Suite("Summary of logs by the time of the answer", .timeLimit(.minutes(3)))
struct LateAnswersTests {
    /// 100 requests/s of 1 ms, and in one second so many of another latency.
    private func log(_ count: Int64, of latency: Int64, in late: Int) throws -> String {
        var text = ""
        for second in 0..<10 {
            var seconds = LogText(seconds: second..<(second + 1))
            if second == late { seconds.values.append(("READ-rt", latency, count)) }
            let lines = try seconds.text.split(separator: "\n")
            text += lines.filter { second == 0 || $0.hasPrefix("Tag") }.map { $0 + "\n" }.joined()
        }
        return text
    }

    @Test("is noted to leave out what was answered behind the window")
    func note() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(log(3, of: 40_000_000, in: 5), to: "log.hdr")
        let window = Window(from: .seconds(1), to: .seconds(5))
        let notes = try await Summary(of: [path], in: window).notes
        #expect(notes.count == 1)
        #expect(notes[0].hasPrefix("\(path): its intervals hold what was answered in them"))
    }

    @Test("is refused where answers behind the window would change its figures")
    func refused() async throws {
        let folder = try TemporaryFolder()
        // A server that stood still from the third second on answers all at once in the sixth.
        let path = try folder.write(log(200, of: 3_000_000_000, in: 6), to: "log.hdr")
        let window = Window(from: .seconds(1), to: .seconds(5))
        let error = await #expect(throws: SummaryError.self) {
            try await Summary(of: [path], in: window)
        }
        #expect(
            error?.description == """
                READ-rt: what was answered behind the window 1 s to 5 s would change its p90 from \
                1.000 ms to 3,001 ms, and these logs do not say when it was due; choose a later \
                --to, or take the window as it is with --invalid-too
                """
        )
        #expect(try await Summary(of: [path], in: window, invalidToo: true).notes.count == 2)
        // With the answers inside, nothing is left out.
        let later = Window(from: .seconds(1), to: .seconds(8))
        #expect(try await Summary(of: [path], in: later).tags[0].count == 900)
    }

    @Test("may end in another second than the answers if these are too quick to belong to it")
    func quick() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(log(200, of: 500_000_000, in: 6), to: "log.hdr")
        let window = Window(from: .seconds(1), to: .seconds(5))
        #expect(try await Summary(of: [path], in: window).tags[0].count == 400)
    }
}
