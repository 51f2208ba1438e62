internal import Histogram

extension Summary {
    /// Loaders that belong together start within this time, whatever their clocks say.
    private static let nearStart = Duration.seconds(60)

    /// Refuses logs that were not written at the same time: they are of two loads, and the sum of their
    /// rates is one that nothing ever had to serve.
    ///
    /// - Throws: ``SummaryError/apart(file:time:other:otherTime:)`` for the two that are furthest apart.
    static func checkTimes(of logs: [LogSum]) throws(SummaryError) {
        let dated = logs.compactMap { log in log.time.map { (log.file, $0) } }
        guard let first = dated.min(by: { $0.1.end < $1.1.end }),
            let last = dated.max(by: { $0.1.start < $1.1.start }), last.1.start >= first.1.end
        else { return }
        throw .apart(file: last.0, time: last.1, other: first.0, otherTime: first.1)
    }

    /// Returns the longest log's span, once it is sure that all the others cover about the same.
    ///
    /// Loaders need not cut their intervals at the same moments, so spans may differ at either end
    /// by less than the mean interval; by one interval or more, and a loader was missing.
    static func commonSpan(of logs: [LogSum]) throws(SummaryError) -> Span {
        guard let longest = logs.max(by: { $0.span.length < $1.span.length }) else {
            return Span(start: .zero, end: .zero)
        }
        for log in logs {
            // times are rounded to 1 ms
            let tolerance = max(log.meanInterval, longest.meanInterval) - .milliseconds(2)
            let differences = [
                log.span.start - longest.span.start, log.span.end - longest.span.end,
            ]
            guard differences.allSatisfy({ abs($0) <= max(tolerance, .milliseconds(2)) }) else {
                throw .differentSpans(
                    file: log.file,
                    span: log.span,
                    other: longest.file,
                    otherSpan: longest.span
                )
            }
        }
        return longest.span
    }

    /// Returns a note for each log whose start time shows that it is of another run.
    static func notes(onStartsOf logs: [LogSum]) -> [String] {
        let starts = logs.compactMap { log in log.startTime.map { (log.file, $0) } }
        guard let first = starts.min(by: { $0.1 < $1.1 }) else { return [] }
        return starts.filter { $0.1 - first.1 > nearStart }.map { file, start in
            "\(file): starts \((start - first.1).inSeconds) after \(first.0); "
                + "loaders of one run start at the same instant"
        }
    }
}
