private import CLinux
private import Glibc

/// How the system favours a loop's thread, so that requests leave when they are due.
package enum ThreadPriority {
    /// Makes the calling thread's sleeps exact to the nanosecond instead of to 50 µs.
    package static func sharpenTimers() {
        // Without it requests leave 50 µs late, which shows up in the response times.
        _ = clinux_set_timer_slack(1)
    }

    /// Lets the calling thread run as soon as it is due, before all ordinary threads.
    ///
    /// - Returns: Whether the system permits it (root, or `CAP_SYS_NICE`).
    package static func makeRealTime() -> Bool {
        var parameters = sched_param(sched_priority: 1)
        return sched_setscheduler(0, SCHED_FIFO, &parameters) == 0
    }

    /// Whether this process may have real-time priority.
    package static var isRealTimePermitted: Bool {
        defer { makeOrdinary() }
        return makeRealTime()
    }

    /// Makes the calling thread an ordinary one again.
    package static func makeOrdinary() {
        var parameters = sched_param(sched_priority: 0)
        sched_setscheduler(0, SCHED_OTHER, &parameters)
    }
}
