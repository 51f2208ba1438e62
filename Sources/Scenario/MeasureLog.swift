internal import Histogram
internal import LoadResult

/// The texts of an interval log of measures, as `bench summary` reads it.
struct MeasureLog {
    private let writer: IntervalLogWriter

    /// Makes a log of a run that began at `start`, since 1970.
    init(start: Duration) {
        writer = IntervalLogWriter(
            startTime: start,
            baseTime: start,
            comments: [
                "[Logged by a scenario; values in nanoseconds]", LoggedSchedule.dueMarker,
            ]
        )
    }

    /// The lines at its head.
    var head: String { writer.header() }

    /// The lines of one second; `end` is when the run ended, in nanoseconds since its start, if it ended in it.
    func lines(_ second: Int, _ series: [Measures.Series], endedAt end: Int64? = nil) -> String {
        let start = Int64(second) * 1_000_000_000
        let stop = min(start + 1_000_000_000, end ?? .max)
        guard start < stop else { return "" }
        var text = ""
        func add(_ tag: String, _ histogram: Histogram) {
            text += writer.line(
                tag: tag,
                start: .nanoseconds(start),
                length: .nanoseconds(stop - start),
                histogram: histogram
            )
        }
        for series in series {
            if series.hasDue { add(series.name + "-rt", series.response) }
            add(series.name + "-st", series.service)
            if series.failed.count > 0 { add(series.name + "-error", series.failed) }
        }
        return text
    }

    /// The last line, which tells a whole log from a cut one.
    static func lastLine(_ measures: Measures, isComplete: Bool) -> String {
        let ended = measures.series.reduce(0) { $0 + Int($1.service.count) }
        let failed = measures.series.reduce(0) { $0 + Int($1.failed.count) }
        let word = LoadRemarks.lastWord(
            isComplete ? .complete : .stopped,
            requests: ended,
            errors: failed,
            missing: 0
        )
        return "#\(word)\n"
    }
}
