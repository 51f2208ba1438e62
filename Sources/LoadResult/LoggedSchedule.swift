package import OpenLoop

/// The schedule as the head of a log tells it, so that a reader knows what must be in each interval.
package struct LoggedSchedule: Sendable, Hashable {
    /// The comment of a log whose intervals hold the requests that were due in them.
    package static let dueMarker =
        "[Intervals hold the requests that were due in them, whatever became of them]"
    /// The comment of a log whose intervals hold the requests that were sent in them.
    package static let sentMarker = "[Intervals hold the requests that were sent in them]"
    private static let prefix = "[Schedule: "

    package let rate: Rate
    /// From 0.
    package let part: Int
    package let parts: Int
    /// Requests of all parts.
    package let requests: Int
    /// When it ends, in nanoseconds since its start.
    package let end: Int64

    /// Reads the comment, without its `#`; `nil` if it is another, or makes no sense.
    package init?(comment: String) {
        guard comment.hasPrefix(Self.prefix), comment.hasSuffix("]") else { return nil }
        var values: [Substring: Substring] = [:]
        for word in comment.dropFirst(Self.prefix.count).dropLast().split(separator: " ") {
            let halves = word.split(separator: "=", maxSplits: 1)
            guard halves.count == 2 else { return nil }
            values[halves[0]] = halves[1]
        }
        guard let rate = values["rate"].flatMap({ Rate(String($0)) }),
            let part = values["part"].flatMap({ Int($0) }),
            let parts = values["parts"].flatMap({ Int($0) }),
            let requests = values["requests"].flatMap({ Int($0) }),
            let end = values["end_ns"].flatMap({ Int64($0) }),
            (1...10_000).contains(parts), (1...parts).contains(part), requests >= 0,
            requests < 1 << 62, end >= 0
        else { return nil }
        self.init(rate: rate, part: part - 1, parts: parts, requests: requests, end: end)
    }

    /// The same for the first part: what all parts have in common.
    package var whole: LoggedSchedule {
        LoggedSchedule(rate: rate, part: 0, parts: parts, requests: requests, end: end)
    }

    /// Makes the schedule of a part, counted from 0; `end` is in nanoseconds since its start.
    package init(rate: Rate, part: Int, parts: Int, requests: Int, end: Int64) {
        self.rate = rate
        self.part = part
        self.parts = parts
        self.requests = requests
        self.end = end
    }

    /// The comment in the head of a log, without its `#`.
    package var comment: String {
        Self.prefix
            + "rate=\(rate) part=\(part + 1) parts=\(parts) requests=\(requests) end_ns=\(end)]"
    }

    /// Returns how many requests of this part are due from `start` on and before `end`, both in
    /// nanoseconds since the start of the schedule.
    package func count(from start: Int64, to end: Int64) -> Int {
        func before(_ time: Int64) -> Int {
            let all = min(requests, Throttle(rate).count(inNanoseconds: time))
            return Turns.share(of: all, part, of: parts)
        }
        return before(end) - before(start)
    }
}
