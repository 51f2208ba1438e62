/// The levels at which each look of a group-sequential test may decide, so that all looks together
/// err with a chosen probability.
///
/// The error is spent by the power family of Kim and DeMets (Biometrika 74, 1987): after the share t
/// of all pairs at most α·t² is spent. The levels follow by the recursion of Armitage, McPherson and
/// Rowe (J. R. Stat. Soc. A 132, 1969): the density of the sum of differences among those runs that
/// no earlier look ended, integrated from look to look. They hold for the two-sided test of normal
/// differences, and are used for the p-values of t tests, as is usual.
package struct Boundary: Sendable, Hashable {
    /// The two-sided p-value at which each look decides, in order of the looks.
    package let levels: [Double]

    /// Works out the levels.
    ///
    /// - Parameters:
    ///   - looks: How many pairs there are at each look, rising; the last is the most there will be.
    ///   - error: The probability that any look calls two equal variants different, 0 to 1.
    package init(looks: [Int], error: Double) {
        precondition(error > 0 && error < 1, "no error probability: \(error)")
        precondition(looks == looks.sorted() && Set(looks).count == looks.count, "looks must rise")
        guard let last = looks.last, let first = looks.first else {
            levels = []
            return
        }
        precondition(first > 0, "a look without a pair")
        var levels: [Double] = []
        var spent = 0.0
        var before = 0.0
        var paths = Paths()
        for look in looks {
            let share = Double(look) / Double(last)
            let target = error * share * share
            paths.advance(by: share - before)
            let bound = paths.end(mass: target - spent, within: 9 * share.squareRoot())
            // the sum has the variance `share` at this look
            levels.append(2 * Normal.below(-bound / share.squareRoot()))
            spent = target
            before = share
        }
        self.levels = levels
    }
}

/// Sums of differences as a Brownian motion, of which each look ends those that are far from 0.
///
/// All is symmetric, so only the half above 0 is kept.
private struct Paths {
    /// Where the paths were that the last look left, and the mass at each place.
    private var places = [0.0]
    private var masses = [0.5]
    /// How far they have spread since, as a standard deviation.
    private var deviation = 0.0
    /// Beyond this place the last look ended them.
    private var edge = 0.0

    /// Lets the paths run on to the next look.
    mutating func advance(by variance: Double) {
        if edge > 0 {
            let (nodes, weights) = Self.simpson(from: 0, to: edge, cells: 200)
            masses = zip(nodes, weights).map { $1 * density($0) }
            places = nodes
        }
        deviation = variance.squareRoot()
    }

    /// Ends the outermost paths, this mass on both sides together, and returns where they begin.
    mutating func end(mass: Double, within far: Double) -> Double {
        let cells = 240
        let width = far / Double(cells)
        var beyond = 0.0
        var cell = cells - 1
        while cell >= 0 {
            let next =
                beyond + 2 * integral(from: Double(cell) * width, to: Double(cell + 1) * width)
            if next > mass { break }
            beyond = next
            cell -= 1
        }
        let top = Double(cell + 1) * width
        edge = bisect(Double(max(0, cell)) * width, top) {
            beyond + 2 * integral(from: $0, to: top) > mass
        }
        return edge
    }

    private func density(_ place: Double) -> Double {
        // Beyond 9 deviations a path adds less than 1e-17: with many looks most of them do.
        let reach = 9 * deviation
        var sum = 0.0
        for index in places.indices {
            if abs(place - places[index]) <= reach {
                sum += masses[index] * Normal.density((place - places[index]) / deviation)
            }
            if place + places[index] <= reach {
                sum += masses[index] * Normal.density((place + places[index]) / deviation)
            }
        }
        return sum / deviation
    }

    private func integral(from low: Double, to high: Double) -> Double {
        let (nodes, weights) = Self.simpson(from: low, to: high, cells: 4)
        return zip(nodes, weights).reduce(0) { $0 + $1.1 * density($1.0) }
    }

    /// The nodes and weights of Simpson's rule.
    private static func simpson(
        from low: Double,
        to high: Double,
        cells: Int
    ) -> ([Double], [Double]) {
        let step = (high - low) / Double(cells)
        let nodes = (0...cells).map { low + Double($0) * step }
        let weights = (0...cells).map { index in
            step / 3 * (index == 0 || index == cells ? 1 : index.isMultiple(of: 2) ? 2 : 4)
        }
        return (nodes, weights)
    }
}
