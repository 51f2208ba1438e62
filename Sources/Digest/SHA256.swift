/// The SHA-256 digest of FIPS 180-4; neither the toolchain nor Foundation has one on Linux.
package struct SHA256 {
    private var state: [UInt32] = [
        0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a,
        0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19,
    ]
    /// What is not yet a whole block.
    private var pending: [UInt8] = []
    private var count: UInt64 = 0
    private var words = [UInt32](repeating: 0, count: 64)

    /// Starts with nothing digested.
    package init() {}

    /// Returns the digest of `bytes` as 64 lower-case hexadecimal digits.
    package static func hexadecimal(of bytes: [UInt8]) -> String {
        var digest = SHA256()
        digest.add(bytes)
        return hexadecimal(digest.finish())
    }

    /// Returns bytes as two lower-case hexadecimal digits each.
    package static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(
            decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] },
            as: UTF8.self
        )
    }

    /// Adds the next piece of what is digested.
    package mutating func add(_ bytes: some Collection<UInt8>) {
        count += UInt64(bytes.count)
        pending.append(contentsOf: bytes)
        let whole = pending.count / 64 * 64
        guard whole > 0 else { return }
        let blocks = pending
        blocks.withUnsafeBytes { bytes in
            for start in stride(from: 0, to: whole, by: 64) { mix(bytes, at: start) }
        }
        pending.removeFirst(whole)
    }

    /// Returns the digest's 32 bytes; nothing is added afterwards.
    package mutating func finish() -> [UInt8] {
        let length = count * 8
        let zeros = (119 - Int(count % 64)) % 64
        add([0x80] + [UInt8](repeating: 0, count: zeros))
        add((0..<8).map { UInt8(truncatingIfNeeded: length >> (56 - 8 * UInt64($0))) })
        return state.flatMap { word in
            [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: word >> UInt32($0)) }
        }
    }

    private mutating func mix(_ bytes: UnsafeRawBufferPointer, at start: Int) {
        for index in 0..<16 {
            let word = bytes.loadUnaligned(fromByteOffset: start + 4 * index, as: UInt32.self)
            words[index] = UInt32(bigEndian: word)
        }
        for index in 16..<64 {
            let (near, far) = (words[index - 2], words[index - 15])
            let nearMix = Self.rotate(near, 17) ^ Self.rotate(near, 19) ^ near >> 10
            let farMix = Self.rotate(far, 7) ^ Self.rotate(far, 18) ^ far >> 3
            words[index] = words[index - 16] &+ farMix &+ words[index - 7] &+ nearMix
        }
        var (a, b, c, d) = (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = (state[4], state[5], state[6], state[7])
        for index in 0..<64 {
            let choice = (e & f) ^ (~e & g)
            let majority = (a & b) ^ (a & c) ^ (b & c)
            let mixE = Self.rotate(e, 6) ^ Self.rotate(e, 11) ^ Self.rotate(e, 25)
            let first = h &+ mixE &+ choice &+ Self.constants[index] &+ words[index]
            let mixA = Self.rotate(a, 2) ^ Self.rotate(a, 13) ^ Self.rotate(a, 22)
            let second = mixA &+ majority
            (h, g, f, e) = (g, f, e, d &+ first)
            (d, c, b, a) = (c, b, a, first &+ second)
        }
        for (index, value) in [a, b, c, d, e, f, g, h].enumerated() { state[index] &+= value }
    }

    private static func rotate(_ word: UInt32, _ count: UInt32) -> UInt32 {
        word >> count | word << (32 - count)
    }

    /// The first 32 bits of the fractional parts of the cube roots of the first 64 primes.
    private static let constants: [UInt32] = {
        var primes: [UInt64] = []
        var candidate: UInt64 = 2
        while primes.count < 64 {
            if primes.allSatisfy({ candidate % $0 != 0 }) { primes.append(candidate) }
            candidate += 1
        }
        return primes.map(cubeRootFraction)
    }()

    /// Finds the largest root with `root³ ≤ prime · 2⁹⁶`; its low 32 bits are the fraction.
    private static func cubeRootFraction(_ prime: UInt64) -> UInt32 {
        let target = UInt128(prime) << 96
        var root: UInt128 = 0
        for bit in (0..<36).reversed() {
            let next = root | UInt128(1) << UInt128(bit)
            if next * next * next <= target { root = next }
        }
        return UInt32(truncatingIfNeeded: root)
    }
}
