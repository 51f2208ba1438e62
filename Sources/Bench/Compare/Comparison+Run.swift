internal import JSON

extension Comparison {
    /// One of the two runs that are compared.
    public struct Run: Sendable, Hashable {
        /// As it was named.
        let name: String
        let summary: Summary
        let facts: TrialFacts
        /// What its trial says of itself; `nil` if it belongs to none.
        let verdict: TrialVerdict?
        /// What else may have moved its figures; `nil` if that was not asked for.
        let noise: TrialNoise?
        /// What must be said beside the figures.
        let notes: [String]

        init(
            name: String,
            summary: Summary,
            facts: TrialFacts,
            verdict: TrialVerdict? = nil,
            noise: TrialNoise? = nil,
            notes: [String]
        ) {
            self.name = name
            self.summary = summary
            self.facts = facts
            self.verdict = verdict
            self.noise = noise
            self.notes = notes
        }

        /// Sums the logs of a run in a window; `nil` is the one that the trial keeps, or else all.
        ///
        /// - Parameters:
        ///   - path: A trial directory, a folder of logs, or a log.
        ///   - window: The part that counts.
        ///   - invalidToo: Whether a trial that says that it is invalid is taken nevertheless.
        /// - Throws: What ``Summary`` throws, and ``SummaryError`` for files that are no JSON.
        public init(_ path: String, in window: Window?, invalidToo: Bool = false) async throws {
            let kept = window == nil ? try Window.kept(in: path) : nil
            summary = try await Summary(
                of: [path],
                in: window ?? kept ?? Window(),
                invalidToo: invalidToo
            )
            name = path
            facts = try TrialFacts(of: path, logs: summary.files)
            verdict = TrialVerdict(of: [path])
            noise = try TrialNoise(of: path, logs: summary.files)
            var notes = summary.notes
            if window == nil, kept == nil {
                notes.append("\(path): keeps no window; all of it is taken, with its warm-up")
            }
            self.notes = notes
        }
    }
}
