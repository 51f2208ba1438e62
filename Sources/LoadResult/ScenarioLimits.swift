/// What a scenario's trial must keep to be valid: its program decides by it, and whoever checks the trial looks again.
package enum ScenarioLimits {
    /// How late the loop may be at p99, in nanoseconds.
    ///
    /// A loop that is late so often by so much says more of this machine than of the system.
    package static let mostLate: Int64 = 10_000_000
}
