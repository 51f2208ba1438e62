@testable import Statistics
import Testing

@Suite("Quartiles")
struct QuartilesTests {
    @Test("are those that R documents for its stopping distances of cars")
    func cars() throws {
        // summary(cars$dist) of R's own data set.
        let distances = [
            2.0, 10, 4, 22, 16, 10, 18, 26, 34, 17, 28, 14, 20, 24, 28, 26, 34, 34, 46, 26, 36, 60,
            80, 20, 26, 54, 32, 40, 32, 40, 50, 42, 56, 76, 84, 36, 46, 68, 32, 48, 52, 56, 64, 66,
            54, 70, 92, 93, 120, 85,
        ]
        let found = try #require(Quartiles(distances))
        #expect(found.count == 50)
        #expect(abs(found.mean - 42.98) < 1e-9)
        #expect((found.minimum, found.maximum) == (2, 120))
        #expect((found.lower, found.median, found.upper) == (26, 36, 56))
    }

    @Test("lie between values where no value stands at their place")
    func between() throws {
        let four = try #require(Quartiles([4, 1, 3, 2]))
        #expect((four.lower, four.median, four.upper) == (1.75, 2.5, 3.25))
        let one = try #require(Quartiles([7]))
        #expect((one.mean, one.lower, one.median, one.upper) == (7, 7, 7, 7))
    }

    @Test("are none of nothing")
    func nothing() { #expect(Quartiles([]) == nil) }
}
