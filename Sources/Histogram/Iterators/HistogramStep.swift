/// One step of an iteration over a histogram.
public struct HistogramStep: Sendable, Hashable {
    /// The last step's ``value``, 0 in the first step.
    public let previousValue: Int64
    /// The largest value that this step covers.
    public let value: Int64
    /// How many values lie in the bucket at which the step ends.
    public let countAtValue: Int64
    /// How many values lie in the buckets that this step added.
    public let countInStep: Int64
    /// How many values lie in the buckets of this step and all before.
    public let countToValue: Int64
    /// `countToValue` as a share of all, 0…100.
    public let percentile: Double
    /// For percentile steps the share that the step was to reach, 0…100; else ``percentile``.
    public let percentileLevel: Double
}

/// Where the steps of an iteration end.
protocol StepRule {
    /// Whether a step ends at the bucket at which `walk` stands.
    func ends(at walk: BucketWalk) -> Bool
    /// Whether there is a step although all counts have been seen.
    mutating func continues(behind walk: BucketWalk) -> Bool
    /// The value that the step reports.
    func value(at walk: BucketWalk) -> Int64
    /// The percentile that the step was to reach, `nil` for the one it reached.
    var level: Double? { get }
    /// Makes the rule that of the next step.
    mutating func advance(from walk: BucketWalk)
}

extension StepRule {
    func continues(behind walk: BucketWalk) -> Bool { false }
    func value(at walk: BucketWalk) -> Int64 { walk.layout.highestEquivalent(at: walk.index) }
    var level: Double? { nil }
    func advance(from walk: BucketWalk) {}
}

/// A bucket of a histogram, and how many values lie in it and in those before.
struct BucketWalk {
    let layout: BucketLayout
    let total: Int64
    fileprivate(set) var index = 0
    fileprivate(set) var count: Int64 = 0
    fileprivate(set) var seen: Int64 = 0
    /// Whether a step has ended in this bucket.
    fileprivate(set) var isReported = false

    init(_ histogram: Histogram) {
        layout = histogram.layout
        total = histogram.count
        count = histogram.counts[0]
        seen = count
    }

    /// The smallest value of the next bucket; the largest there is behind the last one.
    var nextValue: Int64 {
        index + 1 < layout.length ? layout.lowestEquivalent(at: index + 1) : .max
    }

    /// The share of values seen, 0…100.
    var percentile: Double { 100 * Double(seen) / Double(total) }

    fileprivate mutating func advance(over histogram: Histogram) {
        index += 1
        count = histogram.counts[index]
        seen += count
        isReported = false
    }
}

/// The steps of a histogram by one rule.
struct Steps<Rule: StepRule>: Sequence, IteratorProtocol {
    private let histogram: Histogram
    private var rule: Rule
    private var walk: BucketWalk
    private var isStarted = false
    private var lastValue: Int64 = 0
    private var lastSeen: Int64 = 0

    init(_ histogram: Histogram, by rule: Rule) {
        self.histogram = histogram
        self.rule = rule
        walk = BucketWalk(histogram)
    }

    mutating func next() -> HistogramStep? {
        // all that was seen counts only once a step has looked at it
        let seen = isStarted ? walk.seen : 0
        guard seen < walk.total || rule.continues(behind: walk) else { return nil }
        isStarted = true
        while !rule.ends(at: walk) {
            guard walk.index + 1 < walk.layout.length else { return nil }
            walk.advance(over: histogram)
        }
        let value = rule.value(at: walk)
        defer {
            lastValue = value
            lastSeen = walk.seen
            walk.isReported = true
            rule.advance(from: walk)
        }
        return HistogramStep(
            previousValue: lastValue,
            value: value,
            countAtValue: walk.count,
            countInStep: walk.seen - lastSeen,
            countToValue: walk.seen,
            percentile: walk.percentile,
            percentileLevel: rule.level ?? walk.percentile
        )
    }
}
