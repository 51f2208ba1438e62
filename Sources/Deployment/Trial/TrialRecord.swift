public import Foundation

/// What `trial.json` says of one measured run.
public struct TrialRecord: Sendable, Hashable, Codable {
    /// The deployment's name.
    public var deployment: String
    /// The deployment's random id, which tells it from others of the same name.
    public var deploymentId: String
    /// What the user calls this run; the last part of the directory's name.
    public var label: String
    /// When it began, UTC.
    public var started: Date
    /// When it ended, UTC; `nil` while it runs and after a kill.
    public var ended: Date?
    /// Whether its numbers may be used.
    public var valid: Bool
    /// Why its numbers may not be used; empty if they may.
    public var reasons: [String]
    /// The dataset that the servers started from.
    public var dataset: String
    /// The database's name.
    public var database: String
    /// The database's settings in force on each server that the others do not share, and those
    /// that all share under the name `all`.
    public var settings: [String: [String: String]]
    /// Whole config files and template that made the machines, with their digests.
    public var configs: [String: String]
    /// The revision of the repository in the current directory; `nil` outside one.
    public var gitRevision: String?
    /// Whether that repository had changes that are in no revision.
    public var gitDirty: Bool?
    /// What each node is: kernel, processors, memory, versions, and the template's own variables.
    public var nodes: [String: [String: String]]

    /// The settings, those that are alike on all servers once under `all`.
    static func condensed(_ settings: [String: [String: String]]) -> [String: [String: String]] {
        guard var all = settings.values.first else { return [:] }
        for other in settings.values { all = all.filter { other[$0.key] == $0.value } }
        var condensed = settings.mapValues { $0.filter { all[$0.key] == nil } }
        condensed["all"] = all
        return condensed.filter { !$0.value.isEmpty }
    }
}
