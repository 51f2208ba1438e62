import Usage

/// Whether a trial's numbers may be used, and why not.
public struct Validity: Sendable, Hashable {
    /// The three answers.
    public enum Verdict: String, Sendable, Hashable, Codable {
        /// Nothing speaks against the numbers.
        case valid
        /// The numbers stand, with a warning beside them.
        case questionable
        /// The numbers may not be used.
        case invalid
    }

    /// One fact that speaks against the numbers.
    public struct Finding: Sendable, Hashable, Codable {
        /// What kind of fact, such as `error_share`; code branches on this, never on the text.
        public var kind: String
        /// How much it weighs: questionable or invalid.
        public var verdict: Verdict
        /// What was measured; `nil` where the fact is no number.
        public var figure: Double?
        /// Above this it speaks against the numbers; `nil` where the fact is no number.
        public var limit: Double?
        /// The place, the figure and the limit in words.
        public var text: String
    }

    /// Everything that speaks against the numbers, in order of the stresses.
    public let findings: [Finding]

    /// Makes the validity that follows from findings; none make it valid.
    public init(_ findings: [Finding]) { self.findings = findings }

    /// The worst of the findings.
    public var verdict: Verdict {
        if findings.contains(where: { $0.verdict == .invalid }) { return .invalid }
        return findings.isEmpty ? .valid : .questionable
    }

    /// The verdict and what it rests on, to stand above the numbers.
    public var headline: String {
        // Refusals and paths among them are what servers and nodes called them.
        // A failure may take several lines.
        let found = (reasons + warnings).flatMap { $0.split(separator: "\n") }
            .map { "\n  " + String($0).printable }.joined()
        return switch verdict {
        case .valid: "VALID: every due request was sent and settled, and every check was passed"
        case .questionable: "QUESTIONABLE: these numbers stand, but" + found
        case .invalid: "INVALID: these numbers may not be used" + found
        }
    }

    /// Why the numbers may not be used, in words.
    public var reasons: [String] {
        findings.filter { $0.verdict == .invalid }.map(\.text)
    }

    /// What must be said beside the numbers, in words.
    public var warnings: [String] {
        findings.filter { $0.verdict != .invalid }.map(\.text)
    }
}

/// From where on a figure makes a trial questionable, and from where on invalid.
public struct Bound: Sendable, Hashable, Codable {
    /// Above this the trial is questionable; `nil` never.
    public var questionable: Double?
    /// Above this the trial is invalid; `nil` never.
    public var invalid: Double?

    /// Makes a bound; a figure that equals one is within it.
    public init(questionable: Double? = nil, invalid: Double? = nil) {
        self.questionable = questionable
        self.invalid = invalid
    }

    /// What a figure above the bound means, with the limit that it exceeds; `nil` within it.
    func verdict(of figure: Double) -> (Validity.Verdict, limit: Double)? {
        // No number is within no bound.
        if let invalid, !(figure <= invalid) { return (.invalid, invalid) }
        if let questionable, !(figure <= questionable) { return (.questionable, questionable) }
        return nil
    }
}

/// What a trial must keep within; the defaults are those that a quiet laptop keeps.
///
/// `docs/decisions/0040-validity.md` says where each number comes from.
public struct ValidityLimits: Sendable, Hashable, Codable {
    /// Failed requests among all, 0 to 1.
    public var errorShare = Bound(invalid: 0.001)
    /// Reads that found no key among all reads, 0 to 1; judged where a dataset was restored.
    public var missingShare = Bound(invalid: 0)
    /// Requests for data that others sent to the servers, as a share of the load, 0 and above.
    public var othersShare = Bound(questionable: 0.001, invalid: 0.05)
    /// Requests that a loader took up more than 1 ms late, among all of a client, 0 to 1.
    public var lateShare = Bound(questionable: 0.01, invalid: 0.1)
    /// How late the latest request of a client was taken up, in milliseconds.
    public var latestMilliseconds = Bound(questionable: 100, invalid: 1_000)
    /// How long after the end of the schedule the last request of a client was settled, in seconds.
    public var overrunSeconds = Bound(questionable: 1)
    /// The share of a core that a loader's busiest loop took, 0 to 1.
    public var busiestLoop = Bound(questionable: 0.9)
    /// Processor time that the hypervisor gave to others, among all of a node, 0 to 1.
    public var stealShare = Bound(questionable: 0.02, invalid: 0.2)
    /// Time in which some process of a node waited for memory, 0 to 1.
    public var memoryStallShare = Bound(questionable: 0.01, invalid: 0.1)
    /// How full a file system of a node is, in percent.
    public var filesystemPercent = Bound(questionable: 94, invalid: 99)
    /// By how much the clocks of two nodes are apart for certain, in milliseconds.
    public var clockMilliseconds = Bound(questionable: 10, invalid: 500)

    /// Makes the default limits.
    public init() {}
}
