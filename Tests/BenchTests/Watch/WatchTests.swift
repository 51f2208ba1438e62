import Foundation
import Glibc
import Histogram
import LoadResult
import OpenLoop
import TestSupport
import Testing

@testable import Bench

@Suite("Watching a stress", .timeLimit(.minutes(3)))
struct WatchTests {
    private static let start = Duration.seconds(1_795_224_086)

    private var head: String {
        get throws {
            let schedule = LoggedSchedule(
                rate: try #require(Rate("200")),
                part: 0,
                parts: 1,
                requests: 6_000,
                end: 30_000_000_000
            )
            return IntervalLogWriter(
                startTime: Self.start,
                baseTime: Self.start,
                comments: [LoggedSchedule.dueMarker, schedule.comment]
            )
            .header()
        }
    }

    /// The lines of a second in which each of so many requests took so many ms, and some failed.
    private func second(_ second: Int, count: Int64, ms: Int64, failed: Int64 = 0) throws -> String
    {
        let writer = IntervalLogWriter(startTime: Self.start, baseTime: Self.start)
        func line(_ tag: String, _ count: Int64) throws -> String {
            var histogram = try Histogram(highestTrackable: 3_600_000_000_000)
            try histogram.record(ms * 1_000_000, count: count)
            return writer.line(
                tag: tag,
                start: .seconds(second),
                length: .seconds(1),
                histogram: histogram
            )
        }
        return try line("READ-rt", count) + line("READ-st", count)
            + (failed > 0 ? line("READ-error", failed) : "")
    }

    private func watch(_ feeds: [LoaderFeed], at seconds: Double) -> Watch {
        Watch(stress: "mixed", loaders: feeds, now: Self.start + .seconds(seconds))
    }

    @Test("a log is followed while it grows, and a half line waits for its other half")
    func follows() throws {
        let folder = try TemporaryFolder()
        let path = try folder.write(head, to: "client-0/live.log")
        let feed = try LoaderFeed(path: path)
        try feed.advance()
        #expect(feed.last == nil)
        let line = try second(0, count: 100, ms: 1)
        var text = try head + line.dropLast(30)
        try append(text.dropFirst(head.count), to: path)
        try feed.advance()
        // the first of both lines is whole
        #expect(feed.sofar.keys.sorted() == ["READ-rt"])
        try append(line.suffix(30), to: path)
        try feed.advance()
        #expect(feed.sofar["READ-st"]?.count == 100)
        text = try second(1, count: 50, ms: 2)
        try append(text[...], to: path)
        try feed.advance()
        #expect(feed.last == 1)
        #expect(feed.sofar["READ-rt"]?.count == 150)
        #expect(feed.seconds[1]?["READ-rt"]?.count == 50)
        #expect(!feed.hasEnded)
        try append("#[Complete: requests=150 errors=0 missing=0]\n", to: path)
        try feed.advance()
        #expect(feed.hasEnded)
    }

    @Test("counts that overflow when they are added up end no watch")
    func overflow() throws {
        let writer = IntervalLogWriter(startTime: Self.start, baseTime: Self.start)
        var text = try head
        for tag in ["A-rt", "B-rt", "C-rt", "A-error", "B-error", "C-error"] {
            var histogram = try Histogram(highestTrackable: 3_600_000_000_000)
            try histogram.record(1_000_000, count: 1 << 62)
            text += writer.line(tag: tag, start: .zero, length: .seconds(1), histogram: histogram)
        }
        let folder = try TemporaryFolder()
        let feed = try LoaderFeed(path: folder.write(text, to: "client-0/live.log"))
        try feed.advance()
        #expect(watch([feed], at: 2).description.contains("4,611,686,018,427,387,904"))
    }

    /// Adds to a file, as its writer does: a reader that has it open sees it grow.
    private func append(_ text: some StringProtocol, to path: String) throws {
        let file = try FileHandle(forWritingTo: URL(filePath: path))
        try file.seekToEnd()
        try file.write(contentsOf: Data(text.utf8))
        try file.close()
    }

