/// Which requests a load of reads and writes of single keys consists of.
package struct RequestMix: Sendable, Hashable {
    package let firstKey: UInt64
    /// At least 1; with ``firstKey`` at most 10¹².
    package let keys: UInt64
    package let distribution: KeyDistribution
    /// 0…1.
    package let writeFraction: Double
    /// Bytes of each value that is written.
    package let valueSize: Int
    package let seed: UInt64
    /// Writes are drawn where 64 random bits are below it; `nil` for writes only.
    private let writeLimit: UInt64?

    /// Makes a mix.
    package init(
        firstKey: UInt64,
        keys: UInt64,
        distribution: KeyDistribution,
        writeFraction: Double,
        valueSize: Int,
        seed: UInt64
    ) {
        self.firstKey = firstKey
        self.keys = keys
        self.distribution = distribution
        self.writeFraction = writeFraction
        self.valueSize = valueSize
        self.seed = seed
        writeLimit = writeFraction >= 1 ? nil : UInt64(writeFraction * 0x1p64)
    }

    /// Whether reads occur, and whether writes do.
    var operations: [Bool] { [writeFraction < 1, writeFraction > 0] }

    /// Request `index`, 0 a read and 1 a write; the same whoever asks.
    @inline(__always)
    func request(_ index: Int) -> Request {
        var random = RandomSource(seed: seed, index: index)
        let isWrite = writeLimit.map { random.next() < $0 } ?? true
        let key = distribution.key(of: index, count: keys, &random)
        return Request(operation: isWrite ? 1 : 0, key: firstKey + key)
    }
}
