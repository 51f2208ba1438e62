internal import Histogram

/// The text of a log of whole seconds, for tests.
package struct LogText {
    /// When it starts, since 1970.
    package var startTime: Duration
    /// The seconds that have an interval.
    package var seconds: Range<Int>
    /// What is recorded in each second for each tag: value in ns and count.
    package var values: [(tag: String?, value: Int64, count: Int64)]

    /// Makes a log, by default of ten seconds with 100 reads of 1 ms each.
    package init(
        startTime: Duration = .seconds(1_795_224_086),
        seconds: Range<Int> = 0..<10,
        values: [(tag: String?, value: Int64, count: Int64)] = [("READ-rt", 1_000_000, 100)]
    ) {
        self.startTime = startTime
        self.seconds = seconds
        self.values = values
    }

    /// The whole log.
    package var text: String {
        get throws {
            let writer = IntervalLogWriter(startTime: startTime, baseTime: startTime)
            var text = writer.header()
            for second in seconds {
                for (tag, value, count) in values {
                    var histogram = try Histogram(highestTrackable: 3_600_000_000_000)
                    try histogram.record(value, count: count)
                    text += writer.line(
                        tag: tag,
                        start: .seconds(second),
                        length: .seconds(1),
                        histogram: histogram
                    )
                }
            }
            return text
        }
    }
}
