import Synchronization

/// How often the node refused a connection, counted while ssh runs.
final class Refusals: Sendable {
    private let number = Mutex(0)

    /// How often so far.
    var count: Int { number.withLock { $0 } }

    /// Counts one more.
    func add() { number.withLock { $0 += 1 } }
}
