internal import Histogram
internal import LoadResult
internal import Posix

/// One log of the logs of several loaders: the same intervals, each with all that was in them.
struct Merge {
    /// One log, and its next interval.
    private final class Source {
        let file: String
        let reader: IntervalLogReader
        var next: Interval?
        private(set) var remarks = LoadRemarks()

        init(_ file: String) throws(IntervalLogError) {
            self.file = file
            let said = Said()
            self.said = said
            reader = try IntervalLogReader(path: file) { said.remarks.note($0) }
            try advance()
            guard next != nil else {
                throw reader.cut ?? IntervalLogError(reason: .noInterval, file: file, line: nil)
            }
        }

        /// Takes the next interval; a log whose end is cut off is no whole one.
        func advance() throws(IntervalLogError) {
            next = try reader.next()
            remarks = said.remarks
            if next == nil, let cut = reader.cut { throw cut }
        }

        /// What the reader's closure writes to before the source is whole.
        private final class Said { var remarks = LoadRemarks() }
        private let said: Said
    }

    /// The text of the merged log.
    private(set) var text = ""
    /// How many intervals it has, over all tags.
    private(set) var intervals = 0

    /// Merges logs of one load.
    ///
    /// - Throws: ``MergeError`` for logs that do not fit, `IntervalLogError` for a damaged one,
    ///   ``SummaryError`` for one that would take too much memory.
    init(_ files: [String]) throws {
        let sources = try files.map { try Source($0) }
        try Self.check(sources)
        let first = sources[0]
        let start = first.reader.startTime ?? .zero
        let writer = IntervalLogWriter(
            startTime: start,
            baseTime: start,
            comments: Self.comments(sources)
        )
        text = writer.header()
        while let time = sources.compactMap({ $0.next?.start }).min() {
            try add(sources, at: time, writer)
        }
        if let ending = Self.ending(sources) { text += "#\(ending)\n" }
    }

    /// Adds the interval of all logs that starts at this time.
    private mutating func add(
        _ sources: [Source],
        at time: Duration,
        _ writer: IntervalLogWriter
    ) throws {
        var tags: [String?] = []
        var sums: [String?: Histogram?] = [:]
        var length: (Duration, of: String)?
        for source in sources {
            let other = sources.first { $0.next?.start == time }?.file ?? length?.of ?? ""
            guard source.next?.start == time else {
                throw MergeError.differentIntervals(
                    file: source.file,
                    other: length?.of ?? other,
                    at: time
                )
            }
            while let interval = source.next, interval.start == time {
                if let length, length.0 != interval.length {
                    throw MergeError.differentIntervals(
                        file: source.file,
                        other: length.of,
                        at: time
                    )
                }
                length = length ?? (interval.length, source.file)
                if sums[interval.tag] == nil {
                    tags.append(interval.tag)
                    try HeldCounts.check(
                        interval.layout(),
                        beside: sums.values,
                        file: source.file,
                        tags: tags.count
                    )
                }
                try interval.add(to: &sums[interval.tag, default: nil])
                try source.advance()
            }
        }
        for tag in tags {
            guard let length, let sum = sums[tag] ?? nil else { continue }
            text += writer.line(tag: tag, start: time, length: length.0, histogram: sum)
            intervals += 1
        }
    }

    private static func check(_ sources: [Source]) throws(MergeError) {
        let first = sources[0]
        for source in sources.dropFirst() {
            let (own, other) = (source.reader.startTime ?? .zero, first.reader.startTime ?? .zero)
            // Logs have times with three decimals.
            guard abs(own - other) < .milliseconds(1) else {
                let (late, early) = own > other ? (source, first) : (first, source)
                throw .differentStart(
                    file: late.file,
                    at: max(own, other),
                    other: early.file,
                    otherAt: min(own, other)
                )
            }
            guard source.remarks.recording == first.remarks.recording,
                source.remarks.schedule?.whole == first.remarks.schedule?.whole
            else { throw .differentKind(file: source.file, other: first.file) }
        }
        guard let whole = first.remarks.schedule?.whole else { return }
        let parts = sources.compactMap(\.remarks.schedule?.part)
        let missing = (0..<whole.parts).filter { !parts.contains($0) }
        let twice = (0..<whole.parts).filter { part in parts.count { $0 == part } > 1 }
        guard missing.isEmpty, twice.isEmpty else {
            throw .parts(
                missing: missing.map { $0 + 1 },
                twice: twice.map { $0 + 1 },
                of: whole.parts
            )
        }
    }

    /// What the head says: by which time requests are in the intervals, and what must be in them.
    private static func comments(_ sources: [Source]) -> [String] {
        let remarks = sources[0].remarks
        let kind: String? =
            switch remarks.recording {
            case .due: LoggedSchedule.dueMarker
            case .sent: LoggedSchedule.sentMarker
            case .answered: nil
            }
        let schedule = remarks.schedule.map { schedule in
            LoggedSchedule(
                rate: schedule.rate,
                part: 0,
                parts: 1,
                requests: schedule.requests,
                end: schedule.end
            )
        }
        return ["[Merged by bench merge of \(sources.count) logs]"]
            + [kind, schedule?.comment].compactMap { $0 }
    }

    /// The last word, where every log has one.
    private static func ending(_ sources: [Source]) -> String? {
        let all = sources.map(\.remarks)
        let totals = all.compactMap(\.totals)
        guard totals.count == all.count else { return nil }
        return LoadRemarks.lastWord(
            all.allSatisfy { $0.ending == .complete } ? .complete : .stopped,
            requests: totals.map(\.requests).reduce(0, &+),
            errors: totals.map(\.errors).reduce(0, &+),
            missing: totals.map(\.missing).reduce(0, &+)
        )
    }
}
