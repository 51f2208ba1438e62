import LoadResult

/// Numbers that a node printed: whatever it says, nothing that is computed of them overflows.
enum NodeNumber {
    /// 2⁵³: no machine has as many bytes, ticks or keys, and a thousand of them can be added up.
    private static let largest = 1 << 53

    /// Reads a whole number of -2⁵³ to 2⁵³; `nil` for anything else.
    static func whole(_ text: some StringProtocol) -> Int? {
        guard let number = Int(text), (-largest...largest).contains(number) else { return nil }
        return number
    }

    /// Reads a number of that range; `nil` for anything else, such as `inf` and `nan`.
    static func decimal(_ text: some StringProtocol) -> Double? {
        guard let number = Double(text), abs(number) <= Double(largest) else { return nil }
        return number
    }
}

extension LoadResult {
    /// Whether a load can have come to this, as far as anything is computed of it.
    ///
    /// A client that does not mean well may write any numbers.
    var isCredible: Bool {
        let counts = [
            due, sent, settled, refused, timedOut, lost, overflowed, reads, missing, redirected,
            brokenConnections, mostOutstanding, maxOutstanding, late, keys, parts,
        ]
        // 2⁶⁰ ns are 36 years.
        let times = [latest, length, duration ?? 0, timeout]
        return (counts + refusals.values).allSatisfy { (0...1 << 53).contains($0) }
            && times.allSatisfy { (0...1 << 60).contains($0) }
            && [rate ?? 0, writeFraction, busiestLoop].allSatisfy(\.isFinite)
    }
}
