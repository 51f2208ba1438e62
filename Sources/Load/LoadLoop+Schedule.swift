internal import Engine
internal import OpenLoop
internal import Posix

/// Which requests are sent when, and on which connection.
extension LoadLoop {
    /// Takes up each request that is due at `now`, as fast as ``CatchUp`` allows.
    func issueDue(_ now: Int64) {
        switch plan.pace {
        case .open:
            while nextIntended <= now, catchUp.earliest <= now {
                catchUp.send(at: now)
                let lateness = now - nextIntended
                live.latest = max(live.latest, lateness)
                if lateness > 1_000_000 { live.counts.late += 1 }
                issue(intended: nextIntended)
                findNext()
            }
        case .closed:
            guard now >= start else { return }
            while canIssueClosed(now) { issue(intended: now) }
        }
    }

    /// Whether a closed loop has room for one more request.
    func canIssueClosed(_ now: Int64) -> Bool {
        guard case .closed(let pipeline) = plan.pace, issued < share else { return false }
        if let duration = plan.duration, now >= start + duration.wholeNanoseconds { return false }
        return outstanding < pipeline * connections.count
    }

    /// Works out when the next request of this loop is due.
    func findNext() {
        guard case .open(let throttle) = plan.pace, issued < share else {
            nextIntended = .max
            return
        }
        nextIntended = start + throttle.intendedNanoseconds(of: plan.globalIndex(issued))
    }

    /// How many requests of this loop are due by `now`.
    func due(_ now: Int64) -> Int {
        guard case .open(let throttle) = plan.pace else { return issued }
        let part = Turns.share(
            of: throttle.count(inNanoseconds: now - start),
            plan.part,
            of: plan.parts
        )
        return min(share, max(issued, Turns.share(of: part, plan.loop, of: plan.loops)))
    }

    private func issue(intended: Int64) {
        let request = workload.request(plan.globalIndex(issued))
        issued += 1
        outstanding += 1
        let id = pool.make()
        timeouts.reserve(pool.capacity)
        pool[id].request = request
        pool[id].intended = intended
        pool[id].second = seconds.take(intended - start)
        guard outstanding <= mostOutstanding else {
            finish(id, SystemClock.now, .overflowed)
            return pool.free(id)
        }
        live.mostOutstanding = max(live.mostOutstanding, outstanding)
        timeouts.set(id, at: intended + timeout)
        enqueue(id, on: workload.endpoint(of: request))
    }

    /// Puts a request in the queue of the next connection to `endpoint`.
    ///
    /// Connections take turns, whatever is under way on them: a slow one is not spared, as its
    /// users would not be. One that is down is passed over as long as another stands.
    func enqueue(_ id: Int32, on endpoint: Int) {
        let candidates = endpoints[endpoint].connections.count
        var chosen = endpoints[endpoint].last
        for _ in 0..<candidates {
            chosen = chosen + 1 < candidates ? chosen + 1 : 0
            if connections[endpoints[endpoint].connections[chosen]].state == .open { break }
        }
        endpoints[endpoint].last = chosen
        let connection = connections[endpoints[endpoint].connections[chosen]]
        pool[id].state = .waiting
        pool[id].connection = Int32(connection.index)
        connection.waiting.append(id, pool)
        markDirty(connection)
    }

    func markDirty(_ connection: Connection<W.Parser>) {
        guard !connection.isDirty else { return }
        connection.isDirty = true
        dirty.append(connection.index)
    }
}
