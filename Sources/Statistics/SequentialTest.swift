/// A group-sequential comparison of several metrics: the rule by which an experiment may look at its
/// results between pairs, and stop, without erring more often than it says.
///
/// A difference is called when Student's t test and the sign-flip test pass the look's level, which
/// ``Boundary`` and Holm's order over the metrics set. "The same" is called when the repeated
/// confidence interval (Jennison and Turnbull, J. R. Stat. Soc. B 51, 1989), 90 % over all looks,
/// lies within the effect on both sides: two one-sided tests, each at 5 %.
public struct SequentialTest: Sendable {
    /// What is known of one metric at one look.
    public struct Finding: Sendable, Hashable {
        /// The verdict so far.
        public var verdict: Verdict
        /// The mean difference of logarithms, B against A.
        public var difference: Double
        /// The interval that holds the true difference at every look with 95 % probability.
        public var interval: ClosedRange<Double>
        /// The p-value at this look, to be compared with `level`.
        public var pValue: Double
        /// The level that a single metric would have to pass at this look.
        public var level: Double
    }

    /// How many pairs there are at each look.
    public let looks: [Int]
    /// The smallest difference worth knowing, as a difference of logarithms, above 0.
    public let effect: Double
    /// The probability of calling any metric different though none is.
    public let error: Double
    /// Levels for 1, 2, … metrics that still stand.
    private let boundaries: [Boundary]
    /// Levels for the two one-sided tests together.
    private let equivalence: Boundary

    /// Makes the rule.
    ///
    /// - Parameters:
    ///   - looks: How many pairs there are at each look, rising; the last is the most there will be.
    ///   - metrics: How many metrics are judged, at least 1.
    ///   - effect: The smallest difference worth knowing as a ratio, such as 0.05 for 5 %.
    ///   - error: The probability of a false alarm.
    public init(looks: [Int], metrics: Int, effect: Double, error: Double = 0.05) {
        precondition(metrics > 0, "no metric")
        precondition(effect > 0, "no effect")
        self.looks = looks
        self.effect = (1 + effect).logarithm
        self.error = error
        boundaries = (1...metrics).map { Boundary(looks: looks, error: error / Double($0)) }
        equivalence = Boundary(looks: looks, error: min(2 * error, 0.5))
    }

    /// Judges all metrics at the look of so many pairs.
    ///
    /// - Parameter metrics: The differences of each metric and which direction is better; all have
    ///   the same number of pairs.
    /// - Returns: The findings in the same order; all undecided if this is no look.
    public func judge(_ metrics: [(differences: Differences, better: Better)]) -> [Finding] {
        precondition(metrics.count <= boundaries.count, "more metrics than planned")
        let pairs = metrics.first?.differences.count ?? 0
        guard let look = looks.firstIndex(of: pairs) else {
            return metrics.map { finding(of: $0.differences, p: $0.differences.studentP, at: nil) }
        }
        let single = boundaries[0].levels[look]
        let strictest = boundaries[metrics.count - 1].levels[look]
        let pValues = metrics.map { $0.differences.pValue(at: strictest) }
        let different = Holm.rejected(pValues) { boundaries[$0 - 1].levels[look] }
        return metrics.indices.map { index in
            let differences = metrics[index].differences
            var finding = finding(of: differences, p: pValues[index], at: look)
            finding.level = single
            if isSame(differences, at: look) {
                finding.verdict = .same
            } else if different[index] {
                let isMore = differences.mean > 0
                finding.verdict = isMore == (metrics[index].better == .less) ? .slower : .faster
            }
            return finding
        }
    }

    private func isSame(_ differences: Differences, at look: Int) -> Bool {
        guard differences.count > 1 else { return false }
        let interval = differences.interval(error: equivalence.levels[look])
        return interval.lowerBound > -effect && interval.upperBound < effect
    }

    private func finding(of differences: Differences, p: Double, at look: Int?) -> Finding {
        let level = look.map { boundaries[0].levels[$0] } ?? 0
        return Finding(
            verdict: .undecided,
            difference: differences.mean,
            interval: level > 0
                ? differences.interval(error: level) : -.infinity ... .infinity,
            pValue: p,
            level: level
        )
    }
}
