internal import Histogram
internal import LoadResult
internal import OpenLoop

/// What a load says to Prometheus, in its text format: counts and latencies since its start.
struct LoadFigures {
    /// What all its figures are labelled with, as `stress`.
    let stress: String
    /// Requests per second that are due here; `nil` if replies decide.
    let rate: Double?
    private var counts = LoadCounts()
    private var outstanding = 0
    private var latest: Int64 = 0
    private var times = [Int](repeating: 0, count: bounds.count + 1)
    private var sum = 0.0

    /// Upper bounds of latencies in nanoseconds.
    static let bounds: [Int64] = [
        25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000,
        25_000_000, 50_000_000, 100_000_000, 250_000_000, 500_000_000, 1_000_000_000,
        2_500_000_000, 5_000_000_000, 10_000_000_000,
    ]

    /// Begins with nothing sent.
    init(stress: String, rate: Double?) {
        self.stress = stress
        self.rate = rate
    }

    /// Adds a second of the clock.
    mutating func add(_ second: LiveSecond) {
        counts += second.counts
        outstanding = second.outstanding
        latest = second.latest
        let latencies = second.latencies
        sum += latencies.mean * Double(latencies.count)
        latencies.forEachCount { index, count in
            let value = latencies.layout.lowestEquivalent(at: index)
            times[Self.bounds.firstIndex { value <= $0 } ?? Self.bounds.count] += Int(count)
        }
    }

    /// The figures as a node exporter or Prometheus reads them.
    var text: String {
        var text = MetricText()
        let labels = [(name: "stress", value: stress)]
        func add(_ name: String, _ kind: MetricText.Kind, _ help: String, _ value: Double) {
            text.family("bench_load_" + name, kind, help)
            text.sample(labels, value)
        }
        if let rate {
            add("rate_per_second", .gauge, "Requests that are due here in a second.", rate)
        }
        let dealt = "Requests that are dealt with, failed ones too."
        add("requests_total", .counter, dealt, Double(counts.finished))
        add("errors_total", .counter, "Requests that failed.", Double(counts.errors))
        let waiting = "Requests that were due and are not dealt with."
        add("outstanding", .gauge, waiting, Double(outstanding))
        let lag = "How late the load tool itself took up a request in the last second, at most."
        add("latest_seconds", .gauge, lag, Double(latest) / 1e9)
        let late = "Requests that it took up more than 1 ms after they were due."
        add("late_total", .counter, late, Double(counts.late))
        text.family(
            "bench_load_latency_seconds",
            .histogram,
            "From when a request was due, or was sent where replies decide when."
        )
        text.histogram(labels, bounds: Self.bounds, counts: times, sum: sum)
        return text.text
    }
}

extension LoadFigures {
    /// Begins with what was asked for.
    init(of options: LoadOptions) {
        let plan = options.plan
        self.init(
            stress: options.stress,
            rate: options.hasSchedule ? plan.rate.perSecond / Double(plan.parts) : nil
        )
    }
}
