internal import Histogram
package import JSON
internal import Usage

extension Summary: CustomStringConvertible {
    /// The table for people: one row for each tag, without a line feed at its end.
    public var description: String {
        let unit = LatencyUnit(largest: tags.map(\.histogram.max).max() ?? 0)
        var table = TextTable()
        table.add(["tag"] + titles)
        table.addRule()
        for tag in rows { table.add([tag.tag] + Self.cells(of: tag, in: unit)) }
        return "\(heading), latencies in \(unit.rawValue)\n\n" + table.text().dropLast()
    }

    /// What was measured, in a few words: `60 s (5 s to 65 s) of 2 logs`.
    package var heading: String {
        let logs = files.count == 1 ? "1 log" : "\(files.count) logs"
        return "\(span.length.inSeconds) (\(span)) of \(logs)"
    }

    /// Each tag, and behind one with failed requests those that did not fail.
    package var rows: [TagSummary] { tags.flatMap { [$0] + ($0.successes.map { [$0] } ?? []) } }

    /// The columns behind the tag; the rate is that at which requests were due, or were answered.
    package var titles: [String] {
        ["count", "errors", rateTitle] + TagSummary.latencies.map(\.title)
    }

    /// What a rate counts: the requests that were due, or those that were answered.
    package var rateTitle: String { isByDueTime ? "due/s" : "op/s" }

    package static func cells(of tag: TagSummary, in unit: LatencyUnit) -> [String] {
        [
            tag.count.grouped,
            tag.errors.grouped,
            rateText(tag.throughput),
        ] + tag.latencies.map(unit.text)
    }

    /// The figures as JSON, times in ns, with the window that they are of:
    /// `{"window": {"from_ns": …, "to_ns": …}, "tags": {"READ-rt": {"count": …, "errors": …, …}}}`.
    ///
    /// A window to the end has `null`. A tag with failed requests has those that did not fail under
    /// `ok`.
    public var json: String { jsonValue.text }

    package var jsonValue: JSON {
        [
            "window": window.json,
            "tags": .object(tags.map { JSON.Member(name: $0.tag, value: $0.json) }),
        ]
    }
}
