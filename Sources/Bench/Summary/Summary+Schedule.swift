internal import Histogram
internal import LoadResult
internal import OpenLoop

extension Summary {
    /// What is wrong with the requests in whole logs: a part that is missing, or requests that are.
    ///
    /// Nothing is said of logs that do not say what must be in them, and of a log without an interval.
    ///
    /// - Throws: `IntervalLogError` for a log that cannot be read, ``SummaryError`` for logs that were not
    ///   written at the same time.
    @concurrent
    package static func faults(inAllOf files: [String]) async throws -> [SummaryError] {
        var logs: [LogSum] = []
        for file in files {
            do {
                logs.append(try LogSum(of: file, in: Window()))
            } catch let error as IntervalLogError where error.reason == .noInterval {
                continue
            } catch SummaryError.nothingInWindow {
                continue
            }
        }
        try checkTimes(of: logs)
        return faults(of: logs)
    }

    /// What is wrong with the requests in the window, for logs that say what must be in it.
    ///
    /// Each such log must hold exactly the requests that were due, and if a schedule was played in
    /// parts, each part must be there.
    package static func faults(of logs: [LogSum]) -> [SummaryError] {
        var faults: [SummaryError] = []
        for log in logs {
            guard let schedule = log.schedule, log.recording == .due else { continue }
            let expected = schedule.count(
                from: max(0, log.span.start.clampedNanoseconds),
                to: max(0, log.span.end.clampedNanoseconds)
            )
            let found = log.histograms.filter { $0.key.hasSuffix("-rt") }
                .reduce(Int64(0)) { $0 &+ $1.value.count }
            guard Int64(expected) != found else { continue }
            faults.append(
                .missingRequests(
                    file: log.file,
                    found: found,
                    expected: Int64(expected),
                    span: log.span
                )
            )
        }
        return faults + missingParts(of: logs)
    }

    private static func missingParts(of logs: [LogSum]) -> [SummaryError] {
        var parts: [LoggedSchedule: [Int]] = [:]
        for schedule in logs.compactMap(\.schedule) {
            parts[schedule.whole, default: []].append(schedule.part)
        }
        return parts.sorted { $0.key.comment < $1.key.comment }.compactMap { whole, found in
            var counts = [Int](repeating: 0, count: whole.parts)
            for part in found { counts[part] += 1 }
            guard let most = counts.max(), counts.contains(where: { $0 < most }) else {
                return nil
            }
            let missing = counts.indices.filter { counts[$0] < most }.map { $0 + 1 }
            return .missingParts(missing, of: whole.parts)
        }
    }

    /// What must be said of logs beside their figures.
    static func notes(on logs: [LogSum], in window: Window, span: Span) -> [String] {
        var notes: [String] = []
        for log in logs where log.recording != .answered {
            switch log.ending {
            case .complete: break
            case .stopped: notes.append("\(log.file): the load was stopped early")
            case nil:
                notes.append(
                    "\(log.file): has no last word; its load was killed, or is still running"
                )
            }
        }
        let isCut = window.from != .zero || window.to != nil
        if isCut, logs.contains(where: { $0.recording == .due }),
            window.from != span.start || (window.to ?? span.end) != span.end
        {
            notes.append(
                "asked for \(window); whole intervals are taken, which are those of \(span)"
            )
        }
        if isCut, let other = logs.first(where: { $0.recording == .answered }) {
            notes.append(
                "\(other.file): its intervals hold what was answered in them; requests from inside "
                    + "of the window that were answered behind it are left out"
            )
        }
        return notes
    }
}
