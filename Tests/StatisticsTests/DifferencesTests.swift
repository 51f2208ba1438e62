import Testing

@testable import Statistics

@Suite("Paired differences")
struct DifferencesTests {
    private let differences = Differences([0.11, 0.05, -0.02, 0.07, 0.09, 0.03])

    // Reference values: scipy.stats 1.17.1, ttest_1samp and t.interval; all 64 sign patterns counted.

    @Test("mean, deviation, t test and interval")
    func student() {
        #expect(abs(differences.mean - 0.055) < 1e-15)
        #expect(abs(differences.deviation - 0.04636809247747852) < 1e-15)
        #expect(abs(differences.studentP - 0.033575497564621075) < 1e-12)
        let interval = differences.interval(error: 0.05)
        #expect(abs(interval.lowerBound - 0.006339671200141166) < 1e-10)
        #expect(abs(interval.upperBound - 0.10366032879985887) < 1e-10)
    }

    @Test("the sign-flip test counts patterns")
    func signFlip() {
        #expect(SignFlip.pValue(differences.values) == 0.0625)
        #expect(SignFlip.pValue([1, 2, 3, 4, 5]) == SignFlip.smallest(pairs: 5))
        #expect(SignFlip.pValue([0, 0, 0]) == 1)
        #expect(SignFlip.pValue([]) == 1)
    }

    @Test("with many pairs the sign-flip test draws, and agrees with Student's")
    func manyPairs() {
        var generator = SeededGenerator(seed: 3)
        let many = Differences((0..<40).map { _ in 0.3 + generator.nextNormal() })
        let flip = SignFlip.pValue(many.values)
        #expect(abs(flip - many.studentP) < 0.02)
        #expect(flip == SignFlip.pValue(many.values))
    }

    @Test("one outlier makes no difference, however small Student's p-value is not")
    func outlier() {
        let wild = Differences([0.001, -0.001, 0.001, -0.001, 0.001, 9])
        #expect(wild.pValue(at: 0.01) > 0.05)
    }

    @Test("pairs become logarithms of ratios")
    func logarithms() {
        let ratios = Differences(pairs: [(100, 105), (200, 210)])
        #expect(ratios.values.allSatisfy { abs($0 - 1.05.logarithm) < 1e-12 })
    }

    @Test("a single pair says nothing")
    func single() {
        let one = Differences([0.5])
        #expect(one.studentP == 1)
        #expect(one.interval(error: 0.05) == -.infinity ... .infinity)
    }
}
