private import Glibc

/// Ends at each bucket with a count.
struct RecordedRule: StepRule {
    func ends(at walk: BucketWalk) -> Bool { walk.count != 0 && !walk.isReported }
}

/// Ends at each bucket.
struct EveryRule: StepRule {
    func ends(at walk: BucketWalk) -> Bool { !walk.isReported }

    func continues(behind walk: BucketWalk) -> Bool {
        walk.index + 1 < walk.layout.length
    }
}

/// Ends whenever a next multiple of a width is reached.
struct LinearRule: StepRule {
    let width: Int64
    private var last: Int64

    init(width: Int64) {
        self.width = width
        last = width - 1
    }

    func ends(at walk: BucketWalk) -> Bool {
        walk.reaches(last)
    }

    // the bucket with the last count may be wider than a step
    func continues(behind walk: BucketWalk) -> Bool {
        last &+ 1 < walk.nextValue && last < .max - width
    }

    func value(at walk: BucketWalk) -> Int64 { last }

    mutating func advance(from walk: BucketWalk) {
        last = last.addingReportingOverflow(width).overflow ? .max : last + width
    }
}

/// Ends whenever a next power of a base is reached.
struct LogarithmicRule: StepRule {
    let base: Double
    private var next: Double
    private var last: Int64

    init(first: Int64, base: Double) {
        self.base = base
        next = Double(first)
        last = first - 1
    }

    func ends(at walk: BucketWalk) -> Bool { walk.reaches(last) }

    func continues(behind walk: BucketWalk) -> Bool {
        let level = Int64(clamping: next)
        let index = walk.layout.index(of: level)
        return index < walk.layout.length
            && walk.layout.lowestEquivalent(at: index) < walk.nextValue
    }

    func value(at walk: BucketWalk) -> Int64 { last }

    mutating func advance(from walk: BucketWalk) {
        next *= base
        last = Int64(clamping: next) - 1
    }
}

/// Ends at ever finer percentiles: a number of ticks in each half of the distance to 100.
struct PercentileRule: StepRule {
    let ticks: Int
    private var target = 0.0
    private var hasReachedAll = false

    init(ticksPerHalfDistance: Int) { ticks = ticksPerHalfDistance }

    var level: Double? { target }

    func ends(at walk: BucketWalk) -> Bool { walk.count != 0 && walk.percentile >= target }

    mutating func continues(behind walk: BucketWalk) -> Bool {
        // one step to 100 % follows the last
        guard !hasReachedAll, walk.total > 0 else { return false }
        target = 100
        hasReachedAll = true
        return true
    }

    mutating func advance(from walk: BucketWalk) {
        // logarithms and their truncation as in Java, whose steps these are to the last bit
        let halvings = Int64(clamping: log(100 / (100 - target)) / log(2)) &+ 1
        target += 100 / Double(Int64(clamping: Double(ticks) * pow(2, Double(halvings))))
    }
}

extension BucketWalk {
    /// Whether the walk stands at or behind the bucket of `value`, or at the very last one.
    fileprivate func reaches(_ value: Int64) -> Bool {
        index >= layout.index(of: value) || index + 1 >= layout.length
    }
}

extension Int64 {
    /// Truncates towards 0, to the nearest there is, as Java's cast; 0 for not a number.
    fileprivate init(clamping value: Double) {
        if let whole = Int64(exactly: value.rounded(.towardZero)) {
            self = whole
        } else {
            self = value.isNaN ? 0 : value < 0 ? .min : .max
        }
    }
}
