package import Statistics

/// Two runs beside each other, by the spread of their own seconds.
package enum WithinRuns {
    /// Tests the mean and the percentiles of a tag.
    ///
    /// - Parameters:
    ///   - a: The counts of one run.
    ///   - b: The counts of the other.
    ///   - percentiles: Rising.
    /// - Returns: A test of ln(B / A) for the mean and then for each percentile; `nil` where a run is
    ///   too short for what its seconds have to do with each other.
    package static func tests(
        _ a: SecondCounts,
        _ b: SecondCounts,
        percentiles: [Double]
    ) -> [Welch?] {
        let sides = [a, b].map { counts in
            let whole = logarithms(counts, 0..<counts.count, percentiles)
            let seconds = (0..<counts.count).map { logarithms(counts, $0..<$0 + 1, percentiles) }
            return (counts: counts, whole: whole, seconds: seconds)
        }
        // A figure of few requests a second is mostly noise, which hides its memory, and a short run shows
        // little of it: what any figure of either run remembers, all may.
        let correlation =
            sides.flatMap { side in
                (0...percentiles.count).map { figure in
                    BatchMeans.correlation(of: side.seconds.map { $0[figure] })
                }
            }
            .max() ?? 0
        return (0...percentiles.count).map { figure in
            let spreads = sides.compactMap { side -> Welch.Spread? in
                let means = BatchMeans(seconds: side.counts.count, correlation: correlation)
                return means.map { means in
                    means.spread(
                        of: means.batches.map {
                            logarithms(side.counts, $0, percentiles)[figure]
                        }
                    )
                }
            }
            guard spreads.count == 2 else { return nil }
            return Welch(
                difference: sides[1].whole[figure] - sides[0].whole[figure],
                a: spreads[0],
                b: spreads[1]
            )
        }
    }

    /// The logarithms of a part's mean and percentiles; a latency of 0 counts as 1 ns.
    private static func logarithms(
        _ counts: SecondCounts,
        _ part: Range<Int>,
        _ percentiles: [Double]
    ) -> [Double] {
        let figures = counts.figures(of: counts.sum(of: part), percentiles: percentiles)
        return ([figures.mean] + figures.values).map { max($0, 1).logarithm }
    }
}
