/// A place at which one task at a time waits, until it is woken, its time is over or it is cancelled.
///
/// It is used again and again, so that waiting allocates nothing but an alarm.
package final class Gate: @unchecked Sendable {
    // Unchecked: it belongs to its loop's thread.

    private let loop: EventLoop
    private var waiter: UnsafeContinuation<Bool, any Error>?
    private var ticket: AlarmTicket?
    /// Tells one wait from the next, for a cancellation that comes too late.
    private var round: UInt32 = 0

    /// Makes a gate at which nobody waits.
    package init(on loop: EventLoop) { self.loop = loop }

    /// Whether a task waits.
    package var isTaken: Bool { waiter != nil }

    /// Suspends the calling task, which prefers the loop.
    ///
    /// - Parameter deadline: On the loop's clock; `nil` for none.
    /// - Returns: Whether it was woken; `false` if the deadline came first.
    /// - Throws: `CancellationError` as soon as the task is cancelled, and what ``fail(_:)`` was told.
    package func wait(before deadline: Int64? = nil) async throws -> Bool {
        precondition(waiter == nil, "two tasks wait at one gate")
        round &+= 1
        let round = round
        return try await suspend { continuation in
            guard !Task.isCancelled else { return loop.turnAway(continuation) }
            waiter = continuation
            guard let deadline else { return }
            ticket = loop.alarm(at: deadline) { [self] in
                ticket = nil
                take()?.resume(returning: false)
            }
        } onCancel: {
            loop.perform { _ in
                guard self.round == round else { return }
                self.take()?.resume(throwing: CancellationError())
            }
        }
    }

    /// Wakes the task that waits; does nothing if none does.
    package func wake() { take()?.resume(returning: true) }

    /// Ends the wait of the task with an error; does nothing if none waits.
    package func fail(_ error: any Error) { take()?.resume(throwing: error) }

    private func take() -> UnsafeContinuation<Bool, any Error>? {
        if let ticket { loop.cancel(ticket) }
        ticket = nil
        return waiter.take()
    }
}
