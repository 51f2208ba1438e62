/// A number shown with a fixed number of decimals, without the locale.
package struct Fixed: CustomStringConvertible {
    package let description: String

    /// Rounds `value` half up to `decimals` (0…9); values beyond ±9·10⁸ lose digits.
    package init(_ value: Double, decimals: Int) {
        var scale = 1
        for _ in 0..<decimals { scale *= 10 }
        guard value.isFinite, abs(value) < 9e17 / Double(scale) else {
            description = "\(value)"
            return
        }
        let scaled = Int(roundedHalfUp(abs(value) * Double(scale)))
        let digits = String(scaled % scale)
        let padding = String(repeating: "0", count: max(0, decimals - digits.count))
        let sign = value < 0 && scaled > 0 ? "-" : ""
        description = sign + "\(scaled / scale)" + (decimals == 0 ? "" : "." + padding + digits)
    }
}

extension String {
    /// The text with spaces in front up to `width` characters.
    package func aligned(_ width: Int) -> String {
        String(repeating: " ", count: Swift.max(0, width - count)) + self
    }
}
