private import CLinux
private import Glibc
package import Posix
private import Synchronization

/// Sees from another thread whether a loop still turns: a task that never suspends holds all others.
package final class Watchdog: Sendable {
    private let bell: Int32
    private let thread: Mutex<SystemThread?>

    /// Begins to look, four times in each `limit`.
    ///
    /// - Parameters:
    ///   - loop: The loop; one that sleeps, or that nobody runs, is in order.
    ///   - limit: How long one turn may take.
    ///   - body: Called once, from the other thread, if a turn takes longer.
    /// - Throws: The `errno` if there is no thread, or no file, to be had.
    package init(
        _ loop: EventLoop,
        limit: Duration,
        _ body: @escaping @Sendable () -> Void
    ) throws(SystemError) {
        thread = Mutex(nil)
        bell = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        guard bell >= 0 else { throw SystemError("eventfd") }
        let bell = bell
        let (seconds, attoseconds) = limit.components
        let milliseconds = seconds * 1_000 + attoseconds / 1_000_000_000_000_000
        let started = try SystemThread {
            var last: UInt64 = 0
            var same = 0
            var file = pollfd(fd: bell, events: Int16(POLLIN), revents: 0)
            while poll(&file, 1, Int32(clamping: max(1, milliseconds / 4))) == 0 {
                let pulse = loop.pulse
                // Odd while it works.
                same = pulse == last && pulse % 2 == 1 ? same + 1 : 0
                last = pulse
                guard same >= 4 else { continue }
                return body()
            }
        }
        thread.withLock { $0 = started }
    }

    /// Looks no longer; call it once, before the watchdog is let go, and not from its own thread.
    package func end() {
        var one: UInt64 = 1
        _ = write(bell, &one, 8)
        thread.withLock { $0.take() }?.join()
        close(bell)
    }
}
