private import CLinux
private import Glibc
internal import Synchronization

/// Where a loop leaves its full intervals and finds empty ones; neither side ever waits for it.
final class Mailbox: Sendable {
    private struct Content {
        var full: [LoadInterval] = []
        var empty: [LoadInterval] = []
    }

    private let content = Mutex(Content())
    private let bell: Int32

    /// Makes a mailbox with one empty interval.
    ///
    /// - Parameters:
    ///   - bell: An eventfd that is written when an interval is left.
    ///   - operations: How many kinds of request there are.
    init(bell: Int32, operations: Int) {
        self.bell = bell
        content.withLock { $0.empty.append(LoadInterval(operations: operations)) }
    }

    /// Gives `interval` away for an empty one; `nil` if none is there yet, and nothing was given.
    func exchange(_ interval: LoadInterval) -> LoadInterval? {
        let empty = content.withLock { content -> LoadInterval? in
            guard let empty = content.empty.popLast() else { return nil }
            content.full.append(interval)
            return empty
        }
        if empty != nil { ring() }
        return empty
    }

    /// Gives the last interval away.
    func finish(_ interval: LoadInterval) {
        content.withLock { $0.full.append(interval) }
        ring()
    }

    /// Returns the oldest full interval, if there is one.
    func take() -> LoadInterval? {
        content.withLock { $0.full.isEmpty ? nil : $0.full.removeFirst() }
    }

    /// Brings an interval back, empty.
    func giveBack(_ interval: LoadInterval) {
        interval.reset()
        content.withLock { $0.empty.append(interval) }
    }

    private func ring() {
        var one: UInt64 = 1
        // A full counter means that the bell has been rung.
        _ = write(bell, &one, 8)
    }
}
