internal import Histogram

/// What one loop saw in about one second of the clock, whenever the requests had been due.
///
/// It is for the progress line and the totals; the log has ``DueInterval``s. Intervals of the clock
/// may be longer than a second if the reporter is behind.
///
/// `@unchecked Sendable`: it has one owner at a time. A loop fills it and gives it away through a
/// ``Mailbox``, whose mutex orders the two threads' accesses, and touches it no more.
final class LiveSecond: @unchecked Sendable {
    /// The latencies of what was settled in it, coarsely: response times, or service times of a
    /// closed loop.
    private(set) var latencies = LiveSecond.histogram()
    var counts = LoadCounts()
    /// When it begins and ends, in nanoseconds since the start of the schedule.
    var start: Int64 = 0
    var end: Int64 = 0
    /// Requests that were due by the end and not dealt with.
    var outstanding = 0
    /// How long after it was due the latest request was taken up, in nanoseconds.
    var latest: Int64 = 0
    /// Whether a loop needed a whole core and is no longer favoured by the system.
    var gaveUpPriority = false
    var refusals = Refusals()
    /// The most requests of the loop that were under way at once; added up over the loops.
    var mostOutstanding = 0
    /// Requests of the loop that were due when it ended; 0 before its end.
    var due = 0
    /// The share of a core that the loop took over the load, 0 to 1; 0 before its end.
    var loopShare = 0.0
    /// Whether the loop ends with it.
    var isLast = false

    /// Two digits suffice for the eye, and stay in the processor's cache.
    private static func histogram() -> Histogram {
        do {
            return try Histogram(
                highestTrackable: 60_000_000_000,
                significantDigits: 2,
                resizes: true
            )
        } catch {
            preconditionFailure("a valid range: \(error)")
        }
    }

    /// Counts one request that was settled.
    @inline(__always)
    func record(_ latency: Int64) {
        do {
            try latencies.record(latency)
        } catch {
            preconditionFailure("a resizing histogram takes any value: \(error)")
        }
        counts.finished += 1
    }

    /// Adds what another loop saw in the same second.
    func addLoop(_ other: LiveSecond) {
        let most = mostOutstanding + other.mostOutstanding
        add(other)
        mostOutstanding = most
        do {
            try latencies.add(other.latencies)
        } catch {
            preconditionFailure("a resizing histogram takes any value: \(error)")
        }
    }

    /// Adds what was seen in another second, except for the latencies.
    func add(_ other: LiveSecond) {
        counts += other.counts
        start = min(start, other.start)
        end = max(end, other.end)
        outstanding += other.outstanding
        latest = max(latest, other.latest)
        mostOutstanding = max(mostOutstanding, other.mostOutstanding)
        due += other.due
        loopShare = max(loopShare, other.loopShare)
        gaveUpPriority = gaveUpPriority || other.gaveUpPriority
        refusals.add(other.refusals)
    }

    /// Forgets everything, to be filled again.
    func reset() {
        latencies.reset()
        counts = LoadCounts()
        outstanding = 0
        latest = 0
        mostOutstanding = 0
        due = 0
        loopShare = 0
        gaveUpPriority = false
        refusals.reset()
        isLast = false
    }
}
