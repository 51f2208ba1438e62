import Synchronization

/// Whether a reader must wait because what it has read is taken too slowly; for one reader and one taker.
///
/// The reader asks ``isHeld`` before it reads, and has ``onRelease(_:)`` wake it when it may go on.
package final class Backpressure: Sendable {
    private let state = Mutex<(isHeld: Bool, wake: (@Sendable () -> Void)?)>((false, nil))

    /// Makes one that holds nobody back.
    package init() {}

    /// Whether nothing may be read now.
    package var isHeld: Bool { state.withLock { $0.isHeld } }

    /// Has the reader read nothing more until ``release()``.
    package func hold() { state.withLock { $0.isHeld = true } }

    /// Lets the reader go on, and wakes it if it was held back.
    package func release() {
        let wake = state.withLock { state in
            defer { state.isHeld = false }
            return state.isHeld ? state.wake : nil
        }
        wake?()
    }

    /// Sets what wakes the reader, on the taker's thread.
    package func onRelease(_ wake: @escaping @Sendable () -> Void) {
        state.withLock { $0.wake = wake }
    }
}
