/// How well a figure of one run is known from the run's own seconds, by batch means.
///
/// Neighbouring seconds are alike, so their spread says too little. Batches that are long beside
/// that memory are nearly independent, and their spread is that of the figure (Conway, Management
/// Science 9, 1963). What is left of the memory between batches is taken out by the rule for a
/// process whose correlation falls by the same factor from second to second.
package struct BatchMeans: Sendable, Hashable {
    /// A batch is so many times as long as the memory.
    private static let memories = 3.0
    /// Fewer batches say nothing of their own spread.
    private static let fewest = 3
    /// A run that remembers longer than this is too short for any verdict.
    private static let mostCorrelation = 0.97

    /// The seconds of each batch, in order; at least three.
    package let batches: [Range<Int>]
    /// By which factor the spread of the batches is too small.
    private let missing: Double

    /// Cuts a run into batches; `nil` if it is too short for three.
    ///
    /// - Parameters:
    ///   - seconds: How many seconds the run has.
    ///   - correlation: That of neighbouring seconds, 0 to 1.
    package init?(seconds: Int, correlation: Double) {
        let kept = min(max(correlation, 0), Self.mostCorrelation)
        let length = Self.memories * (1 + kept) / (1 - kept)
        let count = Int(Double(seconds) / length)
        guard count >= Self.fewest else { return nil }
        batches = (0..<count).map { seconds * $0 / count..<seconds * ($0 + 1) / count }
        // With the memory's first moment c, the mean of n seconds has the variance (1 − c / n) / n of
        // independent ones that vary as much, and batches of L seconds show too little of it.
        let moment = 2 * kept / (1 - kept * kept)
        let (whole, part) = (Double(seconds), Double(seconds) / Double(count))
        let shown = 1 - moment / part * Double(count + 1) / Double(count)
        missing = (1 - moment / whole) / shown
    }

    /// How well the run's figure is known, from the logarithm of the figure in each batch.
    package func spread(of figures: [Double]) -> Welch.Spread {
        precondition(figures.count == batches.count, "a figure for each batch")
        let deviation = Differences(figures).deviation
        return Welch.Spread(
            variance: missing * deviation * deviation / Double(batches.count),
            freedom: Double(batches.count - 1)
        )
    }

    /// The correlation of neighbours, 0 to 1, of numbers in order of time.
    ///
    /// A short run shows too little of it; the mean of what is missing is added (Marriott and Pope,
    /// Biometrika 41, 1954).
    package static func correlation(of values: [Double]) -> Double {
        let (mean, count) = (Differences(values).mean, Double(values.count))
        let around = values.map { $0 - mean }
        let squares = around.reduce(0) { $0 + $1 * $1 }
        guard squares > 0, count > 4 else { return 0 }
        let products = zip(around, around.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
        let shown = products / squares
        return min(max(shown + (1 + 3 * shown) / count, 0), 1)
    }
}
