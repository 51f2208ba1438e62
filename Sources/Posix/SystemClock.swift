package import Glibc

/// The system's clocks, all in nanoseconds.
package enum SystemClock {
    /// Time that no clock adjustment moves; only differences mean anything.
    @inlinable
    package static var now: Int64 { read(CLOCK_MONOTONIC) }

    /// Time since 1970, which several machines share.
    package static var wall: Int64 { read(CLOCK_REALTIME) }

    /// The processor time that this process has used.
    package static var processor: Int64 { read(CLOCK_PROCESS_CPUTIME_ID) }

    /// The processor time that the calling thread has used.
    package static var thread: Int64 { read(CLOCK_THREAD_CPUTIME_ID) }

    @inlinable
    package static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
