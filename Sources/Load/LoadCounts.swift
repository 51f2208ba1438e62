/// What became of a request.
enum Outcome: UInt8, CaseIterable {
    /// The server answered.
    case done
    /// The server answered that there is nothing under the key.
    case missing
    /// The server answered with an error.
    case refused
    /// No reply came within the time limit.
    case timedOut
    /// The connection broke before the reply came.
    case lost
    /// It was never sent, because as many as allowed were under way.
    case overflowed

    /// Whether it counts as failed.
    @inline(__always)
    var isFailure: Bool { rawValue > Self.missing.rawValue }
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
    /// Those of them that were broken here, because the server sent what answers nothing or is no reply.
    var senseless = 0

    /// All failed requests.
    var errors: Int { refused + timedOut + lost + overflowed }

    /// Requests that a server answered, be it with an error.
    var answered: Int { finished - timedOut - lost - overflowed }

    /// Counts an outcome other than ``Outcome/done``.
    mutating func note(_ outcome: Outcome) {
        switch outcome {
        case .done: break
        case .missing: missing += 1
        case .refused: refused += 1
        case .timedOut: timedOut += 1
        case .lost: lost += 1
        case .overflowed: overflowed += 1
        }
    }

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
        a.senseless += b.senseless
    }
}
