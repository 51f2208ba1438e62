internal import Histogram
internal import Statistics

/// How the figures of two sides are measured against each other.
enum Findings {
    /// The percentiles that are judged, as far as there are enough requests.
    private static let percentiles = [
        "p50_ns": 50.0, "p90_ns": 90, "p99_ns": 99, "p99_9_ns": 99.9, "p99_99_ns": 99.99,
    ]

    /// The tags that are judged: response times, which hold the service times; all where there are none.
    static func tags(of pairs: [Comparison.Pair]) -> [String] {
        let tags = pairs.map(\.a.tag).filter { !$0.hasSuffix(" ok") }
        let timed = tags.filter { $0.hasSuffix("-rt") }
        return timed.isEmpty ? tags : timed
    }

    /// Figures of so many requests: each percentile has at least ten beyond it, and the maximum, which
    /// is a single request, is none.
    static func latencies(count: Int64) -> [TagSummary.Latency] {
        TagSummary.latencies.filter { latency in
            guard let percentile = percentiles[latency.key] else { return latency.key == "mean_ns" }
            return Double(count) * (100 - percentile) / 100 >= 10
        }
    }

    /// One run beside one: batch means over the intervals of each.
    ///
    /// - Returns: The differences, and why there are none of a tag.
    /// - Throws: `IntervalLogError` and `SummaryError` for logs that cannot be read again.
    static func within(
        _ comparison: Comparison
    ) throws -> (measured: [Finding.Measured], unjudged: [String]) {
        var found: [Finding.Measured] = []
        var unjudged: [String] = []
        let sides = try [comparison.runA, comparison.runB].map { try seconds(of: $0) }
        for tag in tags(of: comparison.pairs) {
            guard let pair = comparison.pairs.first(where: { $0.a.tag == tag }) else { continue }
            let seconds = sides.map { $0[tag] ?? [] }
            guard let a = SecondCounts(seconds[0]), let b = SecondCounts(seconds[1]) else {
                let shortest = seconds.map(\.count).min() ?? 0
                unjudged.append(
                    shortest < SecondCounts.fewest
                        ? "\(tag): too few seconds (\(shortest), needs \(SecondCounts.fewest)) for an "
                            + "interval"
                        : "\(tag): too many requests, or different latencies, for an interval; compare a shorter part with "
                            + "--from and --to"
                )
                continue
            }
            found += within(pair, a, b)
        }
        return (found, unjudged)
    }

    /// The histograms of each tag of a run, second by second, inside its window.
    private static func seconds(of run: Comparison.Run) throws -> [String: [Histogram]] {
        var timeline = try Timeline(of: run.summary.files)
        let window = run.summary.window
        var seconds: [String: [Histogram]] = [:]
        while let rows = try timeline.next() {
            for row in rows {
                let middle = Duration.seconds(row.second) + .milliseconds(500)
                guard window.from == .zero || middle >= window.from,
                    window.to.map({ middle < $0 }) ?? true
                else { continue }
                seconds[row.tag, default: []].append(row.histogram)
            }
        }
        return seconds
    }

    private static func within(
        _ pair: Comparison.Pair,
        _ a: SecondCounts,
        _ b: SecondCounts
    ) -> [Finding.Measured] {
        let figures = latencies(count: min(pair.a.count, pair.b.count))
        let tests = WithinRuns.tests(a, b, percentiles: figures.compactMap { percentiles[$0.key] })
        return zip(figures, tests).map { figure, test in
            let (low, high) = (figure.value(pair.a.histogram), figure.value(pair.b.histogram))
            let whole = -Double.infinity...Double.infinity
            return Finding.Measured(
                tag: pair.a.tag,
                title: figure.title,
                key: figure.key,
                a: low,
                b: high,
                difference: max(high, 1).logarithm - max(low, 1).logarithm,
                interval: test?.interval(error: 0.05) ?? whole,
                narrow: test?.interval(error: 0.1) ?? whole,
                pValue: test?.pValue ?? 1
            )
        }
    }

    /// Sets of trials: the trial is the unit; Welch's t test of the logarithms.
    static func between(_ a: [Summary], _ b: [Summary]) -> [Finding.Measured] {
        let sets = [a, b]
        let common = (a + b).map { Set($0.tags.map(\.tag)) }
        let shared = common.dropFirst().reduce(common.first ?? []) { $0.intersection($1) }
        let tags = a.first?.tags.map(\.tag).filter(shared.contains) ?? []
        let timed = tags.filter { $0.hasSuffix("-rt") }
        return (timed.isEmpty ? tags : timed).flatMap { tag -> [Finding.Measured] in
            let rows = sets.map { $0.compactMap { $0.tags.first { $0.tag == tag } } }
            let count = (rows[0] + rows[1]).map(\.count).min() ?? 0
            var figures = latencies(count: count).map { latency in
                (latency.title, latency.key, rows.map { $0.map { latency.value($0.histogram) } })
            }
            if timed.isEmpty {
                let throughput = rows.map { $0.map(\.throughput) }
                figures.append(("op/s", Finding.throughputKey, throughput))
            }
            return figures.compactMap { title, key, values in
                guard values.allSatisfy({ $0.allSatisfy { $0 > 0 } }) else { return nil }
                return between(tag, title, key, values)
            }
        }
    }

    private static func between(
        _ tag: String,
        _ title: String,
        _ key: String,
        _ values: [[Double]]
    ) -> Finding.Measured {
        let logarithms = values.map { Differences($0.map(\.logarithm)) }
        let test = Welch(a: logarithms[0].values, b: logarithms[1].values)
        return Finding.Measured(
            tag: tag,
            title: title,
            key: key,
            a: logarithms[0].mean.exponential,
            b: logarithms[1].mean.exponential,
            difference: test.difference,
            interval: test.interval(error: 0.05),
            narrow: test.interval(error: 0.1),
            pValue: test.pValue,
            noise: .init(a: logarithms[0].deviation, b: logarithms[1].deviation)
        )
    }
}
