private import Synchronization

/// Tells loops on other threads to end early.
package final class StopFlag: Sendable {
    private let flag = Atomic(false)

    /// Makes a flag that is not set.
    package init() {}

    /// Whether the loops are to end.
    package var isSet: Bool { flag.load(ordering: .relaxed) }

    /// Ends the loops.
    package func set() { flag.store(true, ordering: .relaxed) }
}
