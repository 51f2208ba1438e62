/// The sign-flip test of paired differences: exact, because the order within each pair was random.
///
/// If the variants are alike, each difference might as well have come out with the other sign. The
/// p-value is the share of all sign patterns whose mean is at least as far from 0 as the one that
/// was seen (Fisher's randomization test). It assumes no distribution.
package enum SignFlip {
    /// So many differences are tested with all their sign patterns; more by drawing.
    private static let mostExact = 16
    private static let draws = 20_000

    /// Tests against no difference, on both sides.
    ///
    /// - Parameters:
    ///   - differences: One for each pair.
    ///   - seed: Of the drawn patterns, where there are more than 16 pairs.
    /// - Returns: The p-value; 1 for no difference at all.
    package static func pValue(_ differences: [Double], seed: UInt64 = 1) -> Double {
        guard !differences.isEmpty else { return 1 }
        // sums of the same numbers in another order differ in their last digits
        let seen = abs(differences.reduce(0, +)) * (1 - 1e-12)
        return differences.count <= mostExact
            ? exact(differences, seen) : drawn(differences, seen, seed)
    }

    /// The smallest p-value that so many pairs can have.
    package static func smallest(pairs: Int) -> Double { 2.0.power(Double(1 - pairs)) }

    private static func exact(_ differences: [Double], _ seen: Double) -> Double {
        // A pattern and its opposite are equally far from 0, so the first sign can stay.
        let patterns = 1 << (differences.count - 1)
        var extreme = 0
        for pattern in 0..<patterns {
            var sum = differences[0]
            for index in 1..<differences.count {
                sum += pattern >> (index - 1) & 1 == 0 ? differences[index] : -differences[index]
            }
            if abs(sum) >= seen { extreme += 1 }
        }
        return Double(extreme) / Double(patterns)
    }

    /// Counts the seen pattern among the drawn ones, so that the p-value is never too small.
    private static func drawn(_ differences: [Double], _ seen: Double, _ seed: UInt64) -> Double {
        var generator = SeededGenerator(seed: seed)
        var extreme = 1
        for _ in 0..<draws {
            var sum = 0.0
            var bits: UInt64 = 0
            for (index, difference) in differences.enumerated() {
                if index & 63 == 0 { bits = generator.next() }
                sum += bits & 1 == 0 ? difference : -difference
                bits >>= 1
            }
            if abs(sum) >= seen { extreme += 1 }
        }
        return Double(extreme) / Double(draws + 1)
    }
}
