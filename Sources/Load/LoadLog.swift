private import Glibc
internal import Histogram
internal import LoadResult
internal import Posix

/// The interval log of a load on disk; each second is one write, so that a kill cuts no line.
final class LoadLog {
    private let path: String
    private let file: Int32
    private let writer: IntervalLogWriter
    private let tags: [(response: String, service: String, failed: String)]
    private let hasDueTimes: Bool
    /// When the last interval of a schedule ends, in nanoseconds since its start.
    private let end: Int64

    /// Creates the file (an older one is replaced) and writes its head.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - start: When the schedule starts, since 1970.
    ///   - operations: The kinds of request; their tags are `READ-rt`, `READ-st`, `READ-error`.
    ///   - plan: What is played; a closed loop has service times only.
    /// - Throws: ``LoadError/system(_:)`` if the file cannot be made.
    convenience init(
        path: String,
        start: Duration,
        operations: [String],
        plan: LoadPlan
    ) throws(LoadError) {
        let schedule = LoggedSchedule(plan)
        try self.init(
            path: path,
            start: start,
            operations: operations,
            end: plan.end ?? .max,
            hasDueTimes: schedule != nil,
            comments: ["[Logged with bench load; values in nanoseconds]"],
            schedule: schedule
        )
    }

    /// Creates the file of a load that may have been played by another program.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - start: When the load starts, since 1970.
    ///   - operations: The kinds of request.
    ///   - end: When its last interval ends, in nanoseconds since the start.
    ///   - hasDueTimes: Whether its intervals hold the requests that were due in them, not those sent.
    ///   - comments: The head's first lines.
    ///   - schedule: What must be in the intervals; `nil` if nobody can say.
    /// - Throws: ``LoadError/system(_:)`` if the file cannot be made.
    init(
        path: String,
        start: Duration,
        operations: [String],
        end: Int64,
        hasDueTimes: Bool,
        comments: [String],
        schedule: LoggedSchedule?
    ) throws(LoadError) {
        self.path = path
        self.hasDueTimes = hasDueTimes
        self.end = end
        tags = operations.map { ("\($0)-rt", "\($0)-st", "\($0)-error") }
        let meaning = hasDueTimes ? LoggedSchedule.dueMarker : LoggedSchedule.sentMarker
        writer = IntervalLogWriter(
            startTime: start,
            baseTime: start,
            comments: comments + [meaning] + (schedule.map { [$0.comment] } ?? [])
        )
        file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard file >= 0 else { throw .system(SystemError(path)) }
        try append(writer.header())
    }

    deinit { Glibc.close(file) }

    /// Adds one second of the schedule: the tags of each kind of request that occurred so far.
    ///
    /// - Parameters:
    ///   - second: Which, from 0; one behind the end of the schedule is left out.
    ///   - loadEnd: Where the load ended in it, in nanoseconds since the start; `nil` before the end.
    ///   - latencies: Of the requests that were due in it.
    ///   - occurred: Which kinds of request have occurred.
    /// - Throws: ``LoadError/system(_:)`` if the file cannot be written.
    func append(
        _ second: Int,
        endedAt loadEnd: Int64? = nil,
        _ latencies: Latencies,
        occurred: [Bool]
    ) throws(LoadError) {
        let start = Int64(second) * 1_000_000_000
        let end = min(start + 1_000_000_000, self.end, loadEnd ?? .max)
        guard start < end else { return }
        var text = ""
        func add(_ tag: String, _ histogram: Histogram) {
            text += writer.line(
                tag: tag,
                start: .nanoseconds(start),
                length: .nanoseconds(end - start),
                histogram: histogram
            )
        }
        for (index, series) in latencies.series.enumerated() where occurred[index] {
            if hasDueTimes { add(tags[index].response, series.response) }
            add(tags[index].service, series.service)
            if series.failed.count > 0 { add(tags[index].failed, series.failed) }
        }
        try append(text)
    }

    /// Adds the line that tells a whole log from a cut one; readers of the format ignore it.
    func close(_ counts: LoadCounts, isComplete: Bool) throws(LoadError) {
        let word = LoadRemarks.lastWord(
            isComplete ? .complete : .stopped,
            requests: counts.finished,
            errors: counts.errors,
            missing: counts.missing
        )
        try append("#\(word)\n")
    }

    private func append(_ text: String) throws(LoadError) {
        do {
            try AtomicFile.append(Array(text.utf8), to: file)
        } catch {
            throw .system(SystemError(path, code: error.code))
        }
    }
}
