extension BinaryInteger {
    /// The number with a comma between groups of three digits: `50,012`.
    package var grouped: String { (self < 0 ? "-" : "") + groups(of: String(magnitude)[...]) }
}

/// Returns a number with so many decimals, and thousands set apart by commas.
package func decimals(_ value: Double, _ count: Int, grouping: Bool = false) -> String {
    guard value.isFinite, Swift.abs(value) < 1e15 else { return "\(value)" }
    var scale = 1.0
    for _ in 0..<count { scale *= 10 }
    let scaled = roundedHalfUp(value * scale)
    let sign = scaled < 0 ? "-" : ""
    let digits = String(Int64(Swift.abs(scaled)))
    let padded = String(repeating: "0", count: max(0, count + 1 - digits.count)) + digits
    let whole = padded.dropLast(count)
    let fraction = count == 0 ? "" : "." + padded.suffix(count)
    return sign + (grouping ? groups(of: whole) : String(whole)) + fraction
}

/// Rounds to a whole number, a half away from zero, as people round what they read.
///
/// A share such as 0.01265 in percent, and that in hundredths, is 126.49999999999999 and no half any more;
/// what lies so near to a half is taken for one.
package func roundedHalfUp(_ value: Double) -> Double {
    let half = (value * 2).rounded() / 2
    return (Swift.abs(value - half) <= 4 * value.ulp ? half : value).rounded()
}

/// Returns a rate with one decimal below 100,000 per second.
package func rateText(_ perSecond: Double) -> String {
    decimals(perSecond, perSecond < 99_999.95 ? 1 : 0, grouping: true)
}

/// Returns digits with a comma before each three from the right.
private func groups(of digits: Substring) -> String {
    var text = ""
    for (offset, digit) in digits.enumerated() {
        if offset > 0, (digits.count - offset) % 3 == 0 { text += "," }
        text.append(digit)
    }
    return text
}

/// Reads a number as people write it, such as `5`, `-0.25` or `2e4`; `nil` for any other text.
///
/// Swift's own reader takes `0x10`, `inf` and `nan` as well, which nobody means on a command line.
package func decimalNumber(_ text: some StringProtocol) -> Double? {
    let isDecimal = text.utf8.allSatisfy { byte in
        (48...57).contains(byte) || "+-.eE".utf8.contains(byte)
    }
    guard isDecimal, let number = Double(text), number.isFinite else { return nil }
    return number
}
