import TestSupport
import Testing

@testable import Histogram

@Suite("Interval log reader", .timeLimit(.minutes(3)))
struct IntervalLogReaderTests {
    static let payload = "HISTFAAAAB542pNpmSzMwMDAyAABzFAawud3crD/ABUBAEK/Aww="

    @Test(
        "takes time stamps as Java does",
        arguments: [
            ("#[StartTime: 1000000000.5 (seconds since epoch), x]", "7.25", 7_250),
            ("#[StartTime: 1000000000.5 (seconds since epoch), x]", "1000000003.5", 3_000),
            ("#[StartTime: 100.5 (s)]\n#[BaseTime: 100 (s)]", "3.5", 3_000),
            ("#[BaseTime: 100 (s)]", "3.5", 0),
            ("# no start", "3.5", 0),
        ]
    )
    func timeStamps(head: String, stamp: String, milliseconds: Int) throws {
        let folder = try TemporaryFolder()
        let text = "\(head)\n\"StartTimestamp\",x\n\n\(stamp),1.5,0.000,\(Self.payload)\r\n"
        let reader = try IntervalLogReader(path: folder.write(text, to: "log.hdr"))
        let interval = try #require(try reader.next())
        #expect(interval.tag == nil)
        // without a start time the first interval is the start, also if a base time moves it
        if head != "#[BaseTime: 100 (s)]" {
            #expect(interval.start == .milliseconds(milliseconds))
        }
        #expect(interval.length == .milliseconds(1_500))
        #expect(try interval.histogram().count == 0)
        #expect(try reader.next() == nil)
    }

    @Test(
        "a line that is no interval is an error with file, line and what it found",
        arguments: [
            ("hello", "start is \"hello\""),
            ("1.0", "start is \"1.0\""),
            ("x,1.0,1.0,\(payload)", "start is \"x\""),
            ("1.0,,1.0,\(payload)", "length is \"\""),
            ("Tag=a,1.0,1.0,y,\(payload)", "maximum is \"y\""),
            ("Tag=a,1.0,1.0,1.0,", "histogram is \"\""),
        ]
    )
    func malformed(line: String, problem: String) throws {
        let folder = try TemporaryFolder()
        let path = try folder.write("#[StartTime: 1 (s)]\n\(line)\n", to: "log.hdr")
        let reader = try IntervalLogReader(path: path)
        let error = #expect(throws: IntervalLogError.self) { _ = try reader.next() }
        #expect(
            error?.description == "\(path):2: \(problem); an HdrHistogram log has "
                + "[Tag=TAG,]START,LENGTH,MAX,HISTOGRAM in each line"
        )
    }

    @Test("a damaged histogram is an error with file and line")
    func damaged() throws {
        let folder = try TemporaryFolder()
        let damaged = Self.payload.replacing("zFAa", with: "zGAa")
        let path = try folder.write("1.0,1.0,0.000,\(damaged)\n", to: "log.hdr")
        let interval = try #require(try IntervalLogReader(path: path).next())
        let error = #expect(throws: IntervalLogError.self) { try interval.histogram() }
        #expect(error?.line == 1)
        #expect("\(try #require(error))".hasPrefix("\(path):1: histogram's"))
    }

    @Test("a log that is cut off anywhere ends before the cut, which is reported")
    func cutOff() throws {
        let folder = try TemporaryFolder()
        let whole = try LogText(seconds: 0..<2).text
        let head = whole.split(separator: "\n", omittingEmptySubsequences: false)[..<3]
            .joined(separator: "\n").utf8.count
        let firstEnd = try LogText(seconds: 0..<1).text.utf8.count
        for length in firstEnd..<whole.utf8.count {
            let text = String(decoding: whole.utf8.prefix(length), as: UTF8.self)
            let reader = try IntervalLogReader(path: folder.write(text, to: "log.hdr"))
            _ = try #require(try reader.next())
            let second = try reader.next()
            // without its line feed alone the interval is whole
            let isWhole = length == whole.utf8.count - 1
            #expect((second != nil) == isWhole || second != nil && reader.cut == nil)
            if second == nil, length > firstEnd { #expect(reader.cut?.reason == .cutShort) }
        }
        #expect(head < firstEnd)
    }

    @Test("a file that cannot be opened is an error with the system's reason")
    func missing() {
        let error = #expect(throws: IntervalLogError.self) {
            try IntervalLogReader(path: "/nonexistent/log.hdr")
        }
        #expect(
            error?.description
                == "/nonexistent/log.hdr: cannot be read: no such file or directory"
        )
    }

    @Test("lines longer than the buffer are read")
    func longLines() throws {
        let folder = try TemporaryFolder()
        let text = "#" + String(repeating: "x", count: 1 << 20) + "\n" + (try LogText().text)
        let reader = try IntervalLogReader(path: folder.write(text, to: "log.hdr"))
        var count = 0
        while try reader.next() != nil { count += 1 }
        #expect(count == 10)
    }
}
