import Shell

/// How far a node's clock is from this machine's, as a round trip shows it.
///
/// The node's answer was made at some time between question and answer, so one round trip tells the
/// difference to within half its length, on either side.
struct ClockReading: Sendable, Hashable, Codable {
    /// The node's time less ours, in seconds.
    var offset: Double
    /// The true difference is at most this far from ``offset``, in seconds.
    var uncertainty: Double

    /// Reads one round trip; times are in seconds since 1970-01-01 UTC.
    init(asked: Double, theirs: Double, answered: Double) {
        offset = theirs - (asked + answered) / 2
        uncertainty = (answered - asked) / 2
    }

    /// The one that tells most of several round trips; `nil` of none.
    static func best(of readings: [ClockReading]) -> ClockReading? {
        readings.min { $0.uncertainty < $1.uncertainty }
    }

    /// By how much clocks are apart for certain, in seconds, and which two; 0 if they may agree.
    ///
    /// This machine's own clock does not count: it takes no part in the measurement.
    static func apart(
        _ readings: [String: ClockReading]
    ) -> (seconds: Double, ahead: String, behind: String)? {
        let sorted = readings.sorted { $0.key < $1.key }
        let ahead = sorted.max { $0.value.earliest < $1.value.earliest }
        let behind = sorted.min { $0.value.latest < $1.value.latest }
        guard let ahead, let behind else { return nil }
        return (max(0, ahead.value.earliest - behind.value.latest), ahead.key, behind.key)
    }

    private var earliest: Double { offset - uncertainty }
    private var latest: Double { offset + uncertainty }

    /// Prints the node's time in seconds since 1970.
    static let ask = RemoteCall(["date", "+%s.%N"], timeLimit: .seconds(10)).repeatable
}
