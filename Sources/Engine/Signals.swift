private import CLinux
private import Glibc
package import Posix
private import Synchronization

/// The reporter's ears: the bell of the loops, and the signals that end a load early.
package final class Signals {
    /// The signal that came last, or 0; here because a signal handler sees globals only.
    private static let caught = Atomic<Int32>(0)
    /// The bell that a signal rings too.
    private static let bellToRing = Atomic<Int32>(-1)

    /// An eventfd; written by loops that have left an interval.
    package let bell: Int32

    /// Takes SIGINT and SIGTERM over, whatever thread they come to; one such object at a time.
    ///
    /// - Throws: The `errno` if the process has too many files open.
    package init() throws(SystemError) {
        bell = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        guard bell >= 0 else { throw SystemError("eventfd") }
        Self.caught.store(0, ordering: .relaxed)
        Self.bellToRing.store(bell, ordering: .relaxed)
        // A reader of the progress lines that goes away must not end the load.
        signal(SIGPIPE, SIG_IGN)
        var unblocked = sigset_t()
        sigemptyset(&unblocked)
        for number in [SIGINT, SIGTERM] {
            sigaddset(&unblocked, number)
            signal(number) { number in
                Signals.caught.store(number, ordering: .relaxed)
                var one: UInt64 = 1
                _ = write(Signals.bellToRing.load(ordering: .relaxed), &one, 8)
            }
        }
        // A parent that starts children from a worker thread may leave them blocked.
        pthread_sigmask(SIG_UNBLOCK, &unblocked, nil)
    }

    deinit {
        for number in [SIGINT, SIGTERM] { signal(number, SIG_DFL) }
        close(bell)
    }

    /// Waits for either, at most a second; returns the number of a signal if one has come.
    package func wait() -> Int32? {
        var file = pollfd(fd: bell, events: Int16(POLLIN), revents: 0)
        if poll(&file, 1, 1_000) > 0 {
            var count: UInt64 = 0
            _ = read(bell, &count, 8)
        }
        return caught
    }

    /// The number of the signal that came last; `nil` if none has come.
    package var caught: Int32? {
        let number = Self.caught.load(ordering: .relaxed)
        return number == 0 ? nil : number
    }
}
