import Testing

@testable import Statistics

@Suite("Distributions")
struct DistributionTests {
    /// Whether two numbers agree in about twelve digits.
    private func agree(_ a: Double, _ b: Double, _ tolerance: Double = 1e-12) -> Bool {
        abs(a - b) <= tolerance * max(abs(a), abs(b), 1e-30)
    }

    // Reference values: scipy.stats 1.17.1, norm and t.

    @Test(
        "the normal quantile is exact in the middle and in the tail",
        arguments: [
            (1e-12, -7.034483825301131), (1e-6, -4.753424308822899), (0.025, -1.9599639845400545),
            (0.3, -0.5244005127080409), (0.9, 1.2815515655446004),
        ]
    )
    func normalQuantile(probability: Double, expected: Double) {
        #expect(agree(Normal.quantile(probability), expected, 1e-10))
    }

    @Test("the edges of the normal distribution are infinite, its middle is 0")
    func normalEdges() {
        #expect(Normal.quantile(0) == -.infinity)
        #expect(Normal.quantile(1) == .infinity)
        #expect(abs(Normal.quantile(0.5)) < 1e-12)
    }

    @Test(
        "the normal share below a number",
        arguments: [
            (-10, 7.61985302416047e-24), (-3, 0.0013498980316300933), (2.5, 0.9937903346742238),
        ]
    )
    func normalBelow(x: Double, expected: Double) {
        #expect(agree(Normal.below(x), expected))
    }

    @Test(
        "the tails of Student's t",
        arguments: [
            (1, 0.1, 0.936548965138893), (1, 12, 0.052929352119179755),
            (2, 2.5, 0.12961172022151082),
            (5, 1, 0.3632174676491229), (5, 12, 7.089492517161522e-05),
            (17, 12, 1.006231552642191e-09), (200, 0.1, 0.920444492504321),
            (200, 12, 2.422136005246625e-25),
        ]
    )
    func studentTails(freedom: Double, t: Double, expected: Double) {
        #expect(agree(StudentT(freedom: freedom).bothTails(t), expected, 1e-9))
    }

    @Test(
        "the critical value of Student's t",
        arguments: [
            (1, 0.05, 12.706204736174705), (2, 0.05, 4.302652729749464),
            (5, 0.001, 6.86882662588111),
            (17, 0.05, 2.109815577833317), (200, 0.001, 3.3398354062756788),
        ]
    )
    func criticalValue(freedom: Double, error: Double, expected: Double) {
        #expect(agree(StudentT(freedom: freedom).criticalValue(bothTails: error), expected, 1e-9))
    }

    @Test("a seed repeats its numbers, which are normal in mean and spread")
    func seededNumbers() {
        var generator = SeededGenerator(seed: 7)
        var again = SeededGenerator(seed: 7)
        let numbers = (0..<50_000).map { _ in generator.nextNormal() }
        #expect(numbers.prefix(100).elementsEqual((0..<100).map { _ in again.nextNormal() }))
        let sample = Differences(numbers)
        // five standard errors
        #expect(abs(sample.mean) < 5 / 50_000.0.squareRoot())
        #expect(abs(sample.deviation - 1) < 5 / 100_000.0.squareRoot())
    }
}
