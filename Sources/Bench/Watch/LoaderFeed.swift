internal import Histogram
internal import LoadResult

/// One loader's log, of which more comes while it is read.
final class LoaderFeed {
    /// So many seconds are kept apart, for the last one that all loaders have.
    private static let kept = 16

    /// The loader's name: that of its log's folder, such as `client-0`.
    let name: String
    /// The last second of which there is anything, from 0; `nil` before the first.
    private(set) var last: Int?
    /// The histograms of the last seconds by tag.
    private(set) var seconds: [Int: [String: Histogram]] = [:]
    /// All of it by tag.
    private(set) var sofar: [String: Histogram] = [:]
    /// When the log starts, since 1970.
    var startTime: Duration? { reader.startTime }
    /// What is due; `nil` if the log does not say.
    var schedule: LoggedSchedule? { said.remarks.schedule }
    /// Whether the loader has said its last word.
    var hasEnded: Bool { said.remarks.ending != nil }

    private final class Said { var remarks = LoadRemarks() }
    private let said: Said
    private let reader: IntervalLogReader

    private let path: String

    /// Opens the log; nothing is read yet.
    init(path: String) throws(IntervalLogError) {
        self.path = path
        let said = Said()
        self.said = said
        reader = try IntervalLogReader(path: path) { said.remarks.note($0) }
        reader.follows = true
        name = path.split(separator: "/").dropLast().last.map(String.init) ?? path
    }

    /// Reads what has come since.
    ///
    /// - Throws: `IntervalLogError` for a damaged line, `HistogramError` for what cannot be added,
    ///   ``SummaryError`` for what would take too much memory.
    func advance() throws {
        while let interval = try reader.next() {
            let second = Int((interval.start + interval.length / 2).components.seconds)
            let tag = interval.tag ?? LogSum.untagged
            if seconds[second]?[tag] == nil {
                try HeldCounts.check(
                    interval.layout(),
                    beside: seconds.values.flatMap(\.values) + sofar.values,
                    file: path,
                    tags: max(sofar.count, (seconds[second]?.count ?? 0) + 1)
                )
            }
            let histogram = try interval.histogram()
            var sum = sofar[tag] ?? Histogram(layout: histogram.layout, resizes: true)
            try sum.add(histogram)
            sofar[tag] = sum
            var own =
                seconds[second]?[tag] ?? Histogram(layout: histogram.layout, resizes: true)
            try own.add(histogram)
            seconds[second, default: [:]][tag] = own
            guard second >= last ?? second else { continue }
            last = second
            // At once: the first look at a long run reads hours.
            if seconds.count > Self.kept {
                seconds = seconds.filter { $0.key > second - Self.kept }
            }
        }
    }
}
