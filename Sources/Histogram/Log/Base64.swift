/// Base64 with the standard alphabet and padding (RFC 4648, section 4).
enum Base64 {
    private static let digits = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
    )
    private static let pad = UInt8(ascii: "=")
    /// The six bits of each digit, 256 for each of the four places of a group.
    ///
    /// They stand where they belong in the upper 24 of 32 bits. What is no digit sets the lowest, ``noDigit``.
    private static let places: [UInt32] = {
        var places = [UInt32](repeating: noDigit, count: 4 * 256)
        for place in 0..<4 {
            for (value, digit) in digits.enumerated() {
                places[256 * place + Int(digit)] = UInt32(value) << UInt32(26 - 6 * place)
            }
        }
        return places
    }()
    private static let noDigit: UInt32 = 1

    static func encode(_ bytes: [UInt8]) -> String {
        String(unsafeUninitializedCapacity: (bytes.count + 2) / 3 * 4) { text in
            digits.withUnsafeBufferPointer { digits in
                var length = 0
                for start in stride(from: 0, to: bytes.count, by: 3) {
                    let taken = min(3, bytes.count - start)
                    var bits: UInt32 = 0
                    for offset in 0..<3 {
                        bits = bits << 8 | (offset < taken ? UInt32(bytes[start + offset]) : 0)
                    }
                    for digit in 0..<4 {
                        let value = Int(bits >> UInt32(18 - 6 * digit) & 63)
                        text[length] = digit <= taken ? digits[value] : pad
                        length += 1
                    }
                }
                return length
            }
        }
    }

    /// Appends what `text` encodes to `bytes`; padding may be missing.
    static func decode(
        _ text: UnsafeRawBufferPointer,
        into bytes: inout [UInt8]
    ) throws(HistogramError) {
        var end = text.count
        while end > 0, text.count - end < 2, text[end - 1] == pad { end -= 1 }
        guard end % 4 != 1 else { throw .notBase64(offset: end) }
        let start = bytes.count
        // what the last two or three digits hold besides whole groups of four
        let rest = end % 4
        bytes += repeatElement(0, count: end / 4 * 3 + max(0, rest - 1))
        let all = bytes.withUnsafeMutableBytes { bytes in
            places.withUnsafeBufferPointer { places in
                var target = start
                // looked at once, for a branch at each digit costs more than all the rest
                var all: UInt32 = 0
                func group(_ offset: Int, digits: Int) -> UInt32 {
                    var bits = places[Int(text[offset])] | places[256 + Int(text[offset + 1])]
                    if digits > 2 { bits |= places[512 + Int(text[offset + 2])] }
                    if digits > 3 { bits |= places[768 + Int(text[offset + 3])] }
                    all |= bits
                    return bits
                }
                var offset = 0
                // The fourth byte belongs to the next group, which puts its own there.
                while target + 4 <= bytes.count, offset + 4 <= end {
                    let bits = group(offset, digits: 4)
                    bytes.storeBytes(of: bits.bigEndian, toByteOffset: target, as: UInt32.self)
                    target += 3
                    offset += 4
                }
                while offset < end {
                    let bits = group(offset, digits: min(4, end - offset))
                    for place in 0..<min(3, bytes.count - target) {
                        bytes[target + place] = UInt8(
                            truncatingIfNeeded: bits >> UInt32(24 - 8 * place)
                        )
                    }
                    target += 3
                    offset += 4
                }
                return all
            }
        }
        guard all & noDigit == 0 else {
            throw .notBase64(offset: text.firstIndex { places[Int($0)] == noDigit } ?? 0)
        }
    }
}
