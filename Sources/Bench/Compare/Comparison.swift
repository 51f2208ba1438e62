/// Two runs side by side, for each tag that both have.
public struct Comparison: Sendable, Hashable {
    /// A tag's figures in both runs.
    struct Pair: Sendable, Hashable {
        let a: TagSummary
        let b: TagSummary

        /// How much B differs from A in throughput and each latency, in percent of A.
        ///
        /// `nil` where A is 0.
        var changes: [Double?] {
            zip([a.throughput] + a.latencies, [b.throughput] + b.latencies).map { a, b in
                a == 0 ? nil : (b - a) / a * 100
            }
        }
    }

    /// What one run each cannot say.
    static let caveat = """
        One run each says nothing about noise: repeat both before you trust a difference.
        """

    /// The first run, the base of all percentages.
    public let a: Summary
    /// The second run.
    public let b: Summary
    let nameA: String
    let nameB: String
    let pairs: [Pair]

    /// Compares two runs.
    ///
    /// - Throws: ``SummaryError/nothingInCommon(a:b:)`` if no tag is in both.
    public init(_ a: Summary, named nameA: String, _ b: Summary, named nameB: String) throws {
        self.a = a
        self.b = b
        self.nameA = nameA
        self.nameB = nameB
        pairs = a.tags.compactMap { tag in
            b.tags.first { $0.tag == tag.tag }.map { Pair(a: tag, b: $0) }
        }
        guard !pairs.isEmpty else { throw SummaryError.nothingInCommon(a: nameA, b: nameB) }
    }

    /// The tags that only one of both has, with the run's letter.
    var unpaired: [(run: String, tag: TagSummary)] {
        let common = Set(pairs.map(\.a.tag))
        return [("A", a), ("B", b)].flatMap { run, summary in
            summary.tags.filter { !common.contains($0.tag) }.map { (run, $0) }
        }
    }
}
