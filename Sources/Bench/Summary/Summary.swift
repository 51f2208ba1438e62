internal import LoadResult
internal import Histogram

/// The figures of one run: all loaders' histograms added up, tag by tag.
public struct Summary: Sendable, Hashable {
    /// The figures of each tag, in the order of their names.
    public let tags: [TagSummary]
    /// The logs that were added.
    public let files: [String]
    /// The part of the run that was asked for.
    public let window: Window
    /// The time that was measured, as the longest of the logs covers it.
    public let span: Span
    /// What must be said beside the figures, such as a log whose end is cut off; often empty.
    public let notes: [String]
    /// Whether lines of a log are damaged or cut off; what is whole was taken.
    public let isDamaged: Bool
    /// Whether the logs hold what was due in the window, whatever became of it, and not what was
    /// answered in it.
    public let isByDueTime: Bool

    /// Sums the logs of a run.
    ///
    /// Throughput counts the time that the intervals inside the window really cover. Percentiles
    /// come from added histograms, never from averaged percentiles. The counts of a tag `OP-error`
    /// become the errors of `OP-rt` and `OP-st`.
    ///
    /// - Parameters:
    ///   - paths: `.hdr` files, and directories all of whose `.hdr` files are taken.
    ///   - window: The part that counts.
    ///   - invalidToo: Whether a trial that says that it is invalid is summed nevertheless, and
    ///     likewise a window that lacks requests; ``notes`` then say so.
    /// - Throws: ``SummaryError`` if a loader is missing from the window, ran at another time or covers
    ///   another part of it than the others, or lacks requests that were due, ``IntervalLogError`` for a
    ///   faulty log.
    @concurrent
    public init(
        of paths: [String],
        in window: Window = Window(),
        invalidToo: Bool = false
    ) async throws {
        let files = try LogFiles.ofOneRun(at: paths, invalidToo: invalidToo)
        let sums = await withTaskGroup { group in
            for (index, file) in files.enumerated() {
                group.addTask { (index, Result { try LogSum(of: file, in: window) }) }
            }
            return await group.reduce(into: [(Int, Result<LogSum, any Error>)]()) {
                $0.append($1)
            }
        }
        // in the order of the files again, so that the same logs always give the same answer
        try self.init(
            adding: sums.sorted { $0.0 < $1.0 }.map { try $0.1.get() },
            in: window,
            invalidToo: invalidToo
        )
    }

    package init(adding logs: [LogSum], in window: Window, invalidToo: Bool) throws {
        self.window = window
        isByDueTime = logs.allSatisfy { $0.recording == .due }
        try Self.checkTimes(of: logs)
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
                failed: Self.failures(of: tag, among: sums.mapValues(\.histogram)),
                errors: errors,
                throughput: sum.throughput
            )
        }
        files = logs.map(\.file)
        isDamaged = logs.contains { !$0.damage.isEmpty }
        var faults = Self.faults(of: logs)
        if let fault = try Self.lateAnswers(behind: window, tags, logs) { faults.append(fault) }
        if let fault = faults.first, !invalidToo { throw fault }
        notes =
            logs.flatMap(\.notes) + Self.notes(onStartsOf: logs)
            + Self.notes(on: logs, in: window, span: span) + faults.map { "\($0)" }
    }

    /// Returns the first figure that answers behind the window would change.
    private static func lateAnswers(
        behind window: Window,
        _ tags: [TagSummary],
        _ logs: [LogSum]
    ) throws -> SummaryError? {
        var late = LateAnswers()
        for log in logs { late.add(log.late) }
        for tag in tags {
            let change: LateAnswers.Change?
            do throws(HistogramError) {
                change = try late.change(of: tag.tag, tag.histogram)
            } catch {
                throw SummaryError.histogram(file: logs[0].file, error)
            }
            guard let change else { continue }
            let unit = LatencyUnit(largest: Int64(max(change.real, change.shown)))
            return .lateAnswers(
                tag: tag.tag,
                window: window,
                figure: change.title,
                shown: "\(unit.text(change.shown)) \(unit.rawValue)",
                real: "\(unit.text(change.real)) \(unit.rawValue)"
            )
        }
        return nil
    }

    /// Returns the failed requests of a tag `OP-rt` or `OP-st`; `nil` if it has none.
    private static func failures(of tag: String, among sums: [String: Histogram]) -> Histogram? {
        guard tag.hasSuffix("-rt") || tag.hasSuffix("-st") else { return nil }
        guard let failed = sums[tag.dropLast(3) + "-error"], failed.count > 0 else { return nil }
        return failed
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
