/// The standard normal distribution.
package enum Normal {
    /// The share of the distribution below `x`.
    package static func below(_ x: Double) -> Double {
        0.5 * (-x / 2.0.squareRoot()).complementaryError
    }

    /// The density at `x`.
    package static func density(_ x: Double) -> Double {
        (-0.5 * x * x).exponential / (2 * Double.pi).squareRoot()
    }

    /// The number below which the share `probability` lies; infinite for 0 and 1.
    ///
    /// Found by bisection in ``below(_:)``, which is exact to the last digits, also in the tail.
    package static func quantile(_ probability: Double) -> Double {
        precondition((0...1).contains(probability), "no probability: \(probability)")
        if probability == 0 { return -.infinity }
        if probability == 1 { return .infinity }
        // the lower tail is precise where the upper one would be 1 − something tiny
        if probability > 0.5 { return -quantile(1 - probability) }
        return bisect(-40, 0) { below($0) < probability }
    }
}

/// The point between two numbers at which `isBelow` turns from true to false.
func bisect(_ low: Double, _ high: Double, _ isBelow: (Double) -> Bool) -> Double {
    var low = low
    var high = high
    // each step halves the range: 60 leave nothing of a Double's 53 digits
    for _ in 0..<60 {
        let middle = low + (high - low) / 2
        if middle == low || middle == high { break }
        if isBelow(middle) { low = middle } else { high = middle }
    }
    return low + (high - low) / 2
}
