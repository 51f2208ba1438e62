/// Requests per second as an exact fraction, so that a schedule of days drifts by no nanosecond.
package struct Rate: Sendable, Hashable, CustomStringConvertible {
    /// Requests in ``denominator`` seconds; in 1…10¹³.
    @usableFromInline let numerator: UInt64
    /// Seconds; a power of ten in 1…10⁶.
    @usableFromInline let denominator: UInt64

    /// 10⁷ requests per second.
    package static let highest = Rate(numerator: 10_000_000, denominator: 1)

    private init(numerator: UInt64, denominator: UInt64) {
        self.numerator = numerator
        self.denominator = denominator
    }

    /// Makes a whole number of requests per second; `nil` unless in 1…10⁷.
    package init?(_ perSecond: Int) {
        guard (1...10_000_000).contains(perSecond) else { return nil }
        numerator = UInt64(perSecond)
        denominator = 1
    }

    /// Reads `50000` or `0.5`, with at most six decimals; `nil` for other text, 0, or above 10⁷.
    package init?(_ text: String) {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard let whole = parts.first, !whole.isEmpty, parts.count <= 2, whole.count <= 8 else {
            return nil
        }
        let decimals = parts.count == 2 ? parts[1] : ""
        let digits = whole + decimals
        guard parts.count == 1 || (1...6).contains(decimals.count),
            digits.utf8.allSatisfy({ (48...57).contains($0) }),
            let numerator = UInt64(digits)
        else { return nil }
        var denominator: UInt64 = 1
        for _ in decimals { denominator *= 10 }
        guard numerator > 0, numerator <= 10_000_000 * denominator else { return nil }
        self.numerator = numerator
        self.denominator = denominator
    }

    /// The rate as a number, for showing.
    package var perSecond: Double { Double(numerator) / Double(denominator) }

    /// All its decimals, such as `50000` or `0.000001`, as ``init(_:)-(String)`` reads them.
    package var description: String {
        guard denominator > 1 else { return "\(numerator)" }
        let digits = String(denominator + numerator % denominator).dropFirst()
        return "\(numerator / denominator).\(digits)"
    }
}
