private import Glibc

/// Makes the text of an HdrHistogram interval log, format version 1.3, as Java's `HistogramLogWriter`.
///
/// It makes lines and opens no file, so that the caller decides where they go and when.
public struct IntervalLogWriter: Sendable {
    private let startTime: Duration
    private let baseTime: Duration?
    private let comments: [String]

    /// Makes a writer.
    ///
    /// - Parameters:
    ///   - startTime: When the log starts, since 1970-01-01T00:00:00Z.
    ///   - baseTime: What the time stamps of the lines count from, since 1970; `nil` writes none,
    ///     and a reader then takes small time stamps as counted from `startTime`.
    ///   - comments: Lines that stand before all others, each without its `#`.
    public init(startTime: Duration, baseTime: Duration? = nil, comments: [String] = []) {
        self.startTime = startTime
        self.baseTime = baseTime
        self.comments = comments
    }

    /// Returns the lines at the head of the log, each ending in a line feed.
    public func header() -> String {
        var lines = comments.flatMap { $0.split(separator: "\n", omittingEmptySubsequences: false) }
            .map { "#\($0)" }
        lines.append("#[Histogram log format version 1.3]")
        lines.append(
            "#[StartTime: \(startTime.threeDecimals) (seconds since epoch), \(startTime.date)]"
        )
        if let baseTime {
            lines.append("#[BaseTime: \(baseTime.threeDecimals) (seconds since epoch)]")
        }
        lines.append(
            #""StartTimestamp","Interval_Length","Interval_Max","Interval_Compressed_Histogram""#
        )
        return lines.joined(separator: "\n") + "\n"
    }

    /// Returns the line of one interval, ending in a line feed.
    ///
    /// - Parameters:
    ///   - tag: Which of several series of one log it belongs to, or `nil`; without comma, space
    ///     and line break.
    ///   - start: When the interval starts, counted from the base time (or the start time).
    ///   - length: How long it lasts.
    ///   - histogram: What was recorded in it; the maximum is written divided by 1,000,000, that
    ///     is in ms for values in ns.
    /// - Returns: The line, as `Tag=READ-rt,0.127,1.007,2.769,HISTFAA…`.
    public func line(
        tag: String? = nil,
        start: Duration,
        length: Duration,
        histogram: Histogram
    ) -> String {
        let prefix = tag.map { tag in
            precondition(
                !tag.contains { ", \r\n".contains($0) },
                "a tag has no comma, space or line break"
            )
            return "Tag=\(tag),"
        }
        let numbers = [
            start.threeDecimals, length.threeDecimals, millionths(of: histogram.max),
        ]
        let payload = Base64.encode(histogram.compressed())
        return (prefix ?? "") + numbers.joined(separator: ",") + ",\(payload)\n"
    }

    /// Returns `value` / 1,000,000 with three decimals, rounded half up.
    private func millionths(of value: Int64) -> String {
        let thousandths = value / 1_000 + (value % 1_000 >= 500 ? 1 : 0)
        return decimals(thousandths)
    }
}

extension Duration {
    /// Seconds with three decimals, rounded half up (away from zero) as Java's `%.3f`.
    fileprivate var threeDecimals: String {
        let milliseconds = components.seconds * 1_000
        let attoseconds = components.attoseconds
        let half: Int64 = 500_000_000_000_000
        let rounded = (attoseconds + (attoseconds < 0 ? -half : half)) / (2 * half)
        return decimals(milliseconds + rounded)
    }

    /// The date as Java's `Date.toString` writes it in UTC: `Sat Nov 21 01:21:26 UTC 2026`.
    fileprivate var date: String {
        var seconds = time_t(components.seconds)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var text = [CChar](repeating: 0, count: 64)
        let length = strftime(&text, text.count, "%a %b %d %H:%M:%S UTC %Y", &parts)
        return String(decoding: text.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}

/// Returns `thousandths` / 1000 with three decimals.
private func decimals(_ thousandths: Int64) -> String {
    let (whole, rest) = thousandths.magnitude.quotientAndRemainder(dividingBy: 1_000)
    let digits = String(rest)
    let zeros = String(repeating: "0", count: 3 - digits.count)
    return "\(thousandths < 0 ? "-" : "")\(whole).\(zeros)\(digits)"
}
