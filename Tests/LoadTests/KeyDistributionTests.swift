import Testing

@testable import Load

@Suite("KeyDistribution")
struct KeyDistributionTests {
    private func drawn(_ distribution: KeyDistribution, keys: Int, draws: Int) -> [Int] {
        var random = RandomSource(seed: 42)
        var counts = [Int](repeating: 0, count: keys)
        for index in 0..<draws {
            counts[Int(distribution.key(of: index, count: UInt64(keys), &random))] += 1
        }
        return counts
    }

    /// Pearson's statistic of the counts against the expected ones.
    private func statistic(_ counts: [Int], _ expected: [Double]) -> Double {
        zip(counts, expected).reduce(0) { sum, pair in
            let difference = Double(pair.0) - pair.1
            return sum + difference * difference / pair.1
        }
    }

    @Test("uniform favours no key")
    func uniform() {
        let counts = drawn(.uniform, keys: 100, draws: 100_000)
        // 99 degrees of freedom: above 149 once in a thousand seeds, and this seed is fixed.
        #expect(statistic(counts, Array(repeating: 1_000, count: 100)) < 149)
    }

    @Test("gauss is a bell over the range: the middle by default, a sixth of the range wide")
    func gauss() {
        let counts = drawn(.gauss(mean: nil, deviation: nil), keys: 600, draws: 200_000)
        // Shares within 1, 2 and 3 deviations of the normal curve, over the 0.9973 in the range.
        let shares = [0.0214, 0.1359, 0.3413, 0.3413, 0.1359, 0.0214].map { $0 / 0.9972 * 200_000 }
        let sums = (0..<6).map { counts[($0 * 100)..<(($0 + 1) * 100)].reduce(0, +) }
        // 5 degrees of freedom: above 20.5 once in a thousand.
        #expect(statistic(sums, shares) < 20.5)
        // What falls outside is not heaped up at the ends.
        #expect(counts[0] < 60)
        #expect(counts[599] < 60)
    }

    @Test("gauss takes a mean and a deviation")
    func gaussWithParameters() {
        let counts = drawn(.gauss(mean: 200, deviation: 10), keys: 1_000, draws: 10_000)
        #expect(counts[170...230].reduce(0, +) > 9_950)
        #expect(counts.firstIndex { $0 > 0 } ?? 0 > 140)
    }

    @Test("sequence takes each key in turn")
    func sequence() {
        #expect(drawn(.sequence, keys: 7, draws: 21) == Array(repeating: 3, count: 7))
    }

    @Test(
        "one key is enough, and a bell far outside of the range ends",
        arguments: [
            KeyDistribution.uniform, .sequence, .gauss(mean: nil, deviation: nil),
            .gauss(mean: -1e9, deviation: 1),
        ]
    )
    func oneKey(distribution: KeyDistribution) {
        #expect(drawn(distribution, keys: 1, draws: 3) == [3])
    }

    @Test(
        "is read from the command line",
        arguments: [
            ("uniform", .uniform), ("sequence", .sequence),
            ("gauss", .gauss(mean: nil, deviation: nil)),
            ("gauss:500,100.5", .gauss(mean: 500, deviation: 100.5)),
            ("gauss:500", nil), ("gauss:1,2,3", nil), ("gauss:1,0", nil), ("gauss:1,nan", nil),
            ("zipf", nil), ("", nil),
        ] as [(String, KeyDistribution?)]
    )
    func reading(text: String, expected: KeyDistribution?) {
        #expect(KeyDistribution(text) == expected)
    }
}
