package import OpenLoop

/// How many requests one loop sends and when: a pure value.
package struct LoadPlan: Sendable, Hashable {
    /// What decides when a request is sent.
    package enum Pace: Sendable, Hashable {
        /// A schedule, whatever the replies do.
        case open(Throttle)
        /// The replies: so many requests are under way on each connection.
        case closed(pipeline: Int)
    }

    package var pace: Pace
    /// Requests of all parts together; `nil` if only ``duration`` ends the load.
    package var requests: Int?
    /// `nil` if only ``requests`` ends the load.
    package var duration: Duration?
    /// Connections of all loops of this part.
    package var connections: Int
    /// How long after it was due a request has failed.
    package var timeout: Duration
    /// Whether to ask the system for real-time priority, and to keep its processors awake.
    package var isRealTime = false
    /// So many requests of all loops of this part may be under way; further ones fail unsent.
    package var maxOutstanding = 1_000_000
    /// Whether the first request that fails ends the load.
    package var stopsOnFailure = false
    /// Which part of the schedule is played here, from 0, and in how many parts it is played.
    package var part = 0
    package var parts = 1
    /// Which of the part's loops this is, from 0, and how many there are.
    package var loop = 0
    package var loops = 1

    /// Requests of all parts together; `Int.max` if only the clock ends a closed loop.
    var total: Int {
        if let requests { return requests }
        guard case .open(let throttle) = pace, let duration else { return .max }
        return throttle.count(in: duration)
    }

    /// When the schedule of all parts ends, in nanoseconds since its start; `nil` for a closed loop.
    ///
    /// A schedule of so many requests ends when the next would be due.
    var end: Int64? {
        guard case .open(let throttle) = pace else { return nil }
        return duration?.wholeNanoseconds ?? throttle.intendedNanoseconds(of: total)
    }

    /// When the first request of this part is due, in nanoseconds since the start of the schedule.
    var firstDue: Int64? {
        guard case .open(let throttle) = pace, part < total else { return nil }
        return throttle.intendedNanoseconds(of: part)
    }

    /// The scheduled rate of all parts; the highest there is for a closed loop.
    var rate: Rate {
        if case .open(let throttle) = pace { throttle.rate } else { .highest }
    }

    /// Requests of this part.
    var partShare: Int { Turns.share(of: total, part, of: parts) }

    /// Requests of this loop.
    var share: Int { Turns.share(of: partShare, loop, of: loops) }

    /// The number over all parts of this loop's `index`-th request.
    @inline(__always)
    func globalIndex(_ index: Int) -> Int { (index * loops + loop) * parts + part }

    /// How many requests of this loop may be under way; at least 1.
    var ownOutstanding: Int { max(1, Turns.share(of: maxOutstanding, loop, of: loops)) }

    /// This loop's part of the connections; at least 1.
    var ownConnections: Int { max(1, (connections - loop + loops - 1) / loops) }
}
