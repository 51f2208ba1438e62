extension Histogram {
    /// Returns the V2 encoding: header and counts as ZigZag LEB128, bit for bit as Java's.
    public func encoded() -> [UInt8] {
        var bytes: [UInt8] = []
        // most counts take one or two bytes
        bytes.reserveCapacity(40 + 2 * Swift.max(1, maxIndex - minIndex))
        bytes.appendBigEndian(Cookie.payload)
        bytes.appendBigEndian(UInt32(0))  // the length of the counts, known only behind them
        bytes.appendBigEndian(UInt32(0))  // an index offset that Java's doubles use
        bytes.appendBigEndian(UInt32(significantDigits))
        bytes.appendBigEndian(UInt64(lowestDiscernible))
        bytes.appendBigEndian(UInt64(highestTrackable))
        bytes.appendBigEndian(Double(1).bitPattern)  // units per double, likewise
        let start = bytes.count
        appendCounts(to: &bytes)
        let length = UInt32(bytes.count - start)
        bytes.withUnsafeMutableBytes {
            $0.storeBytes(of: length.bigEndian, toByteOffset: 4, as: UInt32.self)
        }
        return bytes
    }

    /// Returns the V2 encoding in a zlib stream, as interval logs hold it in Base64.
    ///
    /// The level goes from 1 (fast) to 12 (small); what a second holds looks like chance, so that none makes
    /// it much smaller than another.
    public func compressed(level: Int = 6) -> [UInt8] {
        let stream = Deflate.compress(encoded(), level: level)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(8 + stream.count)
        bytes.appendBigEndian(Cookie.wrapper)
        bytes.appendBigEndian(UInt32(stream.count))
        return bytes + stream
    }

    /// Appends all counts up to the last that is not 0; an empty histogram has one count of 0.
    private func appendCounts(to bytes: inout [UInt8]) {
        var index = 0
        repeat {
            if counts[index] != 0 {
                bytes.appendZigZag(counts[index])
                index += 1
                continue
            }
            let start = index
            while index < maxIndex, counts[index] == 0 { index += 1 }
            // a run of zeros is its negative length; the empty histogram's stays one plain 0
            let length = Swift.max(1, index - start)
            bytes.appendZigZag(length > 1 ? Int64(-length) : 0)
            index = start + length
        } while index <= maxIndex
    }
}

extension [UInt8] {
    fileprivate mutating func appendBigEndian(_ value: some FixedWidthInteger) {
        Swift.withUnsafeBytes(of: value.bigEndian) { append(contentsOf: $0) }
    }

    /// Appends LEB128 of at most nine bytes: the ninth holds eight bits, so none is spent on it.
    fileprivate mutating func appendZigZag(_ value: Int64) {
        var bits = UInt64(bitPattern: value << 1 ^ value >> 63)
        for _ in 0..<8 {
            guard bits > 0x7F else { break }
            append(UInt8(truncatingIfNeeded: bits) | 0x80)
            bits >>= 7
        }
        append(UInt8(truncatingIfNeeded: bits))
    }
}