    @Test("shows the last second that all have, all so far, each loader, and the time left")
    func table() throws {
        let folder = try TemporaryFolder()
        let one = try (0..<3).map { try second($0, count: 100, ms: 1) }.joined()
        let other =
            try second(0, count: 100, ms: 3) + second(1, count: 100, ms: 3, failed: 7)
        let feeds = [
            try LoaderFeed(path: folder.write(head + one, to: "client-0/live.log")),
            try LoaderFeed(path: folder.write(head + other, to: "client-1/live.log")),
        ]
        for feed in feeds { try feed.advance() }
        let watch = watch(feeds, at: 4)
        #expect(watch.second == 1)
        #expect(watch.heading == "mixed  4 s of 30 s, 26 s left")
        let lines = watch.description.split(separator: "\n").map {
            $0.split(separator: " ").joined(separator: " ")
        }
        #expect(lines[0] == "mixed 4 s of 30 s, 26 s left, latencies in µs")
        #expect(lines[3].hasPrefix("second 1 READ-rt 200.0 7 2,0"))
        #expect(lines[5].hasPrefix("so far READ-rt 250.0 7 "))
        #expect(lines[7] == "client-0 100.0 0")
        #expect(lines[8] == "client-1 100.0 7")
        #expect(watch.line.contains("READ-rt 200.0/s p50 1.0"))
        #expect(self.watch(feeds, at: 31).heading == "mixed  30 s of 30 s, the last answers")
    }

    @Test("that no script follows says since when, and nothing of it counts on by itself")
    func left() throws {
        let folder = try TemporaryFolder()
        let one = try (0..<5).map { try second($0, count: 100, ms: 1) }.joined()
        let path = try folder.write(head + one, to: "client-0/live.log")
        let feed = try LoaderFeed(path: path)
        try feed.advance()
        var watch = watch([feed], at: 26)
        watch.left = "demo"
        let heading =
            "mixed  no script follows it since second 4 (prov jobs demo shows the load; --attach goes on "
            + "with it)"
        #expect(watch.heading == heading)
        #expect(watch.description.hasPrefix(heading + ", latencies in "))
        #expect(watch.line.hasPrefix(heading + "  |  READ-rt 100.0/s"))
        // the clock of a copy ends with its last line
        var times = [timespec(tv_sec: 1_000, tv_nsec: 0), timespec(tv_sec: 1_000, tv_nsec: 0)]
        try #require(utimensat(AT_FDCWD, path, &times, 0) == 0)
        #expect(Watch.time(.seconds(9_999), of: [path]) == .seconds(1_002))
        #expect(Watch.time(.seconds(1_001), of: [path]) == .seconds(1_001))
        #expect(Watch.time(.seconds(9_999), of: []) == .seconds(9_999))
    }

    @Test("is followed while its script has the lock, or else while its logs grow")
    func followed() throws {
        let folder = try TemporaryFolder()
        let log = try folder.write("", to: "trials/demo/1-a/stress/mixed/client-0/live.log")
        var times = [timespec(tv_sec: 1_000, tv_nsec: 0), timespec(tv_sec: 1_000, tv_nsec: 0)]
        try #require(utimensat(AT_FDCWD, log, &times, 0) == 0)
        // a trial's directory leads to its deployment's lock
        try folder.write("{}", to: "trials/demo/1-a/trial.json")
        let lock = ScriptLock(of: folder.path + "/trials/demo/1-a/", home: folder.path)
        #expect(lock.deployment == "demo")
        #expect(lock.follows([log], now: .seconds(1_030)))
        #expect(!lock.follows([log], now: .seconds(1_031)))
        let path = try deployment(folder, holder: Self.script + "\n")
        #expect(!lock.follows([log], now: .seconds(1_001)))
        _ = try deployment(folder, holder: "")
        #expect(!lock.follows([log], now: .seconds(1_001)))
        let file = open(path, O_RDWR | O_CLOEXEC)
        defer { close(file) }
        try #require(flock(file, LOCK_EX | LOCK_NB) == 0)
        #expect(lock.follows([log], now: .seconds(9_999)))
    }

    @Test("a loader that falls behind is said, and not waited for")
    func behind() throws {
        let folder = try TemporaryFolder()
        let one = try (0..<9).map { try second($0, count: 100, ms: 1) }.joined()
        let feeds = [
            try LoaderFeed(path: folder.write(head + one, to: "client-0/live.log")),
            try LoaderFeed(
                path: folder.write(head + second(0, count: 100, ms: 1), to: "client-1/live.log")
            ),
        ]
        for feed in feeds { try feed.advance() }
        let watch = watch(feeds, at: 9)
        #expect(watch.second == 8)
        #expect(watch.description.contains("behind since second 0"))
        #expect(watch.line.hasSuffix("client-1 is behind"))
    }

