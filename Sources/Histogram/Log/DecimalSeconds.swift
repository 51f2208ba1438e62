/// Seconds as decimal text, exact where a `Double` is not.
package enum DecimalSeconds {
    /// Returns the time that `-12.345` or `1.2E3` names, `nil` if it is no number or too large.
    ///
    /// Digits behind the ninth decimal are cut off.
    package static func parse(_ text: some Collection<UInt8>) -> Duration? {
        let minus = text.first == UInt8(ascii: "-")
        var whole: Int64 = 0
        var nanoseconds: Int64 = 0
        var unit: Int64 = 1_000_000_000
        var digits = 0
        var isFraction = false
        for byte in text.dropFirst(minus ? 1 : 0) {
            if byte == UInt8(ascii: "."), !isFraction {
                isFraction = true
                continue
            }
            guard let digit = digit(byte), digits < 18 else { return parseExponent(text) }
            digits += 1
            if isFraction {
                unit /= 10
                nanoseconds += digit * unit
            } else {
                whole = whole * 10 + digit
            }
        }
        guard digits > 0 else { return nil }
        let value = Duration.seconds(whole) + .nanoseconds(nanoseconds)
        return minus ? .zero - value : value
    }

    private static func digit(_ byte: UInt8) -> Int64? {
        UInt8(ascii: "0")...UInt8(ascii: "9") ~= byte ? Int64(byte - UInt8(ascii: "0")) : nil
    }

    private static func parseExponent(_ text: some Collection<UInt8>) -> Duration? {
        guard let value = Double(String(decoding: text, as: UTF8.self)), abs(value) < 1e12 else {
            return nil
        }
        return .seconds(value)
    }
}

/// Returns a duration without its sign.
package func abs(_ duration: Duration) -> Duration {
    duration < .zero ? .zero - duration : duration
}
