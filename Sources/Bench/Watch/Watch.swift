internal import Histogram
internal import LoadResult
internal import Usage

/// A stress that runs, as its loaders' logs tell it so far.
struct Watch {
    /// A loader that is so many seconds behind the others is not waited for.
    static let patience = 5

    /// The stress's name.
    let stress: String
    let loaders: [LoaderFeed]
    /// The time now, since 1970.
    let now: Duration
    /// The deployment whose load no script follows any more; `nil` while one does.
    var left: String?

    /// The last second that all loaders have that keep up; `nil` before the first.
    var second: Int? { current.compactMap(\.last).min() }

    /// The time up to which these logs can tell: a copy that stands still has no later one.
    static func time(_ now: Duration, of logs: [String]) -> Duration {
        // The script copies each second.
        min(now, logs.compactMap(ScriptLock.written).max().map { $0 + .seconds(2) } ?? now)
    }

    /// The loaders that keep up.
    private var current: [LoaderFeed] {
        guard let newest = loaders.compactMap(\.last).max() else { return [] }
        return loaders.filter { $0.last.map { $0 > newest - Self.patience } ?? false }
    }

    /// How long ago the first request was due; `nil` if no log says so.
    private var passed: Duration? { loaders.compactMap(\.startTime).min().map { now - $0 } }

    /// `mixed  12 s of 30 s, 18 s left`; of a load that no script follows, since when.
    var heading: String {
        if let left {
            let since = second.map { "since second \($0)" } ?? "since before its first second"
            return "\(printable(stress))  no script follows it \(since) "
                + "(prov jobs \(printable(left)) shows the load; --attach goes on with it)"
        }
        guard let passed, passed >= .zero else { return "\(printable(stress))  begins" }
        let seconds = Int(passed.seconds)
        guard let end = loaders.compactMap(\.schedule?.end).max() else {
            return "\(printable(stress))  \(seconds) s"
        }
        let all = Int((Double(end) / 1e9).rounded())
        let left = all - seconds
        return "\(printable(stress))  \(min(seconds, all)) s of \(all) s, "
            + (left > 0 ? "\(left) s left" : "the last answers")
    }

    /// The table for people: the last second and all so far, and what each loader does.
    var description: String {
        guard let second else { return heading + "\n" }
        let last = sum(current.compactMap { $0.seconds[second] })
        let all = sum(loaders.map(\.sofar))
        let unit = LatencyUnit(largest: all.values.map { $0.value(atPercentile: 99) }.max() ?? 0)
        var table = TextTable()
        table.add(["", "tag", "op/s", "errors"] + TagSummary.latencies.map(\.title))
        let parts = [
            ("second \(second)", last, 1.0), ("so far", all, Double(second + 1)),
        ]
        for (what, sums, length) in parts {
            table.addRule()
            for (index, tag) in Self.tags(of: sums).enumerated() {
                guard let histogram = sums[tag] else { continue }
                table.add(
                    [index == 0 ? what : "", printable(tag)]
                        + [rateText(Double(histogram.count) / length), errors(of: tag, in: sums)]
                        + TagSummary.latencies.map { unit.text($0.value(histogram)) }
                )
            }
        }
        table.addRule()
        for loader in loaders { table.add(row(of: loader, at: second)) }
        return "\(heading), latencies in \(unit.rawValue)\n\n" + table.text(leading: 2)
    }

    /// The same in one line, for a log: the last second.
    var line: String {
        guard let second else { return heading }
        let last = sum(current.compactMap { $0.seconds[second] })
        let unit = LatencyUnit.milliseconds
        let tags = Self.tags(of: last).compactMap { tag in
            last[tag].map { histogram in
                "\(printable(tag)) \(rateText(Double(histogram.count)))/s p50 "
                    + "\(unit.text(Double(histogram.value(atPercentile: 50)))) ms p99 "
                    + "\(unit.text(Double(histogram.value(atPercentile: 99)))) ms errors "
                    + errors(of: tag, in: last)
            }
        }
        let behind = loaders.filter { isBehind($0) }.map { "\($0.name) is behind" }
        return ([heading] + tags + behind).joined(separator: "  |  ")
    }

    private func isBehind(_ loader: LoaderFeed) -> Bool {
        !current.contains { $0 === loader }
    }

    private func row(of loader: LoaderFeed, at second: Int) -> [String] {
        let own = loader.seconds[second] ?? [:]
        // Counts that overflow are of no load, and lie anyway.
        let requests = Self.tags(of: own).compactMap { own[$0]?.count }.reduce(0, &+)
        let failed = own.filter { $0.key.hasSuffix("-error") }.values.map(\.count).reduce(0, &+)
        let state =
            loader.hasEnded
            ? "has ended"
            : isBehind(loader) ? "behind since second \(loader.last.map { "\($0)" } ?? "0")" : ""
        return [printable(loader.name), state, rateText(Double(requests)), failed.grouped]
    }

    private func sum(_ parts: [[String: Histogram]]) -> [String: Histogram] {
        var sums: [String: Histogram] = [:]
        for (tag, histogram) in parts.joined() {
            var sum = sums[tag] ?? Histogram(layout: histogram.layout, resizes: true)
            // Counts that overflow 64 bits are of no load: what was added before is shown.
            try? sum.add(histogram)
            sums[tag] = sum
        }
        return sums
    }

    /// The tags that are shown: response times where there are any, or else all but the errors.
    private static func tags(of sums: [String: Histogram]) -> [String] {
        let tags = sums.keys.filter { !$0.hasSuffix("-error") }.sorted()
        let timed = tags.filter { $0.hasSuffix("-rt") }
        return timed.isEmpty ? tags : timed
    }

    private func errors(of tag: String, in sums: [String: Histogram]) -> String {
        let operation = tag.hasSuffix("-rt") || tag.hasSuffix("-st") ? tag.dropLast(3) : tag[...]
        return (sums[operation + "-error"]?.count ?? 0).grouped
    }
}
