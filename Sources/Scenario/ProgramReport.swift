internal import Histogram
internal import JSON
internal import LoadResult
internal import Usage

/// The lines that a run prints, and the record that it leaves.
struct ProgramReport {
    /// What a run was started with.
    struct Asked {
        var users = 0
        var rate = Throttle.Pace.unlimited
        /// How long; `nil` until all users have ended by themselves.
        var length: Duration?
        var seed: UInt64 = 1
    }

    /// What goes into lines and record.
    struct Facts {
        var asked = Asked()
        /// Each command that changed the run through its door, the first ones.
        var steered: [TelemetryEvent] = []
        var counts = Crowd.Counts()
        var failures: [String: Int] = [:]
        var coordinatorFailures: [String: Int] = [:]
        var problems: [String] = []
        /// How late the loop was, every 10 ms, in nanoseconds.
        var lateness: Histogram
        /// Nanoseconds.
        var length: Int64 = 0
    }

    /// The line of one second.
    static func line(_ second: Int, _ counts: Crowd.Counts, _ measures: Measures) -> String {
        var text = "\(String(second).aligned(5)) s  users \(counts.running.grouped)"
        if counts.waiting > 0 { text += " (\(counts.waiting.grouped) wait)" }
        for series in measures.series {
            let live = series.live
            text += "  \(series.name) \(Int(live.count).grouped)/s"
            if live.count > 0 {
                text += " p50 \(Latency.milliseconds(live.value(atPercentile: 50)))"
                text += " p99 \(Latency.milliseconds(live.value(atPercentile: 99))) ms"
            }
            if series.liveFailed > 0 { text += " errors \(series.liveFailed.grouped)" }
        }
        if counts.failed > 0 { text += "  users failed \(counts.failed.grouped)" }
        return text
    }

    /// What came of the run, in several lines.
    static func summary(_ facts: Facts, _ measures: Measures) -> String {
        let counts = facts.counts
        var lines = [
            "\(counts.highest.grouped) users in \(Fixed(Double(facts.length) / 1e9, decimals: 1)) s: "
                + "\(counts.ended.grouped) ended, \(counts.failed.grouped) failed, "
                + "\(counts.removed.grouped) were told to end"
        ]
        for series in measures.series {
            if series.hasDue { lines.append(row(series.name + "-rt", series.response)) }
            lines.append(row(series.name + "-st", series.service))
            if series.failed.count > 0 {
                lines.append("\(series.name): \(Int(series.failed.count).grouped) failed")
            }
        }
        if measures.cut > 0 {
            lines.append("measurements cut off when their users were told to end: \(measures.cut)")
        }
        let late = facts.lateness
        lines.append(
            "the loop itself was late by p99 \(Latency.milliseconds(late.value(atPercentile: 99))) ms, "
                + "at most \(Latency.milliseconds(late.max)) ms"
        )
        lines += most(facts.failures, "users failed")
        lines += most(facts.coordinatorFailures, "actions of coordinators failed")
        if counts.leftOpen > 0 {
            lines.append(
                "connections that users left open when they ended: \(counts.leftOpen.grouped)"
            )
        }
        lines += facts.problems
        return lines.joined(separator: "\n")
    }

    /// Why the figures may not be used; empty if they may.
    static func reasons(_ facts: Facts) -> [String] {
        var reasons = facts.problems
        let late = facts.lateness.value(atPercentile: 99)
        if late > ScenarioLimits.mostLate {
            reasons.append(
                "the loop was late by p99 \(Latency.milliseconds(late)) ms: take fewer users, or a machine "
                    + "with less to do"
            )
        }
        return reasons
    }

    /// The five most frequent errors, a line each.
    private static func most(_ failures: [String: Int], _ words: String) -> [String] {
        let sorted = failures.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
        let lines = sorted.prefix(5).map { "\($0.value.grouped) \(words): \($0.key)" }
        guard sorted.count > 5 else { return lines }
        return lines + ["and \(sorted.count - 5) other errors, which trial.json names"]
    }

    private static func row(_ tag: String, _ histogram: Histogram) -> String {
        Latency.row(tag, width: 16, count: histogram.count, largest: histogram.max) {
            histogram.value(atPercentile: $0)
        }
    }
}
