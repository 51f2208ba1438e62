/// When permits of a rate may be given: evenly, never faster than the rate, and exactly as many.
///
/// A pure value on any clock in nanoseconds. Permits lie on a grid without rounding errors, whatever the
/// rate. A time at which nobody asked is lost, if it is more than a millisecond; a permit that was given late,
/// because the loop was held up, is followed by others at most 1.25 times as fast until the grid is reached
/// again.
package struct Pacer: Sendable, Hashable {
    /// How late a permit counts as ready to be made up at once, in nanoseconds.
    private static let slack: Int64 = 200_000
    /// How long nobody may ask before the grid begins anew: users need some time between two permits.
    private static let patience: Int64 = 1_000_000

    /// So many permits in each ``interval``.
    package let permits: UInt64
    /// Nanoseconds.
    package let interval: UInt64

    /// Where the grid begins.
    private var start: Int64
    /// How many permits of the grid were given.
    private var given: UInt64 = 0
    /// The time that the last permit was counted at.
    private var last: Int64
    private let gap: Int64

    /// Makes a pacer whose first permit may be given at `start`.
    ///
    /// - Parameters:
    ///   - permits: At least 1.
    ///   - interval: Nanoseconds, at least 1; below 292 years.
    ///   - start: On the caller's clock.
    package init(_ permits: Int, in interval: Int64, from start: Int64) {
        precondition(permits > 0 && interval > 0)
        self.permits = UInt64(permits)
        self.interval = UInt64(interval)
        self.start = start
        gap = Int64(Double(interval) / Double(permits) * 0.8)
        last = start - gap
    }

    /// When the next permit may be given, on the grid.
    package var due: Int64 {
        let (high, low) = given.multipliedFullWidth(by: interval)
        guard high < permits else { return .max }
        let offset = permits.dividingFullWidth((high, low)).quotient
        let (time, isBeyond) = start.addingReportingOverflow(Int64(clamping: offset))
        return isBeyond ? .max : time
    }

    /// The first time at which ``take(at:)`` gives the next permit, if it is asked then.
    package var earliest: Int64 { max(due, last + gap) }

    /// The time from one permit to the next, rounded up.
    package var spacing: Int64 { Int64((interval + permits - 1) / permits) }

    /// Gives a permit at `now`, or not yet.
    ///
    /// - Parameters:
    ///   - now: On the caller's clock.
    ///   - hasWaited: Whether somebody has waited since it was due, so that it is only late.
    /// - Returns: When it was due; `nil` before that.
    package mutating func take(at now: Int64, hasWaited: Bool) -> Int64? {
        let due = due
        guard due <= now else { return nil }
        guard hasWaited || now - due <= Self.patience else {
            // Nobody asked in time. The grid begins anew with this one.
            start = now
            given = 1
            last = now
            return now
        }
        let time = max(due, last + gap, now - Self.slack)
        guard time <= now else { return nil }
        last = time
        given += 1
        return due
    }
}
