internal import Engine
private import Glibc
internal import Posix

/// Connections: made, written, read, lost, and made again.
extension LoadLoop {
    /// Opens connections to the servers that have none yet.
    func openEndpoints() throws(LoadError) {
        guard endpoints.count < workload.endpoints.count else { return }
        // Servers that join later get as many connections as those of the start.
        let first = endpoints.isEmpty ? workload.endpoints.count : max(1, initialEndpoints)
        while endpoints.count < workload.endpoints.count {
            let endpoint = endpoints.count
            let slot = endpoint % first
            let count = max(1, (plan.ownConnections - slot + first - 1) / first)
            endpoints.append(Endpoint())
            for _ in 0..<count {
                let connection = Connection<W.Parser>(
                    index: connections.count,
                    endpoint: endpoint,
                    largestRequest: workload.largestRequest
                )
                connections.append(connection)
                endpoints[endpoint].connections.append(connection.index)
                reconnects.reserve(connections.count)
                try open(connection)
            }
        }
        if initialEndpoints == 0 { initialEndpoints = first }
    }

    /// Begins to connect, for 5 s at most; if that fails at once, tries again later.
    func open(_ connection: Connection<W.Parser>) throws(LoadError) {
        do {
            try connection.connect(to: workload.endpoints[connection.endpoint])
        } catch .system(let error) where error.code == EMFILE || error.code == ENFILE {
            throw .system(
                SystemError("opening connection \(connection.index + 1)", code: error.code)
            )
        } catch {
            lose(connection)
            return
        }
        do {
            try poller.add(connection.descriptor, tag: connection.index, writing: true)
        } catch {
            throw .system(error)
        }
        reconnects.set(Int32(connection.index), at: SystemClock.now + 5_000_000_000)
    }

    /// Finishes connecting, or goes on with output that the socket had no room for.
    func becameWritable(_ connection: Connection<W.Parser>) throws(LoadError) {
        if connection.state == .connecting {
            guard connection.connectResult() == 0 else { return lose(connection) }
            if workload.greeting.isEmpty {
                opened(connection)
            } else {
                connection.state = .greeting
                connection.put(workload.greeting)
            }
        }
        guard connection.isConnected else { return }
        try flush(connection)
    }

    /// Takes requests from now on.
    private func opened(_ connection: Connection<W.Parser>) {
        connection.state = .open
        connection.failures = 0
        reconnects.cancel(Int32(connection.index))
    }

    /// Deals with the reply to the greeting; returns whether the connection is of use.
    private func take(greetingReply reply: Reply, _ connection: Connection<W.Parser>) -> Bool {
        let text = reply == .failed ? connection.parser.text : []
        guard workload.accepts(reply, text) else {
            live.refusals.note(connection.parser.text)
            refusedGreeting =
                refusedGreeting ?? (workload.endpoints[connection.endpoint], text)
            lose(connection)
            return false
        }
        opened(connection)
        if !connection.waiting.isEmpty { markDirty(connection) }
        return true
    }

    /// Sends what waits on the connections that were marked.
    func flushDirty() throws(LoadError) {
        var index = 0
        while index < dirty.count {
            let connection = connections[dirty[index]]
            connection.isDirty = false
            // A full socket says when it has room again; to ask it at each request costs a call each.
            if connection.state == .open, !connection.isWatchedForOutput { try flush(connection) }
            index += 1
        }
        dirty.removeAll(keepingCapacity: true)
    }

    private func flush(_ connection: Connection<W.Parser>) throws(LoadError) {
        while true {
            if !connection.hasUnsentOutput, connection.state == .open { fill(connection) }
            guard connection.hasUnsentOutput else { break }
            switch connection.send() {
            case .all: continue
            case .broken: return lose(connection)
            case .socketIsFull:
                return try watch(connection, forOutput: true)
            }
        }
        try watch(connection, forOutput: false)
    }

    private func watch(_ connection: Connection<W.Parser>, forOutput: Bool) throws(LoadError) {
        guard connection.isWatchedForOutput != forOutput else { return }
        connection.isWatchedForOutput = forOutput
        do {
            try poller.change(connection.descriptor, tag: connection.index, writing: forOutput)
        } catch {
            throw .system(error)
        }
    }

    /// Encodes waiting requests into the connection's output, as many as there is room for.
    private func fill(_ connection: Connection<W.Parser>) {
        let now = SystemClock.now
        while !connection.waiting.isEmpty, connection.room.count >= workload.largestRequest {
            let id = connection.waiting.removeFirst(pool)
            if pool[id].state == .abandoned {
                freeAbandoned(id)
                continue
            }
            let isAsking = pool[id].isAsking
            let count = workload.encode(
                pool[id].request,
                asking: isAsking,
                into: connection.room.start
            )
            connection.put(count)
            if pool[id].sent == 0 {
                pool[id].sent = now
                live.counts.sent += 1
            }
            pool[id].state = .sent
            pool[id].repliesToSkip = isAsking ? 1 : 0
            pool[id].isAsking = false
            connection.sent.append(id, pool)
        }
    }

    /// Reads once and deals with each reply that is whole; returns when it had read.
    func read(_ connection: Connection<W.Parser>) -> Int64 {
        let count = connection.receive(into: buffer)
        let now = SystemClock.now
        guard let count else {
            lose(connection)
            return now
        }
        let bytes = UnsafeBufferPointer(rebasing: UnsafeBufferPointer(buffer)[..<count])
        var position = 0
        do throws(ReplySyntaxError) {
            while let reply = try connection.parser.next(bytes, &position) {
                if connection.state == .greeting {
                    guard take(greetingReply: reply, connection) else { return now }
                    continue
                }
                guard !connection.sent.isEmpty else { throw ReplySyntaxError() }
                take(reply, connection, now)
            }
        } catch {
            live.counts.senseless += 1
            lose(connection)
        }
        return now
    }

    /// Gives a connection up: what was sent on it has failed, and what waits goes elsewhere.
    func lose(_ connection: Connection<W.Parser>) {
        let now = SystemClock.now
        connection.close()
        connection.failures += 1
        live.counts.brokenConnections += 1
        while !connection.sent.isEmpty {
            let id = connection.sent.removeFirst(pool)
            if pool[id].state == .abandoned {
                freeAbandoned(id)
            } else {
                finish(id, now, .lost)
                pool.free(id)
            }
        }
        workload.lostConnection(to: connection.endpoint)
        // 10 ms, 20 ms, … 640 ms: quick after a restart, and no storm at a server that is down.
        let delay = Int64(10_000_000) << Int64(min(connection.failures - 1, 6))
        reconnects.cancel(Int32(connection.index))
        reconnects.set(Int32(connection.index), at: now + delay)
        routeWaiting(of: connection)
    }

    /// Lets the requests that wait on a connection wait where they would go now.
    func routeWaiting(of connection: Connection<W.Parser>) {
        var waiting = connection.waiting
        connection.waiting = RequestQueue()
        while !waiting.isEmpty {
            let id = waiting.removeFirst(pool)
            if pool[id].state == .abandoned {
                freeAbandoned(id)
            } else {
                enqueue(id, on: workload.endpoint(of: pool[id].request))
            }
        }
    }

    /// Follows a change of who serves what.
    func takeOverRoutes() throws(LoadError) {
        try openEndpoints()
        for connection in connections where connection.state != .open {
            routeWaiting(of: connection)
        }
    }
}
