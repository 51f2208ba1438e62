internal import Histogram

extension Summary {
    /// Loaders that belong together start within this time, whatever their clocks say.
    private static let nearStart = Duration.seconds(60)

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