    @Test("finds the newest trial of a deployment that has a running stress")
    func finds() throws {
        let folder = try TemporaryFolder()
        for (trial, file) in [("1-old", "live.log"), ("2-new", "live.log"), ("3-ended", "log.hdr")]
        {
            try folder.write("{}", to: "trials/demo/\(trial)/trial.json")
            try folder.write("", to: "trials/demo/\(trial)/stress/mixed/client-0/\(file)")
        }
        let trials = folder.path + "/trials"
        let found = try LiveStress.all(of: "demo", in: trials)
        #expect(found.map(\.name) == ["mixed"])
        #expect(found.flatMap(\.logs).allSatisfy { $0.contains("/2-new/") })
        #expect(found.allSatisfy { $0.isRunning })
        let named = try LiveStress.all(of: trials + "/demo/1-old", in: "nowhere")
        #expect(named.flatMap(\.logs).allSatisfy { $0.contains("/1-old/") })
        #expect(throws: WatchError.none(of: "other", searched: trials + "/other")) {
            try LiveStress.all(of: "other", in: trials)
        }
        #expect(
            WatchError.none(of: "u1", searched: "trials/u1").description
                == "u1: nothing loads it now (looked in trials/u1): start a script, or run this in the "
                + "directory where the script was started"
        )
        let ended = trials + "/demo/3-ended"
        #expect(throws: WatchError.none(of: ended, searched: ended)) {
            try LiveStress.all(of: ended, in: trials)
        }
    }

    /// A deployment with its lock file, as a script writes it.
    private func deployment(_ folder: TemporaryFolder, holder: String) throws -> String {
        try folder.write("{}", to: "demo/deployment.json")
        return try folder.write(holder, to: "demo/lock")
    }

    private static let script =
        "me@here (process 7, restore-and-run demo) since 2026-11-30T07:00:00Z"

    @Test("the lock of the deployment shows whether a script works on it, or died")
    func lock() throws {
        let folder = try TemporaryFolder()
        let lock = ScriptLock(of: "demo", home: folder.path)
        #expect(lock.holder == .unknown)
        let path = try deployment(folder, holder: "")
        #expect(lock.holder == .nobody)
        _ = try deployment(folder, holder: Self.script + "\n")
        #expect(lock.holder == .died(Self.script))
        let file = open(path, O_RDWR | O_CLOEXEC)
        defer { close(file) }
        try #require(flock(file, LOCK_EX | LOCK_NB) == 0)
        #expect(lock.holder == .works(Self.script))
    }

    @Test("a script that has not begun to load is waited for, and one that died is not")
    func waits() async throws {
        let folder = try TemporaryFolder()
        let path = try deployment(folder, holder: Self.script + "\n")
        let lock = ScriptLock(of: "demo", home: folder.path)
        let trials = folder.path + "/trials"
        func begun(waits: Bool, _ say: (String) -> Void = { _ in }) async throws -> [LiveStress] {
            try await LiveStress.begun(of: "demo", lock: lock, in: trials, waits: waits, say: say)
        }
        let died = WatchError.died("demo", who: Self.script)
        await #expect(throws: died) { try await begun(waits: true) }
        #expect(died.description == "demo: nothing loads it now: \(Self.script) died")
        let log = "trials/demo/1-a/stress/mixed/client-0/live.log"
        do {
            let file = open(path, O_RDWR | O_CLOEXEC)
            defer { close(file) }
            try #require(flock(file, LOCK_EX | LOCK_NB) == 0)
            await #expect(throws: WatchError.notBegun("demo", who: Self.script)) {
                try await begun(waits: false)
            }
            // what an earlier script left is no load of this one
            let old = try folder.write("", to: log)
            var times = [timespec(tv_sec: 1, tv_nsec: 0), timespec(tv_sec: 1, tv_nsec: 0)]
            try #require(utimensat(AT_FDCWD, old, &times, 0) == 0)
            await #expect(throws: WatchError.notBegun("demo", who: Self.script)) {
                try await begun(waits: false)
            }
            var said: [String] = []
            let found = try await begun(waits: true) { line in
                said.append(line)
                // the load begins after it was said that it is waited for
                _ = try? folder.write("", to: log)
            }
            #expect(said == ["demo: \(Self.script) does not load it yet; waiting"])
            #expect(found.map(\.name) == ["mixed"])
        }
        // the logs of one that was killed stay, and are shown as what was left
        #expect(try await begun(waits: true).map(\.name) == ["mixed"])
        let copied = try LiveStress.all(of: "demo", in: trials)
        #expect(copied.count == 1)
    }
}
