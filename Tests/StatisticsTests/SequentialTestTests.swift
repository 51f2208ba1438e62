import Testing

@testable import Statistics

@Suite("Sequential test")
struct SequentialTestTests {
    private let rule = SequentialTest(looks: [6, 9, 12], metrics: 2, effect: 0.05)

    private func sample(_ mean: Double, _ deviation: Double, _ pairs: Int, seed: UInt64)
        -> Differences
    {
        var generator = SeededGenerator(seed: seed)
        return Differences((0..<pairs).map { _ in mean + deviation * generator.nextNormal() })
    }

    @Test("a large difference is called at the first look, in the direction of the metric")
    func large() {
        let more = sample(0.7, 0.05, 6, seed: 1)
        let findings = rule.judge([(more, .less), (more, .more)])
        #expect(findings.map(\.verdict) == [.slower, .faster])
        #expect(findings[0].interval.contains(0.7))
    }

    @Test("a difference smaller than the effect is called the same")
    func same() {
        let little = sample(0.005, 0.005, 6, seed: 2)
        #expect(rule.judge([(little, .less)]).map(\.verdict) == [.same])
    }

    @Test("noise is undecided")
    func noise() {
        let noise = Differences([0.3, -0.2, 0.1, -0.25, 0.4, -0.1, 0.2, -0.35, 0.15])
        #expect(
            rule.judge([(noise, .less), (noise, .less)]).map(\.verdict) == [.undecided, .undecided]
        )
    }

    @Test("between looks nothing is decided")
    func betweenLooks() {
        let more = sample(0.7, 0.05, 7, seed: 1)
        #expect(rule.judge([(more, .less)])[0].verdict == .undecided)
    }

    @Test("Holm's order: a hypothesis falls at the level of those that still stand")
    func holm() {
        let level = { (standing: Int) in 0.05 / Double(standing) }
        #expect(Holm.rejected([0.04, 0.01, 0.03], level: level) == [false, true, false])
        #expect(Holm.rejected([0.02, 0.01, 0.04], level: level) == [true, true, true])
        #expect(Holm.rejected([0.02, 0.02, 0.02], level: level) == [false, false, false])
    }

    // Reference values: the power of the t test from scipy's noncentral t, first n with 90 %.
    @Test(
        "the forecast is within a pair of the exact power",
        arguments: [(0.05, 14), (0.1, 47), (0.2, 179), (0.3, 400)]
    )
    func forecast(deviation: Double, pairs: Int) {
        #expect(abs(Forecast(deviation: deviation).pairs(for: 1.05.logarithm) - pairs) <= 1)
    }

    @Test("the smallest difference is the one that needs just these pairs")
    func smallest() {
        let forecast = Forecast(deviation: 0.2)
        let difference = forecast.smallestDifference(pairs: 50)
        #expect(forecast.pairs(for: difference) == 50)
        #expect(forecast.pairs(for: 0) == .max)
    }
}
