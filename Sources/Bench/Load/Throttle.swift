/// When each request is due: evenly spaced from the start, for any number of requests.
///
/// A pure value: it reads no clock, so that a whole timeline can be compared in a test.
package struct Throttle: Sendable, Hashable {
    /// The rate of all requests together.
    package let rate: Rate

    /// Makes the schedule of `rate`.
    package init(_ rate: Rate) {
        self.rate = rate
    }

    /// Returns how long after the start request `index` (from 0) is due, rounded down to 1 ns.
    package func intendedStart(of index: Int) -> Duration {
        .nanoseconds(intendedNanoseconds(of: index))
    }

    /// Returns the number of requests that are due before `duration` has passed.
    package func count(in duration: Duration) -> Int {
        let nanoseconds = UInt64(max(0, duration.wholeNanoseconds))
        let (high, low) = nanoseconds.multipliedFullWidth(by: rate.numerator)
        let divisor = 1_000_000_000 * rate.denominator
        let (quotient, remainder) = divisor.dividingFullWidth((high, low))
        return Int(quotient) + (remainder == 0 ? 0 : 1)
    }

    /// The same as ``intendedStart(of:)`` as a count of nanoseconds, for the hot path.
    @inline(__always)
    func intendedNanoseconds(of index: Int) -> Int64 {
        let product = UInt64(index).multipliedFullWidth(by: 1_000_000_000 * rate.denominator)
        return Int64(rate.numerator.dividingFullWidth(product).quotient)
    }
}

/// The bound on how fast late requests are sent, so that a stall is not followed by a burst.
///
/// A request is late if the loader itself was held up, by the scheduler or by a full turn of work.
/// No window of 1 ms (10 requests at rates below 10,000/s) holds more than 1.3 of the rate, and
/// within it late requests go out at twice the rate at most, give or take two that were missed in
/// a sleep. None is skipped, and its response time still counts from when it was due.
package struct CatchUp: Sendable, Hashable {
    /// Nanoseconds within which ``recent`` bounds the number of requests.
    private let window: Int64
    /// When the last requests were sent, as many as a window may hold; a ring.
    private var recent: [Int64]
    /// The oldest of them.
    private var oldest = 0
    /// Nanoseconds between late requests.
    private let gap: Int64
    /// When the next request would go if all went out evenly at twice the rate.
    private var next: Int64 = .min / 2

    /// Makes the bound for a loop that sends `rate`.
    ///
    /// - Parameters:
    ///   - rate: The rate of all loops together.
    ///   - share: How many loops share the rate evenly; at least 1.
    package init(_ rate: Rate, share: Int = 1) {
        let own = rate.perSecond / Double(share)
        let seconds = max(0.001, 10 / own)
        window = Int64(seconds * 1e9)
        recent = Array(repeating: .min / 2, count: Int(1.3 * own * seconds + 1e-6))
        gap = Int64(0.5e9 / own)
    }

    /// The first time, in nanoseconds, at which another request may be sent.
    @inline(__always)
    package var earliest: Int64 { max(recent[oldest] + window, next - 2 * gap) }

    /// How many of ``recent`` may have left later than noted.
    private var unsettled = 0

    /// Takes note of a request sent at `now`, which is at or after ``earliest``.
    @inline(__always)
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
    @inline(__always)
    package mutating func settle(at now: Int64) {
        var index = oldest
        for _ in 0..<min(unsettled, recent.count) {
            index = index > 0 ? index - 1 : recent.count - 1
            recent[index] = now
        }
        unsettled = 0
    }
}

extension Duration {
    /// The duration in nanoseconds, rounded down; for durations below 292 years.
    var wholeNanoseconds: Int64 {
        let (seconds, attoseconds) = components
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }
}
