private import Glibc

/// The clocks of a load, both in nanoseconds.
enum LoadClock {
    /// Time that no clock adjustment moves; only differences mean anything.
    @inline(__always)
    static var now: Int64 { read(CLOCK_MONOTONIC) }

    /// Time since 1970, which several machines share.
    static var wall: Int64 { read(CLOCK_REALTIME) }

    /// The processor time that this process has used.
    static var processor: Int64 { read(CLOCK_PROCESS_CPUTIME_ID) }

    @inline(__always)
    private static func read(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) &* 1_000_000_000 &+ Int64(time.tv_nsec)
    }
}
