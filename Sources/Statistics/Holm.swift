/// Holm's step-down order (Scandinavian Journal of Statistics 6, 1979): several tests that together
/// err with the probability that one alone was given.
package enum Holm {
    /// Which hypotheses fall.
    ///
    /// - Parameters:
    ///   - pValues: One for each hypothesis.
    ///   - level: The level at which a hypothesis falls while so many (1 to all) still stand.
    /// - Returns: Whether each has fallen, in the order of `pValues`.
    package static func rejected(
        _ pValues: [Double],
        level: (_ standing: Int) -> Double
    ) -> [Bool] {
        var rejected = pValues.map { _ in false }
        let order = pValues.indices.sorted { pValues[$0] < pValues[$1] }
        for (fallen, index) in order.enumerated() {
            guard pValues[index] <= level(pValues.count - fallen) else { break }
            rejected[index] = true
        }
        return rejected
    }
}
