/// When each request is due: evenly spaced from the start, for any number of requests.
///
/// A pure value: it reads no clock, so that a whole timeline can be compared in a test.
package struct Throttle: Sendable, Hashable {
    /// 285 years in nanoseconds, as good as for ever, and a clock may be added to it.
    @usableFromInline static let forever: Int64 = 9_000_000_000_000_000_000

    /// The rate of all requests together.
    package let rate: Rate

    /// Makes the schedule of `rate`.
    package init(_ rate: Rate) {
        self.rate = rate
    }

    /// Returns how long after the start request `index` (from 0) is due, rounded down to 1 ns.
    ///
    /// At most 9·10⁹ s.
    package func intendedStart(of index: Int) -> Duration {
        .nanoseconds(intendedNanoseconds(of: index))
    }

    /// Returns the number of requests that are due before `duration` has passed.
    package func count(in duration: Duration) -> Int {
        count(inNanoseconds: duration.wholeNanoseconds)
    }

    /// The same as ``count(in:)`` for a count of nanoseconds.
    package func count(inNanoseconds length: Int64) -> Int {
        let nanoseconds = UInt64(max(0, length))
        let (high, low) = nanoseconds.multipliedFullWidth(by: rate.numerator)
        let divisor = 1_000_000_000 * rate.denominator
        let (quotient, remainder) = divisor.dividingFullWidth((high, low))
        return Int(quotient) + (remainder == 0 ? 0 : 1)
    }

    /// The same as ``intendedStart(of:)`` as a count of nanoseconds, for the hot path.
    @inlinable @inline(__always)
    package func intendedNanoseconds(of index: Int) -> Int64 {
        let product = UInt64(index).multipliedFullWidth(by: 1_000_000_000 * rate.denominator)
        guard product.high < rate.numerator else { return Self.forever }
        let quotient = rate.numerator.dividingFullWidth(product).quotient
        return min(Self.forever, Int64(clamping: quotient))
    }
}
