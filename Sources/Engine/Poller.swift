private import CLinux
private import Glibc
package import Posix

/// What one file descriptor is ready for.
package struct Readiness {
    /// What the descriptor was registered with.
    package let tag: Int
    package let isReadable: Bool
    package let isWritable: Bool
    /// Whether the other side sends no more; only of files that ``Poller/watch(_:tag:)`` watches.
    package let hasHungUp: Bool
}

/// Names a file that is watched; of one that was forgotten it names nothing.
package struct WatchTicket: Sendable, Hashable {
    let slot: Int32
    let generation: UInt32

    init(slot: Int32, generation: UInt32) {
        self.slot = slot
        self.generation = generation & 0x3FFF_FFFF
    }

    /// Reads what ``tag`` wrote.
    init(tag: Int) { self.init(slot: Int32(tag & 0xFFFF_FFFF) - 1, generation: UInt32(tag >> 32)) }

    /// The generation that follows.
    var next: UInt32 { (generation &+ 1) & 0x3FFF_FFFF }

    /// Never 0.
    var tag: Int { Int(generation) << 32 | (Int(slot) + 1) }
}

/// One epoll instance: says which sockets are ready, and sleeps with nanosecond limits until one is.
package struct Poller: ~Copyable {
    /// Few at a time, so that the schedule is looked at between them.
    private static let capacity = 16

    private let descriptor: Int32
    private let events: UnsafeMutablePointer<clinux_event>

    /// Makes an epoll instance.
    ///
    /// - Throws: The `errno` if the process has too many files open.
    package init() throws(SystemError) {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard descriptor >= 0 else { throw SystemError("epoll_create1") }
        events = .allocate(capacity: Self.capacity)
    }

    deinit {
        close(descriptor)
        events.deallocate()
    }

    /// Begins to watch `file` for input, and for room for output if `writing`.
    package func add(_ file: Int32, tag: Int, writing: Bool) throws(SystemError) {
        try control(EPOLL_CTL_ADD, file, tag, writing)
    }

    /// Begins to watch `file`, and tells of each change once: when there is input, or room for output, anew.
    package func watch(_ file: Int32, tag: Int) throws(SystemError) {
        let mask = EPOLLIN.rawValue | EPOLLOUT.rawValue | EPOLLRDHUP.rawValue | EPOLLET.rawValue
        guard
            clinux_epoll_control(descriptor, EPOLL_CTL_ADD, file, mask, UInt64(tag)) == 0
        else { throw SystemError("epoll_ctl") }
    }

    /// Begins or ends to watch `file` for room for output.
    package func change(_ file: Int32, tag: Int, writing: Bool) throws(SystemError) {
        try control(EPOLL_CTL_MOD, file, tag, writing)
    }

    private func control(
        _ operation: Int32,
        _ file: Int32,
        _ tag: Int,
        _ writing: Bool
    ) throws(SystemError) {
        let mask = EPOLLIN.rawValue | (writing ? EPOLLOUT.rawValue : 0)
        guard clinux_epoll_control(descriptor, operation, file, mask, UInt64(tag)) == 0 else {
            throw SystemError("epoll_ctl")
        }
    }

    /// Waits until a file is ready, at most `nanoseconds` (0 returns at once); returns how many are.
    package func wait(nanoseconds: Int64) -> Int {
        max(0, Int(clinux_epoll_wait(descriptor, events, Int32(Self.capacity), nanoseconds)))
    }

    /// Returns the `index`-th of the files that the last ``wait(nanoseconds:)`` found ready.
    package func readiness(_ index: Int) -> Readiness {
        let event = events[index]
        // A broken connection shows up as input, whose read then says why.
        let input = EPOLLIN.rawValue | EPOLLERR.rawValue | EPOLLHUP.rawValue | EPOLLRDHUP.rawValue
        return Readiness(
            tag: Int(event.tag),
            isReadable: event.events & input != 0,
            isWritable: event.events & (EPOLLOUT.rawValue | EPOLLERR.rawValue) != 0,
            hasHungUp: event.events & (EPOLLRDHUP.rawValue | EPOLLHUP.rawValue) != 0
        )
    }
}
