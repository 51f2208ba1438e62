/// Why a request failed.
enum Failure {
    /// The server answered with an error.
    case reply
    /// No reply came within the time limit.
    case timeout
    /// The connection broke before the reply came.
    case lostConnection
    /// It was never sent, because as many as allowed were under way.
    case overflow
}

/// Counts of what became of requests.
struct LoadCounts: Sendable, Hashable {
    /// Requests that were written to a connection.
    var sent = 0
    /// Requests that are dealt with, failed ones too.
    var finished = 0
    /// Replies that said that there is nothing under the key.
    var missing = 0
    /// Requests that the server answered with an error.
    var refused = 0
    /// Requests without a reply within the time limit.
    var timedOut = 0
    /// Requests whose connection broke before the reply came.
    var lost = 0
    /// Requests that failed unsent, because as many as allowed were under way.
    var overflowed = 0
    /// Requests that the loop took up more than 1 ms after they were due.
    var late = 0
    /// Requests that a server pointed to another one.
    var redirected = 0
    /// Connections that broke or could not be made.
    var brokenConnections = 0

    /// All failed requests.
    var errors: Int { refused + timedOut + lost + overflowed }

    static func += (a: inout LoadCounts, b: LoadCounts) {
        a.sent += b.sent
        a.finished += b.finished
        a.missing += b.missing
        a.refused += b.refused
        a.timedOut += b.timedOut
        a.lost += b.lost
        a.overflowed += b.overflowed
        a.late += b.late
        a.redirected += b.redirected
        a.brokenConnections += b.brokenConnections
    }
}

/// What one loop measured in about one second.
///
/// `@unchecked Sendable`: it has one owner at a time. A loop fills it and gives it away through a
/// ``Mailbox``, whose mutex orders the two threads' accesses, and touches it no more.
final class LoadInterval: @unchecked Sendable {
    /// The latencies of one kind of request, in nanoseconds.
    struct Series {
        /// From the time when the request was due.
        var response: Histogram
        /// From the time when it was sent.
        var service: Histogram
        /// The response times of those that failed; they are in the others too.
        var failed: Histogram
    }

    var series: [Series]
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
    /// How many refusals began with which word, such as `ERR`.
    var refusals: [String: Int] = [:]
    /// The most requests of the loop that were under way at once; added up over the loops.
    var mostOutstanding = 0
    /// Requests of the loop that were due when it ended; 0 before its end.
    var due = 0
    /// The share of a core that the loop took over the load, 0 to 1; 0 before its end.
    var loopShare = 0.0
    /// Whether the loop ends with it.
    var isLast = false

    /// Makes an empty interval for so many kinds of request.
    init(operations: Int) {
        series = (0..<operations).map { _ in
            Series(response: Self.histogram(), service: Self.histogram(), failed: Self.histogram())
        }
    }

    /// Three digits from 1 ns to a minute, and beyond if a value needs it.
    private static func histogram() -> Histogram {
        do {
            return try Histogram(highestTrackable: 60_000_000_000, resizes: true)
        } catch {
            preconditionFailure("a valid range: \(error)")
        }
    }

    /// Records one request.
    @inline(__always)
    func record(_ operation: UInt8, response: Int64, service: Int64, failed: Bool) {
        let index = Int(operation)
        do {
            try series[index].response.record(max(0, response))
            try series[index].service.record(max(0, service))
            if failed { try series[index].failed.record(max(0, response)) }
        } catch {
            preconditionFailure("a resizing histogram takes any value: \(error)")
        }
        counts.finished += 1
    }

    /// Adds what another loop measured in the same second.
    func addLoop(_ other: LoadInterval) {
        let most = mostOutstanding + other.mostOutstanding
        add(other)
        mostOutstanding = most
    }

    /// Adds what was measured in another second.
    func add(_ other: LoadInterval) {
        do {
            for index in series.indices {
                try series[index].response.add(other.series[index].response)
                try series[index].service.add(other.series[index].service)
                try series[index].failed.add(other.series[index].failed)
            }
        } catch {
            preconditionFailure("a resizing histogram takes any value: \(error)")
        }
        counts += other.counts
        start = min(start, other.start)
        end = max(end, other.end)
        outstanding += other.outstanding
        latest = max(latest, other.latest)
        mostOutstanding = max(mostOutstanding, other.mostOutstanding)
        due += other.due
        loopShare = max(loopShare, other.loopShare)
        gaveUpPriority = gaveUpPriority || other.gaveUpPriority
        refusals.merge(other.refusals, uniquingKeysWith: +)
    }

    /// Forgets everything, to be filled again.
    func reset() {
        for index in series.indices {
            series[index].response.reset()
            series[index].service.reset()
            series[index].failed.reset()
        }
        counts = LoadCounts()
        outstanding = 0
        latest = 0
        mostOutstanding = 0
        due = 0
        loopShare = 0
        gaveUpPriority = false
        refusals.removeAll(keepingCapacity: true)
        isLast = false
    }
}
