private import Glibc

/// A span of time by the calendar.
public struct DatedSpan: Sendable, Hashable, CustomStringConvertible {
    /// Where it starts, since 1970-01-01T00:00:00Z.
    public let start: Duration
    /// Where it ends.
    public let end: Duration

    /// Makes the span of a log that starts at a time since 1970.
    ///
    /// `nil` for a time in 1970: tools that know no date count from 0.
    init?(_ span: Span, after startTime: Duration) {
        guard startTime >= .seconds(365 * 24 * 3_600) else { return nil }
        start = startTime + span.start
        end = startTime + span.end
    }

    /// `2026-11-21T01:21:26.000Z to 2026-11-21T01:21:36.000Z`.
    public var description: String { "\(start.dateAndTime) to \(end.dateAndTime)" }
}

extension Duration {
    /// A time since 1970 as `2026-11-21T01:21:26.127Z`.
    var dateAndTime: String {
        let milliseconds = (self / .milliseconds(1)).rounded(.down)
        let whole = (milliseconds / 1_000).rounded(.down)
        var seconds = time_t(whole)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        var text = [CChar](repeating: 0, count: 32)
        let length = strftime(&text, text.count, "%Y-%m-%dT%H:%M:%S", &parts)
        let date = String(decoding: text.prefix(length).map(UInt8.init(bitPattern:)), as: UTF8.self)
        let rest = String(Int(milliseconds - 1_000 * whole))
        return "\(date).\(String(repeating: "0", count: 3 - rest.count))\(rest)Z"
    }
}
