import DeploymentState
import Foundation

/// A fault with its time, counted from the first request that is due.
struct FaultPlan: Sendable, Hashable {
    var fault: Fault
    var start: Duration
    var length: Duration

    /// Checks that it fits into a stress.
    ///
    /// - Throws: ``FaultError/outlasts(_:stress:)``.
    func check(_ stress: Stress) throws(FaultError) {
        guard let duration = stress.duration, start + length <= duration else {
            throw .outlasts(fault.text, stress: stress.name)
        }
    }
}

/// A fault as `trial.json` tells it.
public struct InjectedFault: Sendable, Hashable, Codable {
    /// What happened, such as `server-1: the database is paused`.
    public var text: String
    /// The node.
    public var node: String
    /// What kind, such as `pause`.
    public var kind: String
    /// When it was to begin, in seconds from the first request on.
    public var atSeconds: Double
    /// How long it was to last, in seconds.
    public var forSeconds: Double
    /// When the node began it, in seconds since 1970 by its own clock; `nil` if it did not.
    public var began: Double?
    /// When the node had taken it back; `nil` if it did not.
    public var ended: Double?
    /// What the node said went wrong; empty if nothing.
    public var problem = ""

    init(_ plan: FaultPlan) {
        text = plan.fault.text
        node = plan.fault.node.name
        kind = plan.fault.word
        atSeconds = plan.start.inSeconds
        forSeconds = plan.length.inSeconds
    }

    /// Reads what the node noted: lines `began TIME`, `ended TIME`, and words about what failed.
    mutating func take(_ notes: String) {
        for line in notes.split(separator: "\n") {
            let words = line.split(separator: " ", maxSplits: 1)
            if words.count == 2, words[0] == "began" {
                began = NodeNumber.decimal(String(words[1]))
            } else if words.count == 2, words[0] == "ended" {
                ended = NodeNumber.decimal(String(words[1]))
            } else {
                problem += (problem.isEmpty ? "" : "; ") + line.prefix(300)
            }
        }
    }
}
