/// A fast seeded generator (SplitMix64): the same seed gives the same run on every machine.
package struct RandomSource: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Starts the sequence of `seed`; any value will do.
    package init(seed: UInt64) {
        state = seed
    }

    /// Starts a sequence of its own for each `index` of the same seed.
    ///
    /// So request 7 of a schedule is the same whichever of how many loaders sends it.
    @inline(__always)
    package init(seed: UInt64, index: Int) {
        state = Self.mixed(seed &+ UInt64(truncatingIfNeeded: index) &* 0xD134_2543_DE82_EF95)
    }

    /// Returns the next 64 random bits.
    @inline(__always)
    package mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mixed(state)
    }

    @inline(__always)
    private static func mixed(_ state: UInt64) -> UInt64 {
        var bits = state
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }

    /// Returns a number in 0..<1 with 53 random bits.
    @inline(__always)
    package mutating func unit() -> Double {
        Double(next() >> 11) * 0x1p-53
    }

    /// Returns a number in 0..<bound; `bound` is at least 1.
    @inline(__always)
    package mutating func below(_ bound: UInt64) -> UInt64 {
        next().multipliedFullWidth(by: bound).high
    }
}
