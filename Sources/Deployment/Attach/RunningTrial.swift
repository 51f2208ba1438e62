import DeploymentState
import Foundation

/// What is on disk of a trial while it runs, so that another script can go on with it: `running.json`.
///
/// It is there before the first loader is begun, and goes with the trial's end. What the trial has
/// measured until then stands in its `trial.json`.
struct RunningTrial: Sendable, Hashable, Codable {
    /// Its name in the trial's directory.
    static let fileName = "running.json"

    /// The script that began it; `nil` outside of one.
    var script: RunningScript?
    /// Every node's private address, by name.
    var nodes: [String: String] = [:]
    /// The stresses that are under way.
    var stresses: [RunningStress] = []
    /// The dataset that the servers were restored from.
    var restored: TrialNotes.Restored?
    /// What each `prepare` returned, as JSON, in order.
    var prepared: [Data] = []

    init(nodes: [String: String], script: RunningScript? = nil) {
        (self.nodes, self.script) = (nodes, script)
    }

    var text: String {
        get throws {
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
            return String(decoding: try encoder.encode(self), as: UTF8.self)
        }
    }
}

/// A stress that is under way, as far as another script must know it.
struct RunningStress: Sendable, Hashable, Codable {
    /// Tells its units on the clients from all others.
    var run: String
    /// When the first request is due, in seconds since 1970, to within a second.
    var start: Double
    /// What was asked.
    var stress: Stress
    /// The name of the program that plays it.
    var program: String
    /// The faults that were planned for it.
    var faults: [ArmedFault]
}

/// A fault that waits on its node, or that has begun, as far as its end must know it.
struct ArmedFault: Sendable, Hashable, Codable {
    /// Its unit's own part of the name.
    var name: String
    /// What it is, and what became of it.
    var fault: InjectedFault
}
