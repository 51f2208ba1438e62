/// The circular block bootstrap (Politis and Romano, 1992) for numbers in order of time.
///
/// Neighbouring seconds of a trial are alike, so single seconds must not be drawn as if they were
/// independent: whole runs of them are.
public struct BlockBootstrap: Sendable {
    /// How many seconds there are.
    public let count: Int
    /// The length of a run.
    public let block: Int

    /// Makes draws from so many seconds, at least 1.
    ///
    /// - Parameters:
    ///   - count: How many seconds there are.
    ///   - block: The length of a run; by default 1.75 times the cube root of `count` (the rate at
    ///     which the best length grows; Hall, Horowitz and Jing, Biometrika 82, 1995), at least 3.
    public init(count: Int, block: Int? = nil) {
        precondition(count > 0, "nothing to draw from")
        self.count = count
        let natural = Int((1.75 * Double(count).power(1.0 / 3)).rounded())
        self.block = min(count, max(1, block ?? max(3, natural)))
    }

    /// Draws as many indices as there are seconds, in runs.
    public func draw(using generator: inout SeededGenerator) -> [Int] {
        var indices: [Int] = []
        indices.reserveCapacity(count + block)
        while indices.count < count {
            let first = Int.random(in: 0..<count, using: &generator)
            for offset in 0..<block { indices.append((first + offset) % count) }
        }
        indices.removeLast(indices.count - count)
        return indices
    }

    /// The interval between the quantiles of a statistic over many draws.
    ///
    /// - Parameters:
    ///   - error: The share of draws outside.
    ///   - draws: How many.
    ///   - seed: Of the draws.
    ///   - statistic: The figure of the seconds with these indices.
    /// - Returns: From the lower to the upper quantile.
    public func interval(
        error: Double,
        draws: Int = 1_000,
        seed: UInt64 = 1,
        _ statistic: ([Int]) -> Double
    ) -> ClosedRange<Double> {
        var generator = SeededGenerator(seed: seed)
        var values = (0..<draws).map { _ in statistic(draw(using: &generator)) }
        values.sort()
        let low = Int((error / 2 * Double(draws)).rounded(.down))
        return values[low]...values[draws - 1 - low]
    }
}
