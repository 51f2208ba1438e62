/// The time that a log covers, counted from its start.
public struct Span: Sendable, Hashable, CustomStringConvertible {
    /// Where its first interval starts.
    public let start: Duration
    /// Where its last interval ends.
    public let end: Duration

    /// How long it is.
    public var length: Duration { end - start }

    /// `5 s to 65 s`.
    public var description: String { "\(start.inSeconds) to \(end.inSeconds)" }
}

/// One log's intervals inside a window, added up tag by tag.
struct LogSum: Sendable {
    /// What stands for the tag of intervals that have none.
    static let untagged = "untagged"

    let file: String
    let startTime: Duration?
    let span: Span
    /// The mean length of the intervals, over all tags.
    let meanInterval: Duration
    let histograms: [String: Histogram]
    /// Tags in the order of their first appearance.
    let tags: [String]
    /// What must be said beside the figures; empty if all is well.
    let notes: [String]

    /// Reads a log once, holding one histogram for each tag and nothing else.
    ///
    /// - Throws: ``IntervalLogError`` for a faulty log, ``SummaryError`` if nothing is in the window.
    init(of file: String, in window: Window) throws {
        let reader = try IntervalLogReader(path: file)
        var histograms: [String: Histogram?] = [:]
        var tags: [String] = []
        var span: Span?
        var lengths = Duration.zero
        var count = 0
        var isEmpty = true
        while let interval = try reader.next() {
            isEmpty = false
            guard window.contains(interval) else { continue }
            let tag = interval.tag ?? Self.untagged
            if histograms[tag] == nil { tags.append(tag) }
            try interval.add(to: &histograms[tag, default: nil])
            span = Span(
                start: min(span?.start ?? interval.start, interval.start),
                end: max(span?.end ?? interval.end, interval.end)
            )
            lengths += interval.length
            count += 1
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
        startTime = reader.startTime
        meanInterval = lengths / count
        notes = reader.cut.map { ["\($0)"] } ?? []
    }
}
