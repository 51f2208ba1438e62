internal import Bench
internal import Histogram

/// The figures of a run over time, in steps of whole seconds, by the code of `bench timeline`.
struct Course: Sendable {
    /// The most steps that a chart shows.
    private static let most = 600

    /// The figures of one tag.
    struct Line: Sendable {
        let tag: String
        /// Requests that were due in a second.
        var rates: [Double?]
        /// By ``TagSummary/latencies``, in ns.
        var latencies: [[Double?]]
    }

    /// How long a step is, in seconds.
    let step: Int
    /// Where each step begins, in seconds since the start of the load.
    let times: [Double]
    let lines: [Line]

    /// Reads logs side by side; the histograms of a step are added, never their percentiles averaged.
    ///
    /// - Throws: `IntervalLogError` for a damaged log, `SummaryError` for what cannot be added.
    init(of files: [String]) throws {
        let length = try Self.length(of: files)
        let step = max(1, (length + Self.most - 1) / Self.most)
        let count = length / step + (length.isMultiple(of: step) ? 0 : 1)
        var lines: [String: Line] = [:]
        var sums: [String: Histogram] = [:]
        var current = 0
        func close() {
            for (tag, sum) in sums where sum.count > 0 && current < count {
                var line =
                    lines[tag]
                    ?? Line(
                        tag: tag,
                        rates: Array(repeating: nil, count: count),
                        latencies: TagSummary.latencies.map { _ in
                            Array(repeating: nil, count: count)
                        }
                    )
                let seconds = min(step, length - current * step)
                line.rates[current] = Double(sum.count) / Double(max(1, seconds))
                for (index, latency) in TagSummary.latencies.enumerated() {
                    line.latencies[index][current] = latency.value(sum)
                }
                lines[tag] = line
            }
            sums = [:]
        }
        var timeline = try Timeline(of: files)
        while let rows = try timeline.next() {
            for row in rows where row.second >= 0 {
                if row.second / step != current {
                    close()
                    current = row.second / step
                }
                if sums[row.tag] == nil {
                    sums[row.tag] = row.histogram
                } else {
                    try sums[row.tag]?.add(row.histogram)
                }
            }
        }
        close()
        self.step = step
        times = (0..<count).map { Double($0 * step) }
        self.lines = lines.values.sorted { $0.tag < $1.tag }
    }

    /// When the last interval of any log ends, in whole seconds; the histograms are not decoded.
    private static func length(of files: [String]) throws -> Int {
        var end = Duration.zero
        for file in files {
            let reader = try IntervalLogReader(path: file)
            reader.passesOverDamage = true
            while let interval = try reader.next() { end = max(end, interval.end) }
        }
        return Int(min((end.seconds - 0.05).rounded(.up), 1e9))
    }
}
