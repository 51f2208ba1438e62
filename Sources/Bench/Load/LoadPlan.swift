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
    /// Requests of all loops together; `nil` if only ``duration`` ends the load.
    package var requests: Int?
    /// `nil` if only ``requests`` ends the load.
    package var duration: Duration?
    /// Connections of all loops together.
    package var connections: Int
    /// How long after it was due a request has failed.
    package var timeout: Duration
    /// Whether to ask the system for real-time priority.
    package var isRealTime = false
    /// Which of the loops this is, from 0, and how many there are.
    package var loop = 0
    package var loops = 1

    /// Requests of all loops together; `Int.max` if only the clock ends a closed loop.
    var total: Int {
        if let requests { return requests }
        guard case .open(let throttle) = pace, let duration else { return .max }
        return throttle.count(in: duration)
    }

    /// The scheduled rate; the highest there is for a closed loop.
    var rate: Rate {
        if case .open(let throttle) = pace { throttle.rate } else { .highest }
    }

    /// Requests of this loop.
    var share: Int {
        total == .max ? .max : (total - loop + loops - 1) / loops
    }

    /// The number over all loops of this loop's `index`-th request.
    @inline(__always)
    func globalIndex(_ index: Int) -> Int { index * loops + loop }

    /// This loop's part of the connections; at least 1.
    var ownConnections: Int { max(1, (connections - loop + loops - 1) / loops) }
}
