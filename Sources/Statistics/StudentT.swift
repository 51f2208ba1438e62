/// Student's t distribution.
package struct StudentT: Sendable {
    /// Degrees of freedom, above 0.
    package let freedom: Double

    /// Makes the distribution with that many degrees of freedom.
    package init(freedom: Double) {
        precondition(freedom > 0, "no degrees of freedom")
        self.freedom = freedom
    }

    /// The share of the distribution that is further from 0 than `t` on both sides.
    package func bothTails(_ t: Double) -> Double {
        if t.isInfinite { return 0 }
        return incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5)
    }

    /// The number such that the share `probability` is further from 0 on both sides.
    package func criticalValue(bothTails probability: Double) -> Double {
        precondition(probability > 0 && probability < 1, "no probability: \(probability)")
        var high = 1.0
        while bothTails(high) > probability { high *= 2 }
        return bisect(0, high) { bothTails($0) > probability }
    }
}

/// The regularized incomplete beta function I_x(a, b), by Lentz's continued fraction
/// (NIST Digital Library of Mathematical Functions, 8.17.22).
func incompleteBeta(_ x: Double, _ a: Double, _ b: Double) -> Double {
    if x <= 0 { return 0 }
    if x >= 1 { return 1 }
    // the fraction converges quickly on this side only
    if x > (a + 1) / (a + b + 2) { return 1 - incompleteBeta(1 - x, b, a) }
    let front =
        ((a + b).logarithmOfGamma - a.logarithmOfGamma - b.logarithmOfGamma
        + a * x.logarithm + b * (1 - x).logarithm).exponential / a
    let tiny = 1e-300
    var c = 1.0
    var d = 1 - (a + b) * x / (a + 1)
    if abs(d) < tiny { d = tiny }
    d = 1 / d
    var fraction = d
    for step in 1...10_000 {
        let m = Double(step)
        let terms = [
            m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m)),
            -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1)),
        ]
        var change = 1.0
        for term in terms {
            d = 1 + term * d
            if abs(d) < tiny { d = tiny }
            c = 1 + term / c
            if abs(c) < tiny { c = tiny }
            d = 1 / d
            change = c * d
            fraction *= change
        }
        if abs(change - 1) < 1e-15 { break }
    }
    return front * fraction
}
