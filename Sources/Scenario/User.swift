package import Engine

/// One virtual user: a task on its loop, with a number that no other user of the run has or will have.
public struct User: Sendable {
    /// From 1 on, in the order in which users were added.
    public let id: Int
    /// The users of its loop.
    package let crowd: Crowd

    package init(id: Int, crowd: Crowd) {
        self.id = id
        self.crowd = crowd
    }

    /// Where it runs.
    package var loop: EventLoop { crowd.loop }

    /// Nanoseconds on the clock of the user's loop; only differences mean anything.
    public var now: Int64 { loop.now }

    /// Whether it has not come to its end.
    public var isHere: Bool { crowd.has(id) }

    /// Suspends for so long.
    ///
    /// - Throws: `CancellationError` as soon as the user is removed.
    public func sleep(for duration: Duration) async throws {
        try await loop.sleep(until: loop.now + duration.nanoseconds)
    }

    // MARK: Messages

    /// Leaves a message for the user; from users, throttles and coordinators of its loop.
    ///
    /// - Returns: Whether it is here to be read: not if the user has ended, or does not read the 10,000 it has.
    @discardableResult
    public func send(_ message: any Sendable) -> Bool { crowd.send(message, to: id) }

    /// Suspends until there is a message, and takes the oldest.
    ///
    /// - Parameters:
    ///   - type: What the message must be.
    ///   - limit: How long it may take; `nil` for ever.
    /// - Returns: The message.
    /// - Throws: `CancellationError` as soon as the user is removed; ``MessageError``.
    public func receive<Message>(
        _ type: Message.Type = Message.self,
        within limit: Duration? = nil
    ) async throws -> Message {
        let message = try await crowd.receive(id, within: limit)
        guard let expected = message as? Message else {
            throw MessageError.other("\(Swift.type(of: message))", expected: "\(type)")
        }
        return expected
    }

    // MARK: Measures

    /// Measures how long a piece of work takes, under a name of the scenario's.
    ///
    /// It stands in the log in the second in which it was due, else in that in which it began, also if it throws:
    /// then it counts among the errors as well.
    ///
    /// - Parameters:
    ///   - name: Letters, digits, `-`, `_`, `.` and `/`; one for all users, not one for each.
    ///   - due: When it was due, as ``Throttle/wait(within:)`` says; then the time from there to its end counts as
    ///     response time (`NAME-rt`) beside the service time from its beginning (`NAME-st`).
    ///   - body: The work.
    /// - Returns: What the work returns.
    /// - Throws: What the work throws; ``MeasureError``.
    public func measure<Result>(
        _ name: String,
        due: Int64? = nil,
        _ body: () async throws -> Result
    ) async throws -> Result {
        guard let measures = crowd.telemetry?.measures else { return try await body() }
        let span = try measures.begin(name, due: due, now: now)
        do {
            let result = try await body()
            measures.end(span, .done, now: now)
            return result
        } catch {
            let isCut = error is CancellationError && Task.isCancelled
            measures.end(span, isCut ? .cut : .failed, now: now)
            throw error
        }
    }

    /// Begins to measure something that ends elsewhere, such as at another user.
    ///
    /// - Parameters:
    ///   - name: As for ``measure(_:due:_:)``.
    ///   - due: When it was due, as ``Throttle/wait(within:)`` says.
    /// - Returns: What ends it; if that is let go before, it counts as cut off.
    /// - Throws: ``MeasureError``.
    public func begin(_ name: String, due: Int64? = nil) throws -> Measurement {
        let measures = crowd.telemetry?.measures
        return Measurement(try measures?.begin(name, due: due, now: now), measures, loop)
    }
}

/// Something that is measured, and has not ended.
public final class Measurement: @unchecked Sendable {
    // Unchecked: it belongs to its loop's thread.

    private var span: Measures.Span?
    private let measures: Measures?
    private let loop: EventLoop

    init(_ span: Measures.Span?, _ measures: Measures?, _ loop: EventLoop) {
        self.span = span
        self.measures = measures
        self.loop = loop
    }

    deinit { settle(.cut) }

    /// It is done; does nothing the second time.
    public func end() { settle(.done) }

    /// It has failed; does nothing the second time.
    public func fail() { settle(.failed) }

    private func settle(_ ending: Measures.Ending) {
        guard let span = span.take() else { return }
        measures?.end(span, ending, now: loop.now)
    }
}
