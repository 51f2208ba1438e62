internal import Engine
internal import Histogram

/// What becomes of requests: replies, redirections, failures and time limits.
extension LoadLoop {
    /// Follows no more redirections of one request than this; a cluster at rest needs one.
    private static var mostRedirects: UInt8 { 5 }

    /// How a write is counted that was answered with nil.
    private static var nothing: [UInt8] { Array("-NIL".utf8) }

    /// Deals with the reply to the first request in the connection's queue.
    func take(_ reply: Reply, _ connection: Connection<W.Parser>, _ now: Int64) {
        let first = connection.sent.first
        if pool[first].repliesToSkip > 0 {
            pool.skipReply(of: first)
            return
        }
        let id = connection.sent.removeFirst(pool)
        guard pool[id].state == .sent else { return freeAbandoned(id) }
        switch reply == .missing ? workload.meaningOfMissing(pool[id].request) : reply {
        case .done:
            finish(id, now, .done)
        case .missing:
            finish(id, now, .missing)
        case .failed:
            live.refusals.note(reply == .missing ? Self.nothing : connection.parser.text)
            finish(id, now, .refused)
        case .moved, .ask:
            if redirect(id, connection, asking: reply == .ask) { return }
            live.refusals.note(connection.parser.text)
            finish(id, now, .refused)
        }
        pool.free(id)
    }

    /// Sends the request on to the server that the reply names; returns false if it cannot.
    private func redirect(
        _ id: Int32,
        _ connection: Connection<W.Parser>,
        asking: Bool
    ) -> Bool {
        guard pool[id].redirects < Self.mostRedirects,
            let target = workload.redirect(connection.parser.text, from: connection.endpoint)
        else { return false }
        do {
            try openEndpoints()
        } catch {
            return false
        }
        pool.noteRedirection(of: id, asking: asking)
        live.counts.redirected += 1
        enqueue(id, on: target)
        return true
    }

    /// Settles a request.
    ///
    /// One that failed counts with at least the time limit, so that no percentile gets better
    /// through failures; one that was never sent has its whole wait as service time too.
    func finish(_ id: Int32, _ now: Int64, _ outcome: Outcome) {
        timeouts.cancel(id)
        outstanding -= 1
        let request = pool[id]
        var response = max(0, now - request.intended)
        let service = request.sent == 0 ? response : max(0, now - request.sent)
        let operation = request.request.operation
        if let trace {
            trace.note(
                due: request.intended - start,
                operation,
                response: response,
                service: service,
                outcome
            )
        }
        if outcome != .done { live.counts.note(outcome) }
        if outcome.isFailure {
            response = max(response, timeout)
            if plan.stopsOnFailure { stop.set() }
        }
        live.record(hasSchedule ? response : service)
        let isSettled = seconds.settle(
            request.second,
            operation,
            response: response,
            service: service,
            failed: outcome.isFailure
        )
        if isSettled { handOverSettled() }
    }

    /// Hands over the seconds of the schedule that have ended and are settled.
    func handOverSettled() {
        var settled: [DueInterval] = []
        while let interval = seconds.next() { settled.append(interval) }
        if !settled.isEmpty { seconds.reuse(mailbox.leave(settled)) }
    }

    /// Gives up the requests whose time limit has passed, and connects again where it is time.
    func expire(_ now: Int64) {
        if timeouts.count > 0 {
            timeouts.advance(to: now) { expired.append($0) }
            for id in expired { timedOut(id, now) }
            expired.removeAll(keepingCapacity: true)
            if abandoned > mostOutstanding { giveUpSilent() }
        }
        guard reconnects.count > 0 else { return }
        reconnects.advance(to: now) { expired.append($0) }
        let indices = expired
        expired.removeAll(keepingCapacity: true)
        for index in indices { connectAgain(connections[Int(index)]) }
    }

    private func connectAgain(_ connection: Connection<W.Parser>) {
        // A connection that is still being made has taken too long.
        guard connection.state == .closed else { return lose(connection) }
        do {
            try open(connection)
        } catch {
            // Out of file descriptors: tried again, as any connection that cannot be made.
            lose(connection)
        }
    }

    private func timedOut(_ id: Int32, _ now: Int64) {
        finish(id, now, .timedOut)
        pool[id].state = .abandoned
        abandoned += 1
        // What waits for a dead server must not pile up: the oldest are in front.
        let connection = connections[Int(pool[id].connection)]
        while !connection.waiting.isEmpty, pool[connection.waiting.first].state == .abandoned {
            freeAbandoned(connection.waiting.removeFirst(pool))
        }
    }

    /// Gives the memory of a request back whose reply does not count any more.
    func freeAbandoned(_ id: Int32) {
        abandoned -= 1
        pool.free(id)
    }

    /// Breaks the connections that owe replies since longer than the time limit.
    ///
    /// Each reply that is awaited in vain takes memory, so that a server which reads and never
    /// answers would take ever more.
    private func giveUpSilent() {
        for connection in connections where !connection.sent.isEmpty {
            if pool[connection.sent.first].state == .abandoned { lose(connection) }
        }
    }
}
