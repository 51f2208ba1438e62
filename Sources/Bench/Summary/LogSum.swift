package import Histogram
package import LoadResult
internal import OpenLoop

/// One log's intervals inside a window, added up tag by tag.
package struct LogSum: Sendable {
    /// What stands for the tag of intervals that have none.
    static let untagged = "untagged"

    package let file: String
    package let startTime: Duration?
    package let span: Span
    /// When that was; `nil` for a log whose start is no date.
    var time: DatedSpan? { startTime.flatMap { DatedSpan(span, after: $0) } }
    /// The mean length of the intervals, over all tags.
    let meanInterval: Duration
    package let histograms: [String: Histogram]
    /// Tags in the order of their first appearance.
    let tags: [String]
    /// By which time requests were put into intervals.
    package let recording: Recording
    /// What must be in the intervals; `nil` if the log does not say.
    let schedule: LoggedSchedule?
    /// How the load ended; `nil` if the log does not say.
    package let ending: LoadResult.Ending?
    /// What came of the load as its last line counts it; `nil` before that line.
    package let totals: LoadRemarks.Totals?
    /// What was answered behind the window, of a log by the time of the answer.
    let late: LateAnswers
    /// What must be said beside the figures; empty if all is well.
    let notes: [String]
    /// Damaged lines that were left out, and a cut-off end; empty if the log is whole.
    package let damage: [IntervalLogError]

    /// Reads a log; one with damaged lines is read again, and what is whole of it is taken.
    ///
    /// - Throws: ``IntervalLogError`` for a log of which nothing is whole, ``SummaryError`` if nothing is
    ///   in the window.
    package init(of file: String, in window: Window) throws {
        do {
            try self.init(of: file, in: window, passingOverDamage: false)
        } catch let error as IntervalLogError {
            guard error.line != nil, error.reason != .cutShort else { throw error }
            do {
                try self.init(of: file, in: window, passingOverDamage: true)
            } catch is IntervalLogError {
                // nothing is whole: the first fault says more
                throw error
            }
        }
    }

    /// Reads a log once, holding one histogram for each tag and nothing else.
    ///
    /// - Throws: ``IntervalLogError`` for a faulty log, ``SummaryError`` if nothing is in the window.
    private init(of file: String, in window: Window, passingOverDamage: Bool) throws {
        var remarks = LoadRemarks()
        let reader = try IntervalLogReader(path: file) { remarks.note($0) }
        reader.passesOverDamage = passingOverDamage
        var histograms: [String: Histogram?] = [:]
        var tags: [String] = []
        var span: Span?
        var late = LateAnswers()
        var lengths = Duration.zero
        var count = 0
        var isEmpty = true
        while let interval = try reader.next() {
            isEmpty = false
            let tag = interval.tag ?? Self.untagged
            guard window.contains(interval) else {
                if let span, remarks.recording == .answered, interval.start >= span.end {
                    let fits = late.add(
                        try interval.histogram(),
                        tag: tag,
                        distance: (interval.start - span.end).clampedNanoseconds,
                        length: interval.length.clampedNanoseconds
                    )
                    guard fits else { throw SummaryError.tooLarge(file: file, tags: late.tags) }
                }
                continue
            }
            if histograms[tag] == nil {
                tags.append(tag)
                try HeldCounts.check(
                    interval.layout(),
                    beside: histograms.values,
                    file: file,
                    tags: tags.count
                )
            }
            try interval.add(to: &histograms[tag, default: nil])
            span = Span(
                start: min(span?.start ?? interval.start, interval.start),
                end: max(span?.end ?? interval.end, interval.end)
            )
            lengths += interval.length
            count += 1
        }
        if let known = span, let end = remarks.schedule.map({ Duration.nanoseconds($0.end) }),
            abs(known.end - end) < .milliseconds(1)
        {
            // The log's times are rounded to 1 ms, the schedule's are not.
            span = Span(start: known.start, end: end)
        }
        guard let span, span.length > .zero else {
            if isEmpty, let cut = reader.cut { throw cut }
            guard !isEmpty else {
                throw IntervalLogError(reason: .noInterval, file: file, line: nil)
            }
            throw SummaryError.nothingInWindow(file: file, window: window)
        }
        self.file = file
        self.span = span
        self.tags = tags
        self.histograms = histograms.compactMapValues { $0 }
        self.late = late
        recording = remarks.recording
        schedule = remarks.schedule
        ending = remarks.ending
        totals = remarks.totals
        startTime = reader.startTime
        meanInterval = lengths / count
        damage = reader.faults + (reader.cut.map { [$0] } ?? [])
        let more = reader.damaged - reader.faults.count
        notes =
            damage.map { "\($0)" }
            + (more > 0 ? ["\(file): \(more) more damaged lines were left out"] : [])
    }
}
