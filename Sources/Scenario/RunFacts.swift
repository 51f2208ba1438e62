package import Histogram

/// How a run is at one moment, for whoever asks.
package struct RunFacts {
    /// The scenario's name.
    package let scenario: String
    /// One of ``words``.
    package let status: String
    /// Why it failed; `nil` if it did not.
    package let failure: String?
    /// Nanoseconds since it began.
    package let time: Int64
    /// Its users.
    package let counts: Crowd.Counts
    /// How fast they start; `nil` before there are any.
    package let userRate: Throttle.Pace?
    /// Settings, throttles and measures.
    package let agent: Agent
    /// How late the loop was, every 10 ms, in nanoseconds.
    package let lateness: Histogram
    /// What went wrong without ending it.
    package let problems: [String]

    /// All that ``status`` may be, in the order in which they come.
    static let words = ["idle", "preparing", "running", "stopping", "finished", "failed"]

    /// Takes the facts of a run.
    package init<State>(
        _ scenario: String,
        _ run: ScenarioRun<State>,
        time: Int64,
        lateness: Histogram
    ) {
        self.scenario = scenario
        let status = run.status
        self.status = status.word
        failure = if case .failed(let reason) = status { reason } else { nil }
        self.time = time
        counts = run.crowd?.counts ?? Crowd.Counts()
        userRate = run.crowd?.rate
        agent = run.agent
        self.lateness = lateness
        problems = run.problems
    }
}
