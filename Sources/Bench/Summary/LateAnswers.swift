internal import Histogram

/// The answers behind the end of a window that belong to requests from inside of it.
///
/// A log by the time of the answer does not say when an answer came, only in which interval. That
/// interval's answers are taken to have come evenly: one with latency L in an interval that begins
/// B behind the window and lasts D was due inside the window with the probability (L - B) / D.
struct LateAnswers: Sendable {
    /// By how much a printed figure may move, as a share of it, before the window is refused.
    private static let tolerance = 0.01
    /// How many different latencies of all tags together are kept; a log of ours has some thousands.
    private static let most = 1 << 20

    /// The sums of those probabilities for each latency, by tag.
    private var weights: [String: [Int64: Double]] = [:]
    private var count = 0
    /// How many tags there are.
    var tags: Int { weights.count }

    /// Adds an interval that begins `distance` nanoseconds behind the window and lasts `length`.
    ///
    /// - Returns: Whether it fits: what a log makes us keep is bounded.
    mutating func add(
        _ histogram: Histogram,
        tag: String,
        distance: Int64,
        length: Int64
    ) -> Bool {
        guard histogram.max > distance else { return true }
        histogram.forEachCount { index, count in
            let latency = histogram.layout.lowestEquivalent(at: index)
            guard latency > distance, self.count <= Self.most else { return }
            let share = min(1, Double(latency - distance) / Double(max(1, length)))
            if weights[tag]?[latency] == nil { self.count += 1 }
            weights[tag, default: [:]][latency, default: 0] += share * Double(count)
        }
        return count <= Self.most
    }

    /// Adds those of another log.
    mutating func add(_ other: LateAnswers) {
        for (tag, weights) in other.weights {
            self.weights[tag, default: [:]].merge(weights, uniquingKeysWith: +)
        }
    }

    /// Returns which printed figure of a tag they would change, and how; `nil` if none.
    func change(of tag: String, _ histogram: Histogram) throws(HistogramError) -> Change? {
        guard let weights = weights[tag] else { return nil }
        var all = Histogram(layout: histogram.layout, resizes: true)
        try all.add(histogram)
        var open = 0.0
        var count: Int64 = 0
        for (latency, weight) in weights.sorted(by: { $0.key > $1.key }) {
            open += weight
            guard open >= 1, open < 1e15 else { continue }
            try all.record(latency, count: Int64(open))
            count += Int64(open)
            open -= open.rounded(.down)
        }
        guard count > 0 else { return nil }
        for figure in TagSummary.latencies where figure.key != "mean_ns" {
            let (shown, real) = (figure.value(histogram), figure.value(all))
            if abs(real - shown) > Self.tolerance * max(shown, 1) {
                return Change(title: figure.title, shown: shown, real: real, count: count)
            }
        }
        return nil
    }

    /// A printed figure that the answers behind the window would change.
    struct Change: Sendable, Hashable {
        /// The figure, such as `p99`.
        let title: String
        /// What the window says, and what it would be, in ns.
        let shown: Double
        let real: Double
        /// How many answers there are behind the window.
        let count: Int64
    }
}
