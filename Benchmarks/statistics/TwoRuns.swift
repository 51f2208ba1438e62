import Bench
import Histogram
import Statistics

/// One run beside one run of the same thing, in histograms of each second, as `bench compare A B` has them.
struct TwoRuns {
    /// The share of a second's level that the next second keeps.
    let memory: Double
    /// Seconds of each run.
    let seconds: Int
    /// The deviation of the logarithm of a second's level, and of a request within its second.
    private let level = 0.1
    private let within = 0.5
    private let requestsPerSecond = 200
    private let percentiles = [50.0, 90, 99]

    /// How often each rule was wrong, of all.
    struct Count {
        var runs = 0
        /// A figure of one tag was called different.
        var alarms = 0
        /// The same by the bootstrap.
        var bootstrapAlarms = 0
        /// The interval of p99 held the truth.
        var covered = 0
        /// The run was long enough for an interval.
        var known = 0
    }

    /// Compares so many pairs of runs, of which none differ.
    func simulate(_ runs: Int, _ generator: inout SeededGenerator) throws -> Count {
        var count = Count()
        for _ in 0..<runs {
            count.runs += 1
            let sides = try (0..<2).map { _ in SecondCounts(try run(&generator)) }
            guard let a = sides[0], let b = sides[1] else { continue }
            let tests = WithinRuns.tests(a, b, percentiles: percentiles)
            if isAlarm(tests.map { $0?.pValue ?? 1 }) { count.alarms += 1 }
            if let p99 = tests.last ?? nil {
                count.known += 1
                if p99.interval(error: 0.05).contains(0) { count.covered += 1 }
            }
            if isAlarm(bootstrap(a, b, &generator)) { count.bootstrapAlarms += 1 }
        }
        return count
    }

    /// Holm's order over the figures, as the comparison has it.
    private func isAlarm(_ pValues: [Double]) -> Bool {
        pValues.sorted().first.map { $0 <= 0.05 / Double(pValues.count) } ?? false
    }

    private func run(_ generator: inout SeededGenerator) throws -> [Histogram] {
        var state = level * generator.nextNormal()
        let fresh = level * (1 - memory * memory).squareRoot()
        return try (0..<seconds).map { _ in
            state = memory * state + fresh * generator.nextNormal()
            var histogram = try Histogram(highestTrackable: 100_000_000, significantDigits: 2)
            for _ in 0..<requestsPerSecond {
                let latency = 1e6 * (state + within * generator.nextNormal()).exponential
                try histogram.record(Int64(min(latency, 1e8)))
            }
            return histogram
        }
    }

    private func bootstrap(
        _ a: SecondCounts,
        _ b: SecondCounts,
        _ generator: inout SeededGenerator
    ) -> [Double] {
        let draws = 200
        var below = [Int](repeating: 0, count: percentiles.count + 1)
        for _ in 0..<draws {
            let drawn = [a, b].map { counts in
                var sums: [Int32] = []
                for part in BlockBootstrap(count: counts.count).draw(using: &generator) {
                    let sum = counts.sum(of: part)
                    if sums.isEmpty {
                        sums = sum
                    } else {
                        for i in sums.indices { sums[i] &+= sum[i] }
                    }
                }
                let figures = counts.figures(of: sums, percentiles: percentiles)
                return [figures.mean] + figures.values
            }
            for figure in below.indices where drawn[1][figure] <= drawn[0][figure] {
                below[figure] += 1
            }
        }
        return below.map { 2 * Double(min($0, draws - $0) + 1) / Double(draws + 1) }
    }
}
