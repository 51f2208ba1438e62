/// Two groups of trials that were not paired: the difference of their means of logarithms, by Welch's
/// t test (Biometrika 34, 1947), which does not ask that both vary alike.
package struct Welch: Sendable, Hashable {
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
        difference = second.mean - first.mean
        let variance = { (group: Differences) in
            group.deviation * group.deviation / Double(group.count)
        }
        let (u, v) = (variance(first), variance(second))
        error = (u + v).squareRoot()
        let denominator = u * u / Double(a.count - 1) + v * v / Double(b.count - 1)
        freedom = denominator > 0 ? (u + v) * (u + v) / denominator : Double(a.count + b.count - 2)
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
