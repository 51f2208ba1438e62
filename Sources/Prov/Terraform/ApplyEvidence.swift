import DeploymentState

/// What speaks for it that terraform began to make something of a deployment, so that there may be something to
/// end.
///
/// The record says so since before the first apply. Each of the rest is enough as well: files get lost one by one,
/// and what is taken for a deployment of which nothing was made ends without a question.
struct ApplyEvidence: Sendable, Hashable {
    /// What the record says; `nil` in records of old.
    var recorded: Bool?
    /// How far the record says that it got.
    var status = DeploymentRecord.Status.provisioning
    /// Whether the copy of the template is there, and in it the mark that records of old rely on.
    var hasCopy = true
    var hasMark = false
    /// Whether terraform has a state, or its last good one was kept.
    var hasState = false
    /// Whether nodes were ready once.
    var hasInventory = false
    /// Whether terraform logged an apply.
    var hasLog = false

    /// Whether there may be something to end.
    var isFound: Bool {
        if recorded == true || hasMark || hasState || hasInventory { return true }
        guard recorded == nil else { return false }
        // Without its copy of the template nobody can say that the mark was never there.
        return hasLog || !hasCopy || [.ready, .destroying].contains(status)
    }
}

extension ApplyEvidence {
    /// Looks at what a state directory has.
    init(_ record: DeploymentRecord, in files: StateFiles) {
        let states = ["terraform.tfstate", "terraform.tfstate.backup", "errored.tfstate"]
            .map { "\(files.terraform)/\($0)" }
        let logs = (try? Files.list(files.log)) ?? []  // none before the first command
        recorded = record.wasApplied
        status = record.status
        hasCopy = Files.isDirectory(files.terraform)
        hasMark = TemplateCopy(files: files).hasMark
        hasState = (states + [StateRepair.kept(files)]).contains(where: Files.exists)
        hasInventory = Files.exists(files.inventory)
        hasLog = logs.contains { $0.hasSuffix("-apply.log") }
    }
}

extension DeploymentRecord {
    /// Whether terraform may have made something of the deployment in `files`.
    func mayHaveMade(in files: StateFiles) -> Bool { ApplyEvidence(self, in: files).isFound }
}
