package import Engine

/// One virtual user: a task on its loop, with a number that no other user of the run has or will have.
package struct User: Sendable {
    /// From 1 on, in the order in which users were added.
    package let id: Int
    /// Where it runs.
    package let loop: EventLoop

    /// Nanoseconds on the clock of the user's loop.
    package var now: Int64 { loop.now }

    /// Suspends for so long.
    ///
    /// - Throws: `CancellationError` as soon as the user is removed.
    package func sleep(for duration: Duration) async throws {
        let (seconds, attoseconds) = duration.components
        let nanoseconds = seconds * 1_000_000_000 + attoseconds / 1_000_000_000
        try await loop.sleep(until: loop.now + nanoseconds)
    }
}
