/// Where the values of a sample lie: mean, quartiles, least and greatest.
///
/// A quartile of n values in order stands at place (n − 1) · p, counted from 0, with p 1/4, 1/2 and 3/4;
/// between two values it is on the straight line between them. That is definition 7 of Hyndman and Fan
/// (The American Statistician 50, 1996), the standard one of R, NumPy and spreadsheets.
package struct Quartiles: Sendable, Hashable {
    package let count: Int
    package let mean: Double
    package let minimum: Double
    package let lower: Double
    package let median: Double
    package let upper: Double
    package let maximum: Double

    /// Describes finite values in any order; `nil` if there are none.
    package init?(_ values: [Double]) {
        let sorted = values.sorted()
        guard let first = sorted.first, let last = sorted.last else { return nil }
        func value(at share: Double) -> Double {
            let place = Double(sorted.count - 1) * share
            let below = Int(place)
            guard below + 1 < sorted.count else { return sorted[below] }
            return sorted[below] + (sorted[below + 1] - sorted[below]) * (place - Double(below))
        }
        count = sorted.count
        // Each divided before they are added up, so that no sum overflows.
        mean = sorted.reduce(0) { $0 + $1 / Double(sorted.count) }
        (minimum, maximum) = (first, last)
        (lower, median, upper) = (value(at: 0.25), value(at: 0.5), value(at: 0.75))
    }
}
