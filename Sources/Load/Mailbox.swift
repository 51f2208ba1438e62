private import Glibc
internal import Histogram
internal import Synchronization

/// Where a loop leaves what it measured and finds what to fill next; neither side ever waits for it.
final class Mailbox: Sendable {
    private struct Content {
        var full: [LiveSecond] = []
        var empty: [LiveSecond] = []
        var settled: [DueInterval] = []
        var emptied: [DueInterval] = []
    }

    private let content = Mutex(Content())
    private let bell: Int32

    /// Makes a mailbox with one empty second.
    ///
    /// `bell` is an eventfd that is written when something is left.
    init(bell: Int32) {
        self.bell = bell
        content.withLock { $0.empty.append(LiveSecond()) }
    }

    /// Gives `interval` away for an empty one; `nil` if none is there yet, and nothing was given.
    func exchange(_ interval: LiveSecond) -> LiveSecond? {
        let empty = content.withLock { content -> LiveSecond? in
            guard let empty = content.empty.popLast() else { return nil }
            content.full.append(interval)
            return empty
        }
        if empty != nil { ring() }
        return empty
    }

    /// Gives the last interval away.
    func finish(_ interval: LiveSecond) {
        content.withLock { $0.full.append(interval) }
        ring()
    }

    /// Returns the oldest full interval, if there is one.
    func take() -> LiveSecond? {
        content.withLock { $0.full.isEmpty ? nil : $0.full.removeFirst() }
    }

    /// Brings an interval back, empty.
    func giveBack(_ interval: LiveSecond) {
        interval.reset()
        content.withLock { $0.empty.append(interval) }
    }

    /// Leaves settled seconds of the schedule, in order, and returns such as may be filled again.
    func leave(_ intervals: some Sequence<DueInterval>) -> [DueInterval] {
        let emptied = content.withLock { content in
            content.settled += intervals
            defer { content.emptied = [] }
            return content.emptied
        }
        ring()
        return emptied
    }

    /// Returns the oldest settled second of the schedule, if there is one.
    func takeSettled() -> DueInterval? {
        content.withLock { $0.settled.isEmpty ? nil : $0.settled.removeFirst() }
    }

    /// Brings a second of the schedule back, to be filled again.
    func giveBack(_ interval: DueInterval) {
        content.withLock { $0.emptied.append(interval) }
    }

    private func ring() {
        var one: UInt64 = 1
        // A full counter means that the bell has been rung.
        _ = write(bell, &one, 8)
    }
}
