/// Paired differences of one metric: for each pair of trials ln(B / A).
///
/// Logarithms make a difference a ratio: 0.0488 is 5 % more, and −0.0488 undoes it.
public struct Differences: Sendable, Hashable {
    /// One for each pair, in the order in which they were measured.
    public let values: [Double]

    /// Takes differences of logarithms.
    public init(_ values: [Double]) { self.values = values }

    /// Takes the metric of each pair's two trials.
    ///
    /// - Parameter pairs: The metric in A and in B, both above 0.
    public init(pairs: [(a: Double, b: Double)]) {
        values = pairs.map { pair in
            precondition(pair.a > 0 && pair.b > 0, "a logarithm needs numbers above 0")
            return pair.b.logarithm - pair.a.logarithm
        }
    }

    /// How many pairs there are.
    public var count: Int { values.count }

    /// The mean; `nan` without a pair.
    public var mean: Double { values.reduce(0, +) / Double(count) }

    /// The standard deviation of one difference; 0 for fewer than two.
    public var deviation: Double {
        guard count > 1 else { return 0 }
        let center = mean
        let squares = values.reduce(0) { $0 + ($1 - center) * ($1 - center) }
        return (squares / Double(count - 1)).squareRoot()
    }

    /// The two-sided p-value of Student's t test against no difference; 1 for fewer than two pairs.
    public var studentP: Double {
        guard count > 1 else { return 1 }
        let error = deviation / Double(count).squareRoot()
        // All differences alike to the last digit: either nothing differs, or nothing varies.
        guard error > 0 else { return mean == 0 ? 1 : 0 }
        return StudentT(freedom: Double(count - 1)).bothTails(abs(mean) / error)
    }

    /// The p-value that has to pass: both Student's and the sign-flip test's must be small.
    ///
    /// Student's t test is wrong where the differences are far from normal; the sign-flip test never
    /// is, but cannot be smaller than 2 / 2ⁿ for n pairs. It is asked only for what it can say.
    func pValue(at level: Double) -> Double {
        let flip = SignFlip.pValue(values)
        let most = Swift.max(level, SignFlip.smallest(pairs: count) * (1 + 1e-9))
        return flip <= most ? studentP : Swift.max(studentP, flip)
    }

    /// The confidence interval of the mean from Student's t.
    ///
    /// - Parameter error: The probability that it misses the truth; 0.05 makes a 95 % interval.
    /// - Returns: The whole line for fewer than two pairs.
    public func interval(error: Double) -> ClosedRange<Double> {
        guard count > 1 else { return -.infinity ... .infinity }
        let critical = StudentT(freedom: Double(count - 1)).criticalValue(bothTails: error)
        let half = critical * deviation / Double(count).squareRoot()
        return mean - half...mean + half
    }
}
