/// How many pairs a difference needs, and which difference so many pairs can show.
///
/// From the standard deviation of one pair's difference by the power of the t test, in the normal
/// approximation with Guenther's correction (The American Statistician 35, 1981), which is off by
/// less than one pair.
public struct Forecast: Sendable, Hashable {
    /// The standard deviation of one pair's difference of logarithms.
    public let deviation: Double
    /// The probability of a false alarm.
    public let error: Double
    /// The probability of finding a difference that is there.
    public let power: Double

    /// Makes a forecast from a measured deviation.
    public init(deviation: Double, error: Double = 0.05, power: Double = 0.9) {
        self.deviation = deviation
        self.error = error
        self.power = power
    }

    /// Makes a forecast from pairs in which both sides were alike.
    ///
    /// A few pairs know their own spread badly, and a forecast from it would too often promise too
    /// much. So it takes the upper confidence limit of the deviation (chi-square, in the
    /// approximation of Wilson and Hilferty).
    ///
    /// - Parameters:
    ///   - pass: The differences of at least two pairs of A against A.
    ///   - confidence: The probability that the true deviation is below the one taken; 0.5 takes
    ///     about the measured one.
    public init(from pass: Differences, confidence: Double) {
        precondition(pass.count > 1, "one pair has no deviation")
        let freedom = Double(pass.count - 1)
        let spread = 2 / (9 * freedom)
        let root = 1 - spread + Normal.quantile(1 - confidence) * spread.squareRoot()
        // chi-square / freedom; the approximation may fall below 0 for one degree of freedom
        let ratio = max(root, 0.05).power(3)
        self.init(deviation: pass.deviation / ratio.squareRoot())
    }

    private var sum: Double { -Normal.quantile(error / 2) + Normal.quantile(power) }
    private var correction: Double { Normal.quantile(error / 2) * Normal.quantile(error / 2) / 2 }

    /// How many pairs find this difference of logarithms; at least 2.
    ///
    /// A difference too small for any number of pairs gives `Int.max`.
    public func pairs(for difference: Double) -> Int {
        let ratio = sum * deviation / abs(difference)
        let pairs = (ratio * ratio + correction).rounded(.up)
        return pairs < 1e15 ? max(2, Int(pairs)) : .max
    }

    /// The smallest difference of logarithms that so many pairs find.
    public func smallestDifference(pairs: Int) -> Double {
        let effective = max(Double(pairs) - correction, 0.5)
        return sum * deviation / effective.squareRoot()
    }
}
