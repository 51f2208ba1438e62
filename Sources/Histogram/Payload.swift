/// An encoded histogram, V0 to V2 without its zlib stream, whose counts are read in passing.
///
/// It views bytes that it does not own, and must not outlive them.
struct Payload {
    let layout: BucketLayout
    private let counts: UnsafeRawBufferPointer
    /// The bytes of each count, or `nil` for ZigZag LEB128.
    private let width: Int?

    init(_ bytes: UnsafeRawBufferPointer) throws(HistogramError) {
        let cookie = try bytes.uint32(at: 0)
        let format = try Cookie.format(of: cookie)
        // V0 has no index offset and no length of its counts, and a total count in the ratio's place
        let digits = try bytes.uint32(at: format == .v0 ? 4 : 12)
        let ranges = format == .v0 ? 8 : 16
        layout = try BucketLayout(
            lowestDiscernible: Int64(bitPattern: bytes.uint64(at: ranges)),
            highestTrackable: Int64(bitPattern: bytes.uint64(at: ranges + 8)),
            significantDigits: Int(digits)
        )
        let start = ranges + 24
        let length = format == .v0 ? bytes.count - start : Int(try bytes.uint32(at: 4))
        guard length >= 0, bytes.count >= start + length else {
            throw .truncated(bytes: bytes.count, needed: start + max(0, length))
        }
        counts = UnsafeRawBufferPointer(rebasing: bytes[start..<start + length])
        width = format == .v2 ? nil : try Cookie.countWidth(of: cookie)
    }

    /// What was added: how much in all, and between which indices.
    struct Sum {
        var total: Int64 = 0
        var first = Int.max
        var last = -1
    }

    /// Adds each count to the one of its index, of which there must be at least those of ``layout``.
    ///
    /// - Throws: ``HistogramError/malformedCounts(index:)`` for a negative count or one behind the
    ///   last index, ``HistogramError/countOverflow`` for more than 63 bits in all. A part may be added
    ///   then.
    func add(
        to sums: UnsafeMutableBufferPointer<Int64>
    ) throws(HistogramError) -> Sum {
        precondition(sums.count >= layout.length, "a count for each index")
        var sum = Sum()
        var index = 0
        var offset = 0
        // Only LEB128 has them, and no run of a single byte is longer than such a layout.
        let hasShortCounts = width == nil && layout.length > 64
        while offset < counts.count {
            // from the first count on, so that the way for nearly all others need not look for it
            if hasShortCounts, sum.last >= 0 {
                let total = addShortCounts(to: sums, from: &offset, &index, &sum.last)
                if sum.total.addingReportingOverflow(total).overflow { throw .countOverflow }
                sum.total += total
                guard offset < counts.count else { break }
            }
            let count = try next(&offset, index: index)
            if count == 0 {
                index += 1
                continue
            }
            // only LEB128 spends negative numbers on runs of zeros
            if count < 0, width == nil, count > Int64(-layout.length) - 1 {
                index += Int(-count)
                continue
            }
            guard count > 0, index < layout.length else { throw .malformedCounts(index: index) }
            let (total, overflow) = sum.total.addingReportingOverflow(count)
            if overflow { throw .countOverflow }
            sum.total = total
            // no more than what all have in sum, which whoever owns them checks
            sums[index] &+= count
            sum.first = min(sum.first, index)
            sum.last = index
            index += 1
        }
        return sum
    }

    /// What a number of a single byte does: how far the index goes on, and, in the lower half, what is added
    /// before it does.
    private static let steps: [UInt64] = (0..<128).map { bits in
        // ZigZag's odd numbers are the negative ones, which are runs of zeros: -1, -2, …
        bits & 1 == 0 ? 1 << 32 | bits >> 1 : (bits >> 1 + 1) << 32
    }
    /// How far the index goes on at most for a number of a single byte.
    private static let longestStep = 64

