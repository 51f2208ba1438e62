import Glibc
import LoadResult
import TestSupport
import Testing

@testable import Bench
@testable import Histogram

@Suite("Logs that are made to do harm", .timeLimit(.minutes(3)))
struct HostileLogTests {
    /// The Base64 of a V2 payload without compression.
    private func payload(
        digits: UInt32 = 3,
        lowest: UInt64 = 1,
        highest: UInt64,
        counts: [UInt8] = [2]
    ) -> String {
        var bytes: [UInt8] = []
        func append(_ value: some FixedWidthInteger) {
            withUnsafeBytes(of: value.bigEndian) { bytes += $0 }
        }
        append(UInt32(0x1c84_9313))
        append(UInt32(counts.count))
        append(UInt32(0))
        append(digits)
        append(lowest)
        append(highest)
        append(Double(1).bitPattern)
        return Base64.encode(bytes + counts)
    }

    private func problem(_ text: String) async throws -> String {
        let folder = try TemporaryFolder()
        let path = try folder.write(text, to: "log.hdr")
        do {
            let summary = try await Summary(of: [path])
            return summary.description
        } catch {
            return "\(error)".replacing(path, with: "log.hdr")
        }
    }

    @Test(
        "a lowest discernible value near the limit is an error",
        arguments: [UInt64(1) << 61, 1 << 62, (1 << 63) - 1, 1 << 63, .max]
    )
    func lowest(value: UInt64) async throws {
        for highest in [value, UInt64(Int64.max), .max, 0] {
            let text = "1.0,1.0,1.0,\(payload(lowest: value, highest: highest))\n"
            #expect(try await problem(text).hasPrefix("log.hdr:1: "))
        }
    }

