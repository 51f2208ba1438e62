@testable import Bench

/// The text of a log of whole seconds, for tests.
struct LogText {
    var startTime = Duration.seconds(1_795_224_086)
    /// The seconds that have an interval.
    var seconds = 0..<10
    /// What is recorded in each second for each tag: value in ns and count.
    var values: [(tag: String?, value: Int64, count: Int64)] = [("READ-rt", 1_000_000, 100)]

    var text: String {
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
