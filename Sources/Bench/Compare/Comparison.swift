internal import Histogram

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

        /// The requests of both that did not fail; `nil` if none failed in either.
        var successes: Pair? {
            guard a.successes != nil || b.successes != nil else { return nil }
            return Pair(
                a: a.successes ?? a.named("\(a.tag) ok"),
                b: b.successes ?? b.named("\(b.tag) ok")
            )
        }
    }

    /// What one run each cannot say.
    static let caveat = """
        One run each cannot say that B is slower or faster: two runs of the same thing differ as well, by as \
        much as nobody knows from one. Compare sets of trials (A… vs B…), or run an experiment.
        """

    /// The verdicts within these two runs; empty until ``judge(effect:)``.
    private(set) var findings: [Finding] = []
    /// Why nothing is said of a tag, a line each; empty until ``judge(effect:)``.
    private(set) var unjudged: [String] = []
    /// The smallest difference worth knowing, as a ratio.
    private(set) var effect = 0.05

    /// Judges the differences within these two runs, by the spread of their own intervals.
    ///
    /// - Throws: `IntervalLogError` and ``SummaryError`` for logs that cannot be read again.
    public mutating func judge(effect: Double) throws {
        self.effect = effect
        let (measured, unjudged) = try Findings.within(self)
        findings = Finding.judge(measured, effect: effect, of: .runs)
        self.unjudged = unjudged
    }

    /// The first run, the base of all percentages.
    public var a: Summary { runA.summary }
    /// The second run.
    public var b: Summary { runB.summary }
    let runA: Run
    let runB: Run
    let pairs: [Pair]
    /// What differs in the loads; empty unless that was allowed.
    let loads: [Difference]
    /// What differs in settings, versions and limits.
    let systems: [Difference]
    /// What must be said of both together.
    let notes: [String]

    /// Compares two runs.
    ///
    /// - Parameters:
    ///   - runA: The base of all percentages.
    ///   - runB: What is compared with it.
    ///   - allowsDifferentLoads: Whether runs under different loads are compared nevertheless.
    /// - Throws: ``SummaryError/nothingInCommon(a:b:)`` if no tag is in both,
    ///   ``SummaryError/differentLoads(a:b:differences:)``.
    public init(_ runA: Run, _ runB: Run, allowsDifferentLoads: Bool = false) throws {
        self.runA = runA
        self.runB = runB
        let (a, b) = (runA.facts, runB.facts)
        systems = Difference.between(a.system, b.system)
        loads = a.load.isEmpty || b.load.isEmpty ? [] : Difference.between(a.load, b.load)
        guard loads.isEmpty || allowsDifferentLoads else {
            throw SummaryError.differentLoads(
                a: runA.name,
                b: runB.name,
                differences: loads.map(\.text)
            )
        }
        notes =
            a.load.isEmpty != b.load.isEmpty
            ? ["only one of both says what its load was; whether they are the same is not known"]
            : []
        let pairs = runA.summary.tags.compactMap { tag in
            runB.summary.tags.first { $0.tag == tag.tag }.map { Pair(a: tag, b: $0) }
        }
        guard !pairs.isEmpty else {
            throw SummaryError.nothingInCommon(a: runA.name, b: runB.name)
        }
        self.pairs = pairs.flatMap { [$0] + ($0.successes.map { [$0] } ?? []) }
    }

    /// The tags that only one of both has, with the run's letter.
    var unpaired: [(run: String, tag: TagSummary)] {
        let common = Set(pairs.map(\.a.tag))
        return [("A", a), ("B", b)].flatMap { run, summary in
            summary.tags.filter { !common.contains($0.tag) }.map { (run, $0) }
        }
    }
}