    @Test("a few kilobytes with 100 tags of the widest range take no gigabytes")
    func wide() async throws {
        let widest = payload(digits: 5, highest: UInt64(Int64.max))
        let text = (0..<100).map { "Tag=T\($0),1.0,1.0,1.0,\(widest)\n" }.joined()
        #expect(text.utf8.count < 12_000)
        #expect(
            try await problem(text)
                == "log.hdr: the histograms of 3 tags would take more than 128 MB; is it damaged?"
        )
    }

    @Test("nor do they take them second by second, merged, or while they are watched")
    func wideElsewhere() throws {
        let widest = payload(digits: 5, highest: UInt64(Int64.max))
        let folder = try TemporaryFolder()
        let path = try folder.write(
            (0..<100).map { "Tag=T\($0),1.0,1.0,1.0,\(widest)\n" }.joined(),
            to: "log.hdr"
        )
        func problem(_ body: () throws -> Void) -> String {
            do {
                try body()
                return "none"
            } catch {
                return "\(error)".replacing(path, with: "log.hdr")
            }
        }
        func says(_ tags: Int) -> String {
            "log.hdr: the histograms of \(tags) tags would take more than 128 MB; is it damaged?"
        }
        #expect(
            problem {
                var timeline = try Timeline(of: [path])
                _ = try timeline.next()
            } == says(3)
        )
        #expect(problem { _ = try Merge([path]) } == says(3))
        #expect(
            problem { try LoaderFeed(path: path).advance() }.hasPrefix(
                "log.hdr: the histograms of "
            )
        )
    }

    @Test("more tags than any load has are an error wherever a log is read")
    func tags() async throws {
        let one = payload(highest: 1_000)
        let text = (0...1_000).map { "Tag=T\($0),1.0,1.0,1.0,\(one)\n" }.joined()
        let expected = "log.hdr: has more than 1,000 tags; is it damaged?"
        #expect(try await problem(text) == expected)
        let folder = try TemporaryFolder()
        let path = try folder.write(text, to: "log.hdr")
        let error = SummaryError.tooManyTags(file: path)
        #expect(throws: error) {
            var timeline = try Timeline(of: [path])
            _ = try timeline.next()
        }
        #expect(throws: error) { _ = try Merge([path]) }
        #expect(throws: error) { try LoaderFeed(path: path).advance() }
    }

    @Test("a file of gigabytes without a line end is an error, and no gigabytes of memory")
    func noLine() async throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("", to: "log.hdr")
        // Takes no disk; to read it whole would take longer than this suite may.
        try #require(truncate(path, 1 << 40) == 0)
        let error = await #expect(throws: IntervalLogError.self) {
            try await Summary(of: [path])
        }
        #expect("\(error.map { "\($0)" } ?? "")".contains("a line is longer than 32 MiB"))
    }

    @Test("intervals with very many latencies are judged by no interval, and take no gigabytes")
    func values() throws {
        let histograms = try (0..<10).map { _ in
            var histogram = try Histogram(highestTrackable: 1 << 40, significantDigits: 5)
            for value in 0..<Int64(1_000) { try histogram.record(value) }
            return histogram
        }
        // Ten thousand while the rows are filled, and eleven rows of a thousand.
        #expect(SecondCounts(histograms, mostCounts: 39_999) == nil)
        #expect(SecondCounts(histograms, mostCounts: 40_000) != nil)
        let same = Array(repeating: histograms[0], count: 10)
        #expect(SecondCounts(same, mostCounts: 10_000) == nil)
        #expect(SecondCounts(same) != nil)
    }

    @Test("what was answered behind a window takes no more than a bound, whatever a log says")
    func late() async throws {
        let wide = payload(highest: 3_600_000_000_000, counts: Array(repeating: 2, count: 20_000))
        let one = payload(highest: 1_000)
        let text =
            "Tag=A,0.0,1.0,1.0,\(one)\n"
            + (0..<60).map { "Tag=T\($0),1.0,1.0,1.0,\(wide)\n" }.joined()
        let folder = try TemporaryFolder()
        let path = try folder.write(text, to: "log.hdr")
        let window = Window(from: .zero, to: .seconds(1))
        await #expect(throws: SummaryError.tooLarge(file: path, tags: 53)) {
            try await Summary(of: [path], in: window)
        }
    }

    @Test("an hour of a load is watched from its middle on with the memory of some seconds")
    func watched() throws {
        // As many counts as those of a load tool have, or more.
        let one = payload(highest: 3_600_000_000_000)
        let folder = try TemporaryFolder()
        let lines = (0..<3_600).map { "Tag=read-rt,\($0).0,1.0,1.0,\(one)\n" }
        let feed = try LoaderFeed(path: try folder.write(lines.joined(), to: "live.log"))
        try feed.advance()
        #expect(feed.last == 3_599)
        #expect(feed.seconds.count <= 16)
        #expect(feed.sofar["read-rt"]?.count == 3_600)
    }

    @Test(
        "times beyond 3,000 years are an error",
        arguments: ["99999999999999999", "1e11", "1e300", "-99999999999999999", "nan", "inf"]
    )
    func times(time: String) async throws {
        let one = payload(highest: 1_000)
        for line in ["\(time),1.0,1.0,\(one)", "1.0,\(time),1.0,\(one)"] {
            let text = (line + "\n") + (line + "\n")
            let found = try await problem(text)
            #expect(found.hasPrefix("log.hdr:1: ") || time == "1e11", "\(found)")
        }
        let head = "#[StartTime: \(time) (seconds since epoch)]\n#[BaseTime: \(time)]\n"
        #expect(try await problem(head + "1.0,1.0,1.0,\(one)\n").contains("1 log"))
    }

    @Test("a compressed part of nothing but zeros is an error, and no gigabyte")
    func bomb() async throws {
        let stream = Deflate.compress([UInt8](repeating: 0, count: 100 << 20), level: 9)
        var bytes: [UInt8] = []
        for value in [UInt32(0x1c84_9314), UInt32(stream.count)] {
            withUnsafeBytes(of: value.bigEndian) { bytes += $0 }
        }
        let text = "1.0,1.0,1.0,\(Base64.encode(bytes + stream))\n"
        #expect(try await problem(text).contains("compressed part is damaged"))
    }

    @Test("a schedule of absurd numbers is no crash")
    func schedule() async throws {
        let head = """
            #\(LoggedSchedule.dueMarker)
            #[Schedule: rate=10000000 part=1 parts=10000 requests=4611686018427387903 \
            end_ns=9223372036854775807]

            """
        let one = payload(highest: 1_000)
        let text = head + "Tag=A-rt,99999999999,99999999999,1.0,\(one)\n"
        #expect(try await problem(text).contains("requests that were due"))
    }

    @Test("control characters of a tag, and of what is no number, do not reach the terminal")
    func control() async throws {
        let bad = "\u{1b}]0;owned\u{7}\u{9b}2J\u{7f}\u{202e}"
        let one = payload(highest: 1_000)
        for text in ["Tag=\(bad),1.0,1.0,1.0,\(one)\n", "\(bad),1.0,1.0,\(one)\n"] {
            let found = try await problem(text)
            #expect(found.contains(#"\u{1b}]0;owned\u{7}\u{9b}2J\u{7f}\u{202e}"#))
            let raw = found.unicodeScalars.filter {
                $0 != "\n" && ($0.properties.generalCategory == .control || $0 == "\u{202e}")
            }
            #expect(raw.isEmpty)
        }
    }
}
