import Statistics

/// Makes inputs out of seeds; the same seed and number always make the same input.
struct Mutator {
    let seeds: [[UInt8]]
    let dictionary: [[UInt8]]
    let seed: UInt64
    /// Longer inputs are cut.
    let longest: Int

    /// Numbers at which readers go wrong.
    private static let edges =
        [
            "0", "-0", "-1", "1", "2", "9", "10", "127", "128", "255", "256", "32767", "32768",
            "65535",
            "65536", "1073741824", "2147483647", "2147483648", "4294967295", "4294967296",
            "4611686018427387904", "9223372036854775807", "9223372036854775808",
            "-9223372036854775808", "18446744073709551615", "18446744073709551616",
            "99999999999999999999999999", "1e300", "1e400", "-1e400", "1e-400", "0.1", "1e18",
            "1e19", "nan",
            "inf", "-inf", "0x7fffffffffffffff", "00", "1_000", "+1", "1.5", ".5", "5.",
        ].map { Array($0.utf8) }

    /// Returns an input by its number: the seeds themselves first.
    func input(_ number: Int) -> [UInt8] {
        guard number >= seeds.count else { return seeds[number] }
        var generator = SeededGenerator(seed: seed &* 0x1000_0000_01B3 &+ UInt64(number))
        // The first numbers of near seeds are alike.
        for _ in 0..<3 { _ = generator.next() }
        var bytes = pick(seeds, &generator)
        let steps = [1, 1, 1, 2, 2, 3, 5, 8, 16][Int.random(in: 0..<9, using: &generator)]
        for _ in 0..<steps { mutate(&bytes, &generator) }
        return Array(bytes.prefix(longest))
    }

    private func pick(_ list: [[UInt8]], _ generator: inout SeededGenerator) -> [UInt8] {
        list.isEmpty ? [] : list[Int.random(in: 0..<list.count, using: &generator)]
    }

    private func mutate(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        let count = bytes.count
        let place = Int.random(in: 0...count, using: &generator)
        switch Int.random(in: 0..<12, using: &generator) {
        case 0:  // one bit
            guard place < count else { return }
            bytes[place] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1:  // one byte
            guard place < count else { return }
            bytes[place] = .random(in: 0...255, using: &generator)
        case 2:  // cut short
            bytes.removeLast(count - place)
        case 3:  // a part left out
            bytes.removeSubrange(place..<min(count, place + length(&generator)))
        case 4:  // a part of another seed
            let other = pick(seeds, &generator)
            let start = Int.random(in: 0...other.count, using: &generator)
            bytes.insert(contentsOf: other[start...].prefix(length(&generator)), at: place)
        case 5:  // the rest of another seed
            let other = pick(seeds, &generator)
            bytes.replaceSubrange(
                place...,
                with: other[Int.random(in: 0...other.count, using: &generator)...]
            )
        case 6:  // a part repeated
            let part = Array(bytes[place...].prefix(length(&generator)))
            // A few times mostly; now and then until the input is full.
            let times = [2, 3, 10, 100, longest][Int.random(in: 0..<5, using: &generator)]
            guard !part.isEmpty else { return }
            let most = max(0, longest - count) / part.count
            let run = repeatElement(part, count: min(times, most)).joined()
            bytes.insert(contentsOf: Array(run), at: place)
        case 7, 8:  // a word
            bytes.insert(contentsOf: pick(dictionary, &generator), at: place)
        case 9:  // a word in the place of another
            replaceRun(of: isLetter, near: place, in: &bytes, by: pick(dictionary, &generator))
        case 10:  // a number in the place of another
            replaceRun(of: isDigit, near: place, in: &bytes, by: pick(Self.edges, &generator))
        default:  // some bytes of four, as headers have them
            let word = UInt32.random(in: .min ... .max, using: &generator)
            let wide = [0, 1, 0x7FFF_FFFF, 0x8000_0000, .max, word]
            let value = wide[Int.random(in: 0..<wide.count, using: &generator)]
            for index in 0..<4 where place + index < bytes.count {
                bytes[place + index] = UInt8(truncatingIfNeeded: value >> (24 - 8 * UInt32(index)))
            }
        }
        if bytes.count > longest { bytes.removeLast(bytes.count - longest) }
    }

    private func length(_ generator: inout SeededGenerator) -> Int {
        [1, 2, 4, 16, 64, 256][Int.random(in: 0..<6, using: &generator)]
    }

    private func isDigit(_ byte: UInt8) -> Bool { (48...57).contains(byte) }

    private func isLetter(_ byte: UInt8) -> Bool {
        (65...90).contains(byte) || (97...122).contains(byte) || byte == UInt8(ascii: "_")
    }

    /// Replaces the next run of such bytes behind a place, or the last before it.
    private func replaceRun(
        of belongs: (UInt8) -> Bool,
        near place: Int,
        in bytes: inout [UInt8],
        by word: [UInt8]
    ) {
        guard
            let start = bytes[place...].firstIndex(where: belongs)
                ?? bytes.firstIndex(where: belongs)
        else { return }
        let end = bytes[start...].firstIndex { !belongs($0) } ?? bytes.count
        bytes.replaceSubrange(start..<end, with: word)
    }
}
