internal import Histogram

/// Which seconds of the schedule are in the log, and the scratch memory for the next.
struct LoggedIntervals {
    /// A day: a log is filled up with empty seconds to the end of its schedule, but not for ever.
    private static let mostFilled = 86_400

    private var latencies: Latencies
    private var count = 0
    private let possible: [Bool]

    /// Starts before second 0; `possible` says which kinds of request may occur.
    init(possible: [Bool]) {
        self.possible = possible
        latencies = Latencies(operations: possible.count)
    }

    /// The kinds of request that get a line: those that occurred, or all as long as none has.
    private func kinds(_ report: LoadReport) -> [Bool] {
        report.latencies.occurred.contains(true) ? report.latencies.occurred : possible
    }

    /// Writes each second that all loops have settled.
    ///
    /// `end` says when the load ended, in nanoseconds since the start of its schedule, if it did so
    /// at another time than the schedule: the last second then ends with it.
    mutating func write<W: Workload>(
        _ crew: LoadCrew<W>,
        _ report: inout LoadReport,
        _ log: LoadLog?,
        endedAt end: Int64?
    ) throws(LoadError) {
        while let second = crew.nextSettled(into: &latencies) {
            report.add(latencies)
            try log?.append(
                second,
                endedAt: end,
                latencies,
                occurred: kinds(report)
            )
            latencies.reset()
            count = second + 1
        }
    }

    /// Writes the seconds up to the end of the schedule in which nothing was due for this part.
    mutating func fill(
        upTo plan: LoadPlan,
        _ report: LoadReport,
        _ log: LoadLog?
    ) throws(LoadError) {
        guard let end = plan.end else { return }
        let seconds = Int((end - 1) / 1_000_000_000) + 1
        for second in count..<max(count, min(seconds, count + Self.mostFilled)) {
            try log?.append(second, latencies, occurred: kinds(report))
        }
    }
}
