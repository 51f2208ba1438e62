import TestSupport
import Testing

@testable import Histogram

@Suite("The counts of a payload", .timeLimit(.minutes(1)))
struct PayloadTests {
    /// Numbers as ZigZag LEB128.
    private func bytes(_ numbers: [Int64]) -> [UInt8] {
        numbers.flatMap { number in
            var bits = UInt64(bitPattern: number << 1 ^ number >> 63)
            var bytes: [UInt8] = []
            while bits > 0x7F, bytes.count < 8 {
                bytes.append(UInt8(truncatingIfNeeded: bits) | 0x80)
                bits >>= 7
            }
            return bytes + [UInt8(truncatingIfNeeded: bits)]
        }
    }

    private func histogram(_ numbers: [Int64], highest: Int64) throws(HistogramError) -> Histogram {
        func big(_ value: Int64, _ bytes: Int64) -> [UInt8] {
            (0..<bytes).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
        }
        let counts = bytes(numbers)
        let head = big(0x1c84_9313, 4) + big(Int64(counts.count), 4) + big(0, 4) + big(2, 4)
        let ranges = big(1, 8) + big(highest, 8) + big(Int64(bitPattern: 1.0.bitPattern), 8)
        return try Histogram(decoding: head + ranges + counts)
    }

    /// What the format's description says, number by number.
    private func expected(_ numbers: [Int64], length: Int) -> [Int: Int64]? {
        var index = 0
        var counts: [Int: Int64] = [:]
        for number in numbers {
            if number > 0 {
                guard index < length else { return nil }
                counts[index] = number
            }
            guard number >= -Int64(length) else { return nil }
            index += number < 0 ? Int(-number) : 1
        }
        return counts
    }

    @Test("are those that the format's description makes of the numbers", arguments: 0..<40)
    func random(seed: Int) throws {
        var random = SeededGenerator(seed: UInt64(seed))
        let highest = Int64(1) << Int64.random(in: 2...40, using: &random)
        let length = try Histogram(highestTrackable: highest, significantDigits: 2).counts.count
        var refused = 0
        for _ in 0..<200 {
            let numbers = (0..<Int.random(in: 0...300, using: &random)).map { _ -> Int64 in
                switch Int.random(in: 0..<20, using: &random) {
                case 0: .random(in: 0...(1 << 50), using: &random)
                case 1: .random(in: -1_500...0, using: &random)
                case 2...9: .random(in: -3...0, using: &random)
                default: .random(in: 1...80, using: &random)
                }
            }
            let counts = expected(numbers, length: length)
            do throws(HistogramError) {
                let found = try histogram(numbers, highest: highest)
                guard let filled = counts else {
                    Issue.record("taken: \(numbers)")
                    continue
                }
                #expect(
                    found.counts.indices.filter { found.counts[$0] != 0 } == filled.keys.sorted()
                )
                #expect(filled.allSatisfy { found.counts[$0.key] == $0.value })
                #expect(found.count == filled.values.reduce(0, +))
                #expect(found.minIndex == filled.keys.min() ?? .max)
                #expect(found.maxIndex == filled.keys.max() ?? -1)
            } catch {
                refused += 1
                #expect(counts == nil, "\(error) for \(numbers)")
            }
        }
        #expect(refused < 200)
    }

    @Test("that lie behind the last, or whose sum is more than 63 bits, are refused")
    func refusals() throws {
        let length = try Histogram(highestTrackable: 1_000, significantDigits: 2).counts.count
        for rest in [Int64(1), 63, 64, 1_000] {
            #expect(throws: HistogramError.malformedCounts(index: length)) {
                try histogram([Int64(-length), rest], highest: 1_000)
            }
        }
        #expect(throws: HistogramError.malformedCounts(index: 0)) {
            try histogram([Int64(-length - 1)], highest: 1_000)
        }
        #expect(throws: HistogramError.countOverflow) {
            try histogram([.max - 1, 1, 1], highest: 1_000)
        }
    }
}
