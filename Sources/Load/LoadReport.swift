internal import Histogram
internal import Usage

/// The lines that a load prints: one each second, and what came of it at the end.
struct LoadReport {
    let operations: [String]
    let hasSchedule: Bool
    let mostOutstanding: Int
    /// The seconds of the clock, added up.
    private(set) var total = LiveSecond()
    /// The seconds of the schedule, added up.
    private(set) var latencies: Latencies

    /// Starts with nothing measured, of a load with at most so many requests under way.
    init(operations: [String], hasSchedule: Bool, mostOutstanding: Int) {
        self.mostOutstanding = mostOutstanding
        self.operations = operations
        self.hasSchedule = hasSchedule
        latencies = Latencies(operations: operations.count)
    }

    /// Adds a second of the clock to the total.
    func add(_ second: LiveSecond) { total.add(second) }

    /// Adds a second of the schedule to the total.
    mutating func add(_ second: Latencies) { latencies.add(second) }

    /// What servers answered in one second of the clock, in one line, in columns.
    func line(_ interval: LiveSecond) -> String {
        let length = Double(interval.end - interval.start) / 1e9
        let rate = Int((Double(interval.counts.answered) / length).rounded())
        let all = interval.latencies
        let seconds = Int((Double(interval.end) / 1e9).rounded())
        return "\(String(seconds).aligned(5)) s  \((rate.grouped + "/s answered").aligned(20))"
            + "  p50 \(Latency.milliseconds(all.value(atPercentile: 50)).aligned(8)) ms"
            + "  p99 \(Latency.milliseconds(all.value(atPercentile: 99)).aligned(8)) ms"
            + "  errors \(interval.counts.errors.grouped)"
            + "  outstanding \(interval.outstanding.grouped)"
    }

    /// What came of the load, in several lines; `processor` is the time on processors in nanoseconds.
    func summary(processor: Int64) -> String {
        let seconds = Double(total.end) / 1e9
        let counts = total.counts
        let share = seconds > 0 ? Double(processor) / 1e7 / seconds : 0
        var lines = [
            "\(counts.finished.grouped) requests in \(Fixed(seconds, decimals: 3)) s "
                + "(\(rateText(Double(counts.finished) / max(seconds, 1e-9)))/s), "
                + "\(counts.errors.grouped) errors; this process used "
                + "\(Fixed(share, decimals: 0))% of one core, its busiest event loop \(loopShare)"
        ]
        for (index, series) in latencies.series.enumerated() where series.service.count > 0 {
            if hasSchedule { lines.append(Self.row(operations[index] + "-rt", series.response)) }
            lines.append(Self.row(operations[index] + "-st", series.service))
        }
        if hasSchedule {
            var text = "this process itself was up to \(Latency.milliseconds(total.latest)) ms late"
            if counts.late > 0 {
                let share = 100 * Double(counts.late) / Double(max(1, total.due))
                text += "; \(counts.late.grouped) requests (\(Fixed(share, decimals: 2))%)"
                text += " more than 1 ms"
            }
            lines.append(text)
        }
        lines += problems
        return lines.joined(separator: "\n")
    }

    /// The largest share of a core that one event loop took.
    private var loopShare: String { "\(Fixed(100 * total.loopShare, decimals: 0))%" }

    /// What a reader must know before believing the figures.
    private var problems: [String] {
        let counts = total.counts
        var lines: [String] = []
        let remedy = "take a lower rate, more --threads or another machine"
        if total.loopShare > 0.9 {
            lines.append("an event loop took a whole core: \(remedy)")
        } else if total.gaveUpPriority {
            lines.append(
                "an event loop took more than 90% of a core for a second and gave up its real-time "
                    + "priority: if that is no single event, \(remedy)"
            )
        }
        if counts.errors > 0 {
            var parts: [String] = []
            if counts.timedOut > 0 { parts.append("\(counts.timedOut.grouped) timed out") }
            if counts.lost > 0 { parts.append("\(counts.lost.grouped) lost with their connection") }
            if counts.overflowed > 0 {
                parts.append(
                    "\(counts.overflowed.grouped) never sent, as \(mostOutstanding.grouped) were under way"
                )
            }
            for (word, count) in total.refusals.counts.sorted(by: { $0.value > $1.value }) {
                parts.append("\(count.grouped) refused with \(word)")
            }
            lines.append("errors: " + parts.joined(separator: ", "))
        }
        if counts.brokenConnections > 0 {
            lines.append("connections broken or refused: \(counts.brokenConnections.grouped)")
        }
        if counts.senseless > 0 {
            lines.append(
                "\(counts.senseless.grouped) of them because a server sent what nobody had asked for, or "
                    + "what is no reply"
            )
        }
        if counts.redirected > 0 {
            lines.append("redirections followed: \(counts.redirected.grouped)")
        }
        if counts.missing > 0, let reads = latencies.series.first?.service.count {
            let share = 100 * Double(counts.missing) / Double(max(1, reads))
            lines.append(
                "missing keys: \(counts.missing.grouped) (\(Fixed(share, decimals: 1))% of reads "
                    + "found nothing; populate the database, or check --keys and --first-key)"
            )
        }
        return lines
    }

    private static func row(_ tag: String, _ histogram: Histogram) -> String {
        Latency.row(tag, width: 10, count: histogram.count, largest: histogram.max) {
            histogram.value(atPercentile: $0)
        }
    }
}
