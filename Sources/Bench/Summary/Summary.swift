/// The figures of one run: all loaders' histograms added up, tag by tag.
public struct Summary: Sendable, Hashable {
    /// The figures of each tag, in the order of their names.
    public let tags: [TagSummary]
    /// The logs that were added.
    public let files: [String]
    /// The time that was measured, as the longest of the logs covers it.
    public let span: Span
    /// What must be said beside the figures, such as a log whose end is cut off; often empty.
    public let notes: [String]

    /// Sums the logs of a run.
    ///
    /// Throughput counts the time that the intervals inside the window really cover. Percentiles
    /// come from added histograms, never from averaged percentiles. The counts of a tag `OP-error`
    /// become the errors of `OP-rt` and `OP-st`.
    ///
    /// - Parameters:
    ///   - paths: `.hdr` files, and directories all of whose `.hdr` files are taken.
    ///   - window: The part that counts.
    ///   - invalidToo: Whether a trial that says that it is invalid is summed nevertheless.
    /// - Throws: ``SummaryError`` if a loader is missing from the window or covers another time
    ///   than the others, ``IntervalLogError`` for a faulty log.
    @concurrent
    public init(
        of paths: [String],
        in window: Window = Window(),
        invalidToo: Bool = false
    ) async throws {
        var files: [String] = []
        for path in paths {
            let found = try LogFiles(at: path, invalidToo: invalidToo).logs
            files += found.filter { !files.contains($0) }
        }
        let sums = await withTaskGroup { group in
            for (index, file) in files.enumerated() {
                group.addTask { (index, Result { try LogSum(of: file, in: window) }) }
            }
            return await group.reduce(into: [(Int, Result<LogSum, any Error>)]()) {
                $0.append($1)
            }
        }
        // in the order of the files again, so that the same logs always give the same answer
        try self.init(adding: sums.sorted { $0.0 < $1.0 }.map { try $0.1.get() })
    }

    init(adding logs: [LogSum]) throws {
        span = try Self.commonSpan(of: logs)
        var sums: [String: (histogram: Histogram, throughput: Double)] = [:]
        for log in logs {
            for (tag, histogram) in log.histograms {
                var sum = sums[tag] ?? (Histogram(layout: histogram.layout, resizes: true), 0)
                do throws(HistogramError) {
                    try sum.histogram.add(histogram)
                } catch {
                    throw SummaryError.histogram(file: log.file, error)
                }
                sum.throughput += Double(histogram.count) / log.span.length.seconds
                sums[tag] = sum
            }
        }
        let counts = sums.mapValues(\.histogram.count)
        tags = sums.sorted { $0.key < $1.key }.compactMap { tag, sum in
            guard let errors = Self.errors(of: tag, among: counts) else { return nil }
            return TagSummary(
                tag: tag,
                histogram: sum.histogram,
                errors: errors,
                throughput: sum.throughput
            )
        }
        files = logs.map(\.file)
        notes = logs.flatMap(\.notes) + Self.notes(onStartsOf: logs)
    }

    /// Returns a tag's errors; `nil` if it holds the errors of others and is shown with them.
    private static func errors(of tag: String, among counts: [String: Int64]) -> Int64? {
        let failed = "-error"
        let served = ["-rt", "-st"]
        if tag.hasSuffix(failed) {
            let operation = tag.dropLast(failed.count)
            // errors without a row to stand in are shown in their own
            return served.contains { counts[operation + $0] != nil } ? nil : counts[tag]
        }
        guard let suffix = served.first(where: tag.hasSuffix) else { return 0 }
        return counts[tag.dropLast(suffix.count) + failed] ?? 0
    }
}
