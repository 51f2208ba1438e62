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
    public var validity: Validity.Verdict = .invalid
    /// Whether its numbers may be used, perhaps with a warning.
    public var valid = false
    /// Why its numbers may not be used; empty if they may.
    public var reasons = ["it has not ended"]
    /// What must be said beside its numbers; empty if nothing.
    public var warnings: [String] = []
    /// The reasons and warnings with their figures and limits.
    public var findings: [Validity.Finding] = []
    /// What it had to keep within.
    public var limits: ValidityLimits
    /// The dataset that the servers were restored from; `nil` if there was none.
    public var dataset: String?
    /// How many keys that dataset has.
    public var datasetKeys: Int?
    /// The database's name.
    public var database: String
    /// The database's settings in force before the first stress: those that all servers share under
    /// the name `all`, the others by server.
    public var settings: [String: [String: String]] = [:]
    /// What was asked of the load tool, by stress.
    public var load: [String: Load] = [:]
    /// The evidence of each stress, in order.
    public var stresses: [StressEvidence] = []
    /// What the machines could do when they were probed, in order; `nil` if they were not.
    public var probes: [Probe]?
    /// Whole config files and template that made the machines, with their digests.
    public var configs: [String: String]
    /// The revision of the repository in the current directory; `nil` outside one.
    public var gitRevision: String?
    /// Whether that repository had changes that are in no revision.
    public var gitDirty: Bool?
    /// What each node is: kernel, processors, memory, versions, and the template's own variables.
    public var nodes: [String: [String: String]]

    /// Takes over what the steps noted: the dataset, and of each stress what was in force.
    mutating func take(_ notes: TrialNotes) {
        stresses = notes.stresses
        probes = notes.probes.isEmpty ? nil : notes.probes
        dataset = notes.restored?.name
        datasetKeys = notes.restored?.content.keyCount
        settings = stresses.first?.settings ?? [:]
        load = Dictionary(stresses.map { ($0.name, $0.load) }) { first, _ in first }
        guard let before = stresses.first?.before else { return }
        for (node, version) in before.versions {
            nodes[node, default: [:]]["database"] = "\(database) \(version)"
        }
        for (node, moment) in before.nodes {
            nodes[node, default: [:]]["memory_limit"] = moment.memoryLimit.map { "\($0)" }
            nodes[node, default: [:]]["processor_limit"] = moment.processorLimit.map { "\($0)" }
            nodes[node, default: [:]]["executable"] = moment.process?.executable
                .map { "sha256:\($0)" }
            nodes[node, default: [:]]["build"] = moment.process?.build
        }
    }

    /// Takes over the verdict.
    mutating func take(_ validity: Validity) {
        self.validity = validity.verdict
        valid = validity.verdict != .invalid
        reasons = validity.reasons
        warnings = validity.warnings
        findings = validity.findings
    }

    /// The settings, those that are alike on all servers once under `all`.
    static func condensed(_ settings: [String: [String: String]]) -> [String: [String: String]] {
        guard var all = settings.values.first else { return [:] }
        for other in settings.values { all = all.filter { other[$0.key] == $0.value } }
        var condensed = settings.mapValues { $0.filter { all[$0.key] == nil } }
        condensed["all"] = all
        return condensed.filter { !$0.value.isEmpty }
    }
}
