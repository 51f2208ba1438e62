@testable import Statistics
import Testing

@Suite("Welch's test")
struct WelchTests {
    @Test("gives the figures that R documents for its sleep data")
    func sleep() {
        let test = Welch(
            a: [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2],
            b: [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4]
        )
        #expect(abs(test.difference - 1.58) < 1e-12)
        #expect(abs(test.freedom - 17.776) < 0.001)
        #expect(abs(test.pValue - 0.07939) < 0.00001)
        let interval = test.interval(error: 0.05)
        #expect(abs(interval.lowerBound + 0.205_483_2) < 1e-6)
        #expect(abs(interval.upperBound - 3.365_483_2) < 1e-6)
    }

    @Test("trials that are alike to the last digit differ for certain, or not at all")
    func constant() {
        #expect(Welch(a: [1, 1], b: [1, 1]).pValue == 1)
        #expect(Welch(a: [1, 1], b: [2, 2]).pValue == 0)
    }
}
