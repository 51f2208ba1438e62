public import YAML

/// What is wrong with an experiment's file: every fault, each with its place.
public struct ExperimentFault: Error, Hashable, CustomStringConvertible {
    /// One fault.
    public struct Fault: Sendable, Hashable, CustomStringConvertible {
        /// Where it is.
        public let mark: Mark
        /// What is wrong and the remedy.
        public let problem: String

        /// `file:line:column: problem`.
        public var description: String { "\(mark): \(problem)" }
    }

    /// All faults, in order of their places.
    public let faults: [Fault]

    /// A line for each fault.
    public var description: String { faults.map(\.description).joined(separator: "\n") }
}
