/// Two groups of trials that were not paired: the difference of their means of logarithms, by Welch's
/// t test (Biometrika 34, 1947), which does not ask that both vary alike.
package struct Welch: Sendable, Hashable {
    /// How well a group's figure is known.
    package struct Spread: Sendable, Hashable {
        /// The variance of the figure.
        package let variance: Double
        /// The degrees of freedom of that variance, above 0.
        package let freedom: Double

        /// Makes it of both.
        package init(variance: Double, freedom: Double) {
            self.variance = variance
            self.freedom = freedom
        }
    }

    /// Mean of B less mean of A.
    package let difference: Double
    /// The standard error of the difference.
    let error: Double
    /// Degrees of freedom by Welch and Satterthwaite.
    let freedom: Double

    /// Takes the logarithms of a metric in the trials of each group, at least two of each.
    package init(a: [Double], b: [Double]) {
        precondition(a.count > 1 && b.count > 1, "one trial has no spread")
        let (first, second) = (Differences(a), Differences(b))
        func spread(_ group: Differences) -> Spread {
            let variance = group.deviation * group.deviation / Double(group.count)
            return Spread(variance: variance, freedom: Double(group.count - 1))
        }
        self.init(difference: second.mean - first.mean, a: spread(first), b: spread(second))
    }

    /// Takes a difference and how well each side's figure is known.
    package init(difference: Double, a: Spread, b: Spread) {
        self.difference = difference
        let (u, v) = (a.variance, b.variance)
        error = (u + v).squareRoot()
        let denominator = u * u / a.freedom + v * v / b.freedom
        freedom = denominator > 0 ? (u + v) * (u + v) / denominator : a.freedom + b.freedom
    }

    /// The two-sided p-value against no difference.
    package var pValue: Double {
        // All trials alike to the last digit: either nothing differs, or nothing varies.
        guard error > 0 else { return difference == 0 ? 1 : 0 }
        return StudentT(freedom: freedom).bothTails(abs(difference) / error)
    }

    /// The confidence interval of the difference, which misses the truth with this probability.
    package func interval(error probability: Double) -> ClosedRange<Double> {
        let half = StudentT(freedom: freedom).criticalValue(bothTails: probability) * error
        return difference - half...difference + half
    }
}
