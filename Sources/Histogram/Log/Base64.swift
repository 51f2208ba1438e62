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
        var text: [UInt8] = []
        text.reserveCapacity((bytes.count + 2) / 3 * 4)
        for start in stride(from: 0, to: bytes.count, by: 3) {
            let taken = min(3, bytes.count - start)
            var bits: UInt32 = 0
            for offset in 0..<3 {
                bits = bits << 8 | (offset < taken ? UInt32(bytes[start + offset]) : 0)
            }
            for digit in 0..<4 {
                let value = Int(bits >> UInt32(18 - 6 * digit) & 63)
                text.append(digit <= taken ? digits[value] : pad)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// Appends what `text` encodes to `bytes`; padding may be missing.
    static func decode(
        _ text: UnsafeRawBufferPointer,
        into bytes: inout [UInt8]
    ) throws(HistogramError) {
        var end = text.count
        while end > 0, text.count - end < 2, text[end - 1] == pad { end -= 1 }
        guard end % 4 != 1 else { throw .notBase64(offset: end) }
        bytes.reserveCapacity(bytes.count + end / 4 * 3 + 2)
        var bits: UInt32 = 0
        var pending = 0
        for offset in 0..<end {
            let value = values[Int(text[offset])]
            guard value != 0xFF else { throw .notBase64(offset: offset) }
            bits = bits << 6 | UInt32(value)
            pending += 6
            if pending >= 8 {
                pending -= 8
                bytes.append(UInt8(truncatingIfNeeded: bits >> UInt32(pending)))
            }
        }
    }
}
