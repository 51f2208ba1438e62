import Statistics

/// The circular block bootstrap (Politis and Romano, 1992) for numbers in order of time.
///
/// `bench compare` had it until batch means were seen to err less often; it is here to be measured
/// beside them.
struct BlockBootstrap: Sendable {
    /// How many seconds there are.
    let count: Int
    /// The length of a run.
    let block: Int

    /// Makes draws from so many seconds, at least 1, in runs of 1.75 times the cube root of `count`: the
    /// rate at which the best length grows (Hall, Horowitz and Jing, Biometrika 82, 1995).
    init(count: Int) {
        precondition(count > 0, "nothing to draw from")
        self.count = count
        let root = (Double(count).logarithm / 3).exponential
        block = min(count, max(3, Int((1.75 * root).rounded())))
    }

    /// Draws as many seconds as there are, in runs; one that goes past the end goes on at the start.
    func draw(using generator: inout SeededGenerator) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var missing = count
        while missing > 0 {
            let first = Int.random(in: 0..<count, using: &generator)
            let length = min(block, missing)
            let end = min(first + length, count)
            runs.append(first..<end)
            if end < first + length { runs.append(0..<first + length - count) }
            missing -= length
        }
        return runs
    }
}
