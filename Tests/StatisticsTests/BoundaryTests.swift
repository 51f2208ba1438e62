import Testing

@testable import Statistics

@Suite("Group-sequential boundary")
struct BoundaryTests {
    // Reference values: the same recursion by a convolution on a grid of 0.001 with NumPy.
    @Test(
        "the levels of the looks",
        arguments: [
            ([10], 0.05, [0.05]),
            ([10, 20], 0.05, [0.0125, 0.043552]),
            ([4, 8, 12, 16, 20], 0.05, [0.002, 0.006647, 0.013408, 0.022614, 0.034503]),
        ]
    )
    func levels(looks: [Int], error: Double, expected: [Double]) {
        let levels = Boundary(looks: looks, error: error).levels
        #expect(levels.count == expected.count)
        for (level, expected) in zip(levels, expected) {
            #expect(abs(level - expected) < 0.003 * expected + 1e-6)
        }
    }

    @Test("simulated walks leave at any look as often as the error says")
    func simulated() {
        let looks = [3, 5, 6, 9, 12]
        let boundary = Boundary(looks: looks, error: 0.1)
        let bounds = boundary.levels.map { -Normal.quantile($0 / 2) }
        var generator = SeededGenerator(seed: 11)
        var crossed = 0
        let walks = 20_000
        for _ in 0..<walks {
            var sum = 0.0
            var steps = 0
            for (look, bound) in zip(looks, bounds) {
                while steps < look {
                    sum += generator.nextNormal()
                    steps += 1
                }
                if abs(sum) / Double(look).squareRoot() >= bound {
                    crossed += 1
                    break
                }
            }
        }
        // five standard errors of a share of 0.1 in 20,000
        #expect(abs(Double(crossed) / Double(walks) - 0.1) < 5 * 0.0021)
    }

    @Test("no look, no level")
    func empty() { #expect(Boundary(looks: [], error: 0.05).levels.isEmpty) }
}
