private import Glibc

/// Which of the keys 0..<count a request is about.
package enum KeyDistribution: Sendable, Hashable, CustomStringConvertible {
    /// Each key as often as any other.
    case uniform
    /// A bell curve over the range; `nil` for the middle and for a sixth of the range.
    ///
    /// What falls outside the range is drawn again, so that no key at its ends is favoured.
    case gauss(mean: Double?, deviation: Double?)
    /// One key after another, from the first again after the last.
    case sequence

    /// Reads `uniform`, `sequence`, `gauss` or `gauss:MEAN,STDEV`; `nil` for other text.
    package init?(_ text: String) {
        switch text {
        case "uniform": self = .uniform
        case "sequence": self = .sequence
        case "gauss": self = .gauss(mean: nil, deviation: nil)
        default:
            let prefix = "gauss:"
            guard text.hasPrefix(prefix) else { return nil }
            let numbers = text.dropFirst(prefix.count).split(
                separator: ",",
                omittingEmptySubsequences: false
            ).map { Double($0) }
            guard numbers.count == 2, let mean = numbers[0], let deviation = numbers[1],
                mean.isFinite, deviation.isFinite, deviation > 0
            else { return nil }
            self = .gauss(mean: mean, deviation: deviation)
        }
    }

    /// As the command line takes it.
    package var description: String {
        switch self {
        case .uniform: "uniform"
        case .sequence: "sequence"
        case .gauss(let mean?, let deviation?): "gauss:\(mean),\(deviation)"
        case .gauss: "gauss"
        }
    }

    /// Draws the key of request `index`; `count` is at least 1.
    @inline(__always)
    func key(of index: Int, count: UInt64, _ random: inout RandomSource) -> UInt64 {
        switch self {
        case .sequence: UInt64(index) % count
        case .uniform: random.below(count)
        case .gauss(let mean, let deviation):
            Self.bell(
                mean: mean ?? Double(count - 1) / 2,
                deviation: deviation ?? Double(count) / 6,
                count: count,
                &random
            )
        }
    }

    private static func bell(
        mean: Double,
        deviation: Double,
        count: UInt64,
        _ random: inout RandomSource
    ) -> UInt64 {
        // A bell far outside the range would be drawn again for ever: 1000 draws, then any key.
        for _ in 0..<1_000 {
            // Box and Muller's transform; 1 - unit() is never 0, so that the logarithm is finite.
            let radius = (-2 * log(1 - random.unit())).squareRoot()
            let value = (mean + deviation * radius * cos(2 * .pi * random.unit())).rounded()
            if value >= 0, value < Double(count) { return UInt64(value) }
        }
        return random.below(count)
    }
}
