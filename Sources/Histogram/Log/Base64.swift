/// Base64 with the standard alphabet and padding (RFC 4648, section 4).
enum Base64 {
    private static let digits = Array(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8
    )
    private static let pad = UInt8(ascii: "=")
    /// The six bits of each digit, 0xFF for what is none.
    private static let values: [UInt8] = {
        var values = [UInt8](repeating: 0xFF, count: 256)
        for (value, digit) in digits.enumerated() { values[Int(digit)] = UInt8(value) }
        return values
    }()

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
        let all = bytes.withUnsafeMutableBufferPointer { bytes in
            values.withUnsafeBufferPointer { values in
                var target = start
                // looked at once, for a branch at each digit costs more than all the rest
                var all: UInt8 = 0
                func value(_ offset: Int) -> UInt32 {
                    let value = values[Int(text[offset])]
                    all |= value
                    return UInt32(value)
                }
                for offset in stride(from: 0, to: end - rest, by: 4) {
                    let bits =
                        value(offset) << 18 | value(offset + 1) << 12 | value(offset + 2) << 6
                        | value(offset + 3)
                    bytes[target] = UInt8(truncatingIfNeeded: bits >> 16)
                    bytes[target + 1] = UInt8(truncatingIfNeeded: bits >> 8)
                    bytes[target + 2] = UInt8(truncatingIfNeeded: bits)
                    target += 3
                }
                if rest > 1 {
                    var bits = value(end - rest) << 18 | value(end - rest + 1) << 12
                    if rest == 3 { bits |= value(end - 1) << 6 }
                    bytes[target] = UInt8(truncatingIfNeeded: bits >> 16)
                    if rest == 3 { bytes[target + 1] = UInt8(truncatingIfNeeded: bits >> 8) }
                }
                return all
            }
        }
        guard all <= 63 else {
            throw .notBase64(offset: text.firstIndex { values[Int($0)] > 63 } ?? 0)
        }
    }
}