    /// Adds counts of a single byte each, and passes over such runs of zeros, up to the first other number.
    ///
    /// Nearly all numbers of a second's latencies are such. Which of them are counts and which are runs no
    /// processor can foresee, so that all take the same way, without a branch.
    ///
    /// - Returns: How much was added in all; at most 63 for each byte, so that it fits into 32 bits.
    @inline(never)
    private func addShortCounts(
        to sums: UnsafeMutableBufferPointer<Int64>,
        from offset: inout Int,
        _ index: inout Int,
        _ last: inout Int
    ) -> Int64 {
        let (bytes, end, length) = (counts, counts.count, layout.length)
        let begin = offset
        return Self.steps.withUnsafeBufferPointer { steps in
            var place = begin
            // the index, and in the lower half the sum
            var both = UInt64(index) << 32
            @inline(__always) func add(_ bits: Int) {
                let step = steps[bits]
                sums[Int(both >> 32)] &+= Int64(UInt32(truncatingIfNeeded: step))
                both &+= step
                place &+= 1
            }
            while place < end {
                // Eight at once where each is of a single byte, and none can lead behind the last index: looked at
                // once for all of them.
                if place &+ 8 <= end, Int(both >> 32) &+ 8 * Self.longestStep <= length {
                    var word = UInt64(
                        littleEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt64.self)
                    )
                    if word & 0x8080_8080_8080_8080 == 0 {
                        for _ in 0..<8 {
                            add(Int(word & 0x7F))
                            word >>= 8
                        }
                        continue
                    }
                }
                let bits = Int(bytes[place])
                guard bits < 0x80, Int(both >> 32) < length else { break }
                add(bits)
            }
            offset = place
            index = Int(both >> 32)
            // the last that was a count: seldom more than one step back
            var own = index
            while place > begin {
                place &-= 1
                let step = steps[Int(bytes[place])]
                own &-= Int(step >> 32)
                guard UInt32(truncatingIfNeeded: step) == 0 else {
                    last = own
                    break
                }
            }
            return Int64(UInt32(truncatingIfNeeded: both))
        }
    }

    @inline(__always)
    private func next(_ offset: inout Int, index: Int) throws(HistogramError) -> Int64 {
        guard let width else { return try nextZigZag(&offset, index: index) }
        return try nextFixed(&offset, index: index, width: width)
    }

    private func nextFixed(
        _ offset: inout Int,
        index: Int,
        width: Int
    ) throws(HistogramError) -> Int64 {
        guard offset + width <= counts.count else { throw .malformedCounts(index: index) }
        var bits: UInt64 = 0
        for byte in counts[offset..<offset + width] { bits = bits << 8 | UInt64(byte) }
        offset += width
        // shifts the sign of a narrow count up and down again
        let spare = Int64(64 - 8 * width)
        let signed = Int64(bitPattern: bits) << spare
        return signed >> spare
    }

    @inline(__always)
    private func nextZigZag(_ offset: inout Int, index: Int) throws(HistogramError) -> Int64 {
        var bits: UInt64 = 0
        var shift: UInt64 = 0
        while true {
            guard offset < counts.count else { throw .malformedCounts(index: index) }
            let byte = counts[offset]
            offset += 1
            // the ninth byte holds eight bits and is the last
            if shift == 56 {
                bits |= UInt64(byte) << shift
                break
            }
            bits |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { break }
            shift += 7
        }
        return Int64(bitPattern: bits >> 1) ^ -Int64(bitPattern: bits & 1)
    }
}

extension UnsafeRawBufferPointer {
    /// Returns the big-endian number at a byte offset.
    fileprivate func uint64(at offset: Int) throws(HistogramError) -> UInt64 {
        guard count >= offset + 8 else { throw .truncated(bytes: count, needed: offset + 8) }
        return UInt64(bigEndian: loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }

    /// Returns the big-endian number at a byte offset.
    func uint32(at offset: Int) throws(HistogramError) -> UInt32 {
        guard count >= offset + 4 else { throw .truncated(bytes: count, needed: offset + 4) }
        return UInt32(bigEndian: loadUnaligned(fromByteOffset: offset, as: UInt32.self))
    }
}
