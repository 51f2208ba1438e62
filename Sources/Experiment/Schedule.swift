import Statistics

/// Which variant runs when.
public struct Schedule: Sendable, Hashable {
    /// One of the two sides of a pair.
    public enum Side: String, Sendable, Hashable, Codable {
        /// The base.
        case a = "A"
        /// What is compared with it; in a rehearsal, the base once more.
        case b = "B"

        /// The other one.
        public var other: Side { self == .a ? .b : .a }
    }

    /// The side that runs first, for each pair of the rehearsal and of the experiment proper.
    public let rehearsal: [Side]
    /// The side that runs first in each pair.
    public let pairs: [Side]

    /// Draws the order: each pair's by a fair coin of its own.
    public init(rehearsal: Int, pairs: Int, seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        func coins(_ count: Int) -> [Side] {
            (0..<count).map { _ in Bool.random(using: &generator) ? .a : .b }
        }
        self.rehearsal = coins(rehearsal)
        self.pairs = coins(pairs)
    }
}
