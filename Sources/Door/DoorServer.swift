package import Engine

/// A door of a loop: answers short requests of HTTP, one on each connection, beside the loop's own work.
///
/// What somebody sends is bounded in size, in time and in number, so that nobody can keep it, or fill memory,
/// with what is no request. It has no thread and no lock: an answer is made on the loop's thread, at once.
package final class DoorServer: @unchecked Sendable {
    // Unchecked: it belongs to its loop's thread.

    /// How much time, and how many at once.
    package struct Limits: Sendable {
        /// For a request to arrive whole, in nanoseconds, and then for its answer to be taken.
        package var patience: Int64 = 5_000_000_000
        /// So many connections at once; then the oldest must go.
        package var visitors = 32
        /// Between one connection that is taken and the next, in nanoseconds: users run meanwhile.
        package var pause: Int64 = 1_000_000

        /// The limits that fit a person, a Prometheus or two, and `bench control`.
        package init() {}
    }

    /// How much of what nobody asked for is read, so that its sender gets the answer, in bytes.
    private static let mostDrained = 1 << 20

    private let loop: EventLoop
    private let listener: TCPListener
    private let access: DoorAccess
    private let limits: Limits
    private let answer: (DoorRequest) throws -> DoorResponse
    /// Those who are here, the oldest first.
    private var visitors: [TCPConnection] = []

    /// Begins to listen.
    ///
    /// - Parameters:
    ///   - place: Where.
    ///   - token: What whoever asks must know.
    ///   - loop: Which answers.
    ///   - limits: How much time, and how many at once.
    ///   - answer: Called on the loop's thread; what it throws is refused as ``Refusal`` says.
    /// - Throws: ``DoorError/place(_:problem:)`` if the port cannot be had.
    package init(
        at place: DoorPlace,
        token: DoorToken?,
        on loop: EventLoop,
        limits: Limits = Limits(),
        answer: @escaping (DoorRequest) throws -> DoorResponse
    ) throws(DoorError) {
        do {
            listener = try TCPListener(
                address: place.address,
                port: place.port,
                backlog: 64,
                on: loop
            )
        } catch {
            throw .place("\(place)", problem: "nothing can listen there: \(error.problem)")
        }
        self.loop = loop
        self.limits = limits
        self.answer = answer
        access = DoorAccess(address: place.address, token: token)
        Task(executorPreference: loop) { [self] in await open() }
    }

    /// The port that it listens on.
    package var port: UInt16 { listener.port }

    /// Listens no longer, and lets go of everybody.
    package func close() {
        listener.close()
        for visitor in visitors { visitor.close() }
    }

    private func open() async {
        while listener.isOpen {
            do {
                serve(try await listener.accept())
            } catch {
                // Such as too many open files: it may be better a moment later.
            }
            // Nobody cancels this task.
            try? await loop.sleep(until: loop.now + limits.pause)
        }
    }

    private func serve(_ visitor: TCPConnection) {
        // Whoever has a request asks at once, so that the oldest is the one who does not.
        if visitors.count >= limits.visitors { visitors.removeFirst().close() }
        visitors.append(visitor)
        Task(executorPreference: loop) { [self] in
            do {
                try await talk(visitor)
            } catch {
                // Who does not take the answer, or has gone, gets none.
            }
            visitor.close()
            visitors.removeAll { $0 === visitor }
        }
    }

    private func talk(_ visitor: TCPConnection) async throws {
        let response: DoorResponse
        do {
            response = try answer(try await hear(visitor))
        } catch let refusal as Refusal {
            response = DoorResponse(refusal)
        }
        let deadline = loop.now + limits.patience
        try await visitor.write(response.bytes, before: deadline)
        visitor.endOutput()
        // A connection that ends with something unread takes the answer with it.
        var drained = 0
        while drained < Self.mostDrained {
            let count = try await visitor.read(before: deadline).count
            guard count > 0 else { return }
            drained += count
        }
    }

    private func hear(_ visitor: TCPConnection) async throws -> DoorRequest {
        let deadline = loop.now + limits.patience
        var reader = RequestReader()
        var isChecked = false
        while true {
            let bytes: [UInt8]
            do {
                bytes = try await visitor.read(before: deadline)
            } catch ConnectionError.timedOut {
                throw Refusal(408, "the request did not arrive in time")
            }
            guard !bytes.isEmpty else { throw ConnectionError.closed(visitor.peer) }
            let request = try reader.take(bytes)
            if !isChecked, let head = reader.head {
                try access.check(head)
                isChecked = true
            }
            if let request { return request }
        }
    }
}
