internal import Histogram

/// The latencies of all loops, for each kind of request: of one second, or of the whole load.
struct Latencies {
    /// The histograms of one kind of request, in nanoseconds.
    struct Series {
        /// From the time when the request was due.
        var response = Latencies.histogram()
        /// From the time when it was sent.
        var service = Latencies.histogram()
        /// The response times of those that failed; they are in the others too.
        var failed = Latencies.histogram()
    }

    private(set) var series: [Series]

    /// Makes empty histograms for so many kinds of request.
    init(operations: Int) {
        series = (0..<operations).map { _ in Series() }
    }

    /// Three digits from 1 ns to a minute, and beyond if a value needs it.
    private static func histogram() -> Histogram {
        do {
            return try Histogram(highestTrackable: 60_000_000_000, resizes: true)
        } catch {
            preconditionFailure("a valid range: \(error)")
        }
    }

    /// Which kinds of request have occurred.
    var occurred: [Bool] { series.map { $0.service.count > 0 } }

    /// Adds what one loop measured.
    mutating func add(_ interval: DueInterval) {
        attempt { () throws(HistogramError) in
            for index in series.indices {
                try interval.add(.response, of: index, to: &series[index].response)
                try interval.add(.service, of: index, to: &series[index].service)
                try interval.add(.failed, of: index, to: &series[index].failed)
            }
        }
    }

    /// Adds another second.
    mutating func add(_ other: Latencies) {
        attempt { () throws(HistogramError) in
            for index in series.indices {
                try series[index].response.add(other.series[index].response)
                try series[index].service.add(other.series[index].service)
                try series[index].failed.add(other.series[index].failed)
            }
        }
    }

    /// Forgets everything.
    mutating func reset() {
        for index in series.indices {
            series[index].response.reset()
            series[index].service.reset()
            series[index].failed.reset()
        }
    }

    private func attempt(_ work: () throws(HistogramError) -> Void) {
        do {
            try work()
        } catch {
            preconditionFailure("a resizing histogram takes any value: \(error)")
        }
    }
}
