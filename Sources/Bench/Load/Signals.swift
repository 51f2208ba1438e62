private import CLinux
private import Glibc

/// The reporter's ears: the bell of the loops, and the signals that end a load early.
final class Signals {
    /// An eventfd; written by loops that have left an interval.
    let bell: Int32
    private let signals: Int32

    /// Takes SIGINT and SIGTERM out of their usual way, for all threads started from now on.
    init() throws(LoadError) {
        var set = sigset_t()
        sigemptyset(&set)
        sigaddset(&set, SIGINT)
        sigaddset(&set, SIGTERM)
        pthread_sigmask(SIG_BLOCK, &set, nil)
        // A reader of the progress lines that goes away must not end the load.
        signal(SIGPIPE, SIG_IGN)
        signals = signalfd(-1, &set, Int32(SFD_CLOEXEC))
        guard signals >= 0 else { throw .system(operation: "signalfd", code: errno) }
        bell = eventfd(0, Int32(EFD_CLOEXEC) | Int32(EFD_NONBLOCK))
        guard bell >= 0 else { throw .system(operation: "eventfd", code: errno) }
    }

    deinit {
        close(signals)
        close(bell)
    }

    /// Waits for either, at most a second; returns the number of a signal that came.
    func wait() -> Int32? {
        var files = [
            pollfd(fd: bell, events: Int16(POLLIN), revents: 0),
            pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
        ]
        guard poll(&files, 2, 1_000) > 0 else { return nil }
        if files[0].revents != 0 {
            var count: UInt64 = 0
            _ = read(bell, &count, 8)
        }
        guard files[1].revents != 0 else { return nil }
        var info = signalfd_siginfo()
        guard read(signals, &info, MemoryLayout<signalfd_siginfo>.size) > 0 else { return nil }
        return Int32(info.ssi_signo)
    }
}
