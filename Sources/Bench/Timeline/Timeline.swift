package import Histogram
internal import JSON
internal import Usage

/// The figures of a run second by second: all its logs are read side by side, so that hours of many
/// loaders take the memory of one second.
package struct Timeline {
    /// The figures of one tag in one second, over all logs.
    package struct Row: Sendable, Hashable {
        /// The second, from 0 at the start of the logs; below 0 for what precedes the start that a
        /// log names.
        package let second: Int
        package let tag: String
        package let histogram: Histogram
    }

    /// One log and its next interval.
    private struct Source {
        let file: String
        let reader: IntervalLogReader
        var next: Interval?

        /// The second of an interval is that of its middle; loaders close intervals some
        /// milliseconds late.
        var second: Int? {
            next.map { Self.second(of: $0.start + $0.length / 2) }
        }

        /// Rounds down, also below 0, so that every second is as long as the others.
        static func second(of time: Duration) -> Int {
            let (seconds, attoseconds) = time.components
            return Int(attoseconds < 0 ? seconds - 1 : seconds)
        }
    }

    private var sources: [Source]
    /// What must be said beside the figures, such as a log whose end is cut off.
    package var notes: [String] {
        sources.flatMap { $0.reader.faults + ($0.reader.cut.map { [$0] } ?? []) }.map { "\($0)" }
    }

    /// Opens the logs.
    ///
    /// - Throws: ``IntervalLogError`` for a log that cannot be read.
    package init(of files: [String]) throws(IntervalLogError) {
        sources = []
        for file in files {
            let reader = try IntervalLogReader(path: file)
            reader.passesOverDamage = true
            sources.append(Source(file: file, reader: reader, next: try reader.next()))
        }
    }

    /// The rows of the next second that has any, in the order of their tags; `nil` behind the last.
    ///
    /// - Throws: ``IntervalLogError`` for a line that is no interval, ``SummaryError`` for
    ///   histograms that cannot be added.
    package mutating func next() throws -> [Row]? {
        guard let second = sources.compactMap(\.second).min() else { return nil }
        var sums: [String: Histogram?] = [:]
        for index in sources.indices {
            // a log that goes back in time is taken up to here all the same
            while let interval = sources[index].next, let own = sources[index].second,
                own <= second
            {
                let tag = interval.tag ?? LogSum.untagged
                if sums[tag] == nil {
                    try HeldCounts.check(
                        interval.layout(),
                        beside: sums.values,
                        file: sources[index].file,
                        tags: sums.count + 1
                    )
                }
                try interval.add(to: &sums[tag, default: nil])
                sources[index].next = try sources[index].reader.next()
            }
        }
        return sums.compactMapValues { $0 }.sorted { $0.key < $1.key }
            .map { Row(second: second, tag: $0.key, histogram: $0.value) }
    }
}

extension Timeline.Row {
    /// The columns of a table.
    static let titles =
        ["second", "tag", "count"] + TagSummary.latencies.map(\.key)

    /// The cells; latencies in ns.
    var cells: [String] {
        let latencies = TagSummary.latencies.map { latency in
            let value = latency.value(histogram)
            return Int64(exactly: value).map { "\($0)" } ?? decimals(value, 1)
        }
        return ["\(second)", csvCell(tag), "\(histogram.count)"] + latencies
    }

    /// An object with the same names.
    var json: JSON {
        let latencies = TagSummary.latencies.map { latency in
            let value = latency.value(histogram)
            let number = Int64(exactly: value).map { JSON.integer($0) } ?? .number(value)
            return JSON.Member(name: latency.key, value: number)
        }
        let first = [
            JSON.Member(name: "second", value: .integer(Int64(second))),
            JSON.Member(name: "tag", value: .string(tag)),
            JSON.Member(name: "count", value: .integer(histogram.count)),
        ]
        return .object(first + latencies)
    }

    /// A cell as RFC 4180 has it; no tag begins a formula in a spreadsheet.
    private func csvCell(_ text: String) -> String {
        let clean = printable(text)
        let isPlain = clean.allSatisfy { $0.isLetter || $0.isNumber || "-_. ".contains($0) }
        return isPlain && clean.first != "-" ? clean : "\"\(clean.replacing("\"", with: "\"\""))\""
    }
}
