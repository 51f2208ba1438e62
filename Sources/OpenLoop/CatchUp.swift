/// The bound on how fast late requests are sent, so that a stall is not followed by a burst.
///
/// A request is late if the loader itself was held up, by the scheduler or by a full turn of work.
/// No window of 1 ms (10 requests at rates below 10,000/s) holds more than 1.3 of the rate, and
/// within it late requests go out at twice the rate at most, give or take two that were missed in
/// a sleep. None is skipped, and its response time still counts from when it was due.
///
/// Parts that are late at once would add up their bursts. Each of several parts is therefore held
/// to as many whole requests as 1.5 of its rate allows in 1 ms, or to two in a longer window: four
/// parts of 10,000/s send at most three each in any 1 ms, and their sum stays below 1.5 of the rate.
package struct CatchUp: Sendable, Hashable {
    /// Nanoseconds within which ``recent`` bounds the number of requests.
    @usableFromInline let window: Int64
    /// When the last requests were sent, as many as a window may hold; a ring.
    @usableFromInline var recent: [Int64]
    /// The oldest of them.
    @usableFromInline var oldest = 0
    /// Nanoseconds between late requests.
    @usableFromInline let gap: Int64
    /// When the next request would go if all went out evenly at twice the rate.
    @usableFromInline var next: Int64 = .min / 2

    /// Makes the bound for a loop that sends `rate`.
    ///
    /// - Parameters:
    ///   - rate: The rate of all parts together.
    ///   - parts: How many processes share the rate evenly; at least 1.
    ///   - loops: How many loops of each do; at least 1.
    package init(_ rate: Rate, parts: Int = 1, loops: Int = 1) {
        let own = rate.perSecond / Double(parts) / Double(loops)
        let most: Int
        let seconds: Double
        if parts == 1 {
            seconds = max(0.001, 10 / own)
            most = Int(1.3 * own * seconds + 1e-6)
        } else {
            most = max(2, Int(1.5 * own * 0.001 + 1e-6))
            seconds = max(0.001, 2 / (1.5 * own))
        }
        // 3·10⁸ s: ten years, which bounds what the slowest of schedules would overflow
        window = Int64(min(seconds, 3e8) * 1e9)
        recent = Array(repeating: .min / 2, count: most)
        gap = Int64(min(0.5 / own, 3e8) * 1e9)
    }

    /// The first time, in nanoseconds, at which another request may be sent.
    @inlinable @inline(__always)
    package var earliest: Int64 { max(recent[oldest] + window, next - 2 * gap) }

    /// How many of ``recent`` may have left later than noted.
    @usableFromInline var unsettled = 0

    /// Takes note of a request sent at `now`, which is at or after ``earliest``.
    @inlinable @inline(__always)
    package mutating func send(at now: Int64) {
        recent[oldest] = now
        unsettled += 1
        oldest = oldest + 1 < recent.count ? oldest + 1 : 0
        next = max(next, now) + gap
    }

    /// Takes note that the requests since the last call have left by `now`, at the latest.
    ///
    /// A loader that is held up between its look at the clock and the system call that sends would
    /// otherwise have the next window overlap with what left late.
    @inlinable @inline(__always)
    package mutating func settle(at now: Int64) {
        var index = oldest
        for _ in 0..<min(unsettled, recent.count) {
            index = index > 0 ? index - 1 : recent.count - 1
            recent[index] = now
        }
        unsettled = 0
    }
}
