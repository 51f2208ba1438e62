import DeploymentState
import Foundation
import Shell

extension Deployment {
    /// Measures: makes a trial directory, does `work`, and judges whether the trial is valid.
    ///
    /// The verdict follows from evidence that is kept in `trial.json`. An invalid trial is returned
    /// too, so that its numbers can be looked at; a ``Script`` then ends with exit status 1.
    ///
    /// - Parameters:
    ///   - label: What the user calls it: letters, digits, `.`, `_` and `-`.
    ///   - limits: What the trial must keep within to be valid.
    ///   - folder: Where trials are kept.
    ///   - work: The protocol; the deployment that it gets keeps evidence, and writes each remote
    ///     command to the trial's `commands.jsonl`.
    /// - Returns: The trial with its validity.
    /// - Throws: ``Misuse`` before anything runs; ``TrialError`` if the work failed: the trial's
    ///   directory stays, marked invalid with the reason.
    public func measure(
        _ label: String,
        limits: ValidityLimits = ValidityLimits(),
        in folder: String = "trials",
        _ work: (Deployment, Trial) async throws -> Void
    ) async throws -> Trial {
        guard Misuse.isPlain(label) else { throw Misuse.label(label) }
        try await requireLoadProgram()
        try await requireSetUp()
        try await endLeftoverLoads()
        var record = try await record(label, limits)
        let redaction = Redaction(names: system.secretSettings)
        var trial = try Trial(record, in: folder, redaction: redaction)
        let notes = TrialNotes()
        var failure: (any Error)?
        do {
            try trial.keepConfig(of: state)
            try await work(recording(to: trial.journal, notes), trial)
            trial.validity = Validity(of: notes, limits: limits)
        } catch {
            failure = error
            let text = error is CancellationError ? "it was interrupted" : "\(error)"
            let failed = Validity.broken("failed", text)
            trial.validity = Validity([failed] + Self.findings(behind: error, notes, limits))
        }
        record.ended = Date()
        record.take(notes)
        record.take(trial.validity)
        try trial.write(record)
        if let failure = failure as? CancellationError {
            progress.say("kept what there is of the trial, as invalid: \(trial.directory)")
            throw failure
        }
        let invalid = TrialError(directory: trial.directory, reasons: record.reasons)
        guard failure == nil else { throw invalid }
        if !record.valid { ledger.add(invalid) }
        return trial
    }

    /// What the stresses of a trial tell beside the failure that ended it, such as a process that was
    /// killed for want of memory; nothing of one that somebody interrupted.
    private static func findings(
        behind failure: any Error,
        _ notes: TrialNotes,
        _ limits: ValidityLimits
    ) -> [Validity.Finding] {
        guard !(failure is CancellationError), !notes.stresses.isEmpty else { return [] }
        return Validity(of: notes.stresses, limits: limits).findings
    }

    private func record(_ label: String, _ limits: ValidityLimits) async throws -> TrialRecord {
        let git = await GitState.current()
        let facts = try await progress.step("note what each node is") { _ in
            try await onEach(nodes) { remote in
                var facts = NodeFacts.parse(try await remote.execute(NodeFacts.ask))
                facts.merge(remote.node.vars) { own, _ in own }
                return facts
            }
        }
        let configs = state.record.configs.map { ($0.path, "sha256:\($0.digest)") }
        return TrialRecord(
            deployment: state.name,
            deploymentId: state.record.id,
            label: label,
            started: Date(),
            limits: limits,
            database: system.name,
            configs: Dictionary(configs) { first, _ in first },
            gitRevision: git?.revision,
            gitDirty: git?.isDirty,
            nodes: Dictionary(uniqueKeysWithValues: facts.map { ($0.key.name, $0.value) })
        )
    }
}

/// What a machine is, as far as a measurement depends on it.
enum NodeFacts {
    /// Prints `NAME=VALUE` lines.
    static let ask = RemoteCall.script(
        """
        # note what this node is
        echo "kernel=$(uname -r)"
        echo "architecture=$(uname -m)"
        echo "system=$(. /etc/os-release && echo "$PRETTY_NAME")"
        echo "processors=$(nproc)"
        echo "cpuset=$(awk '/^Cpus_allowed_list:/ { print $2 }' /proc/self/status)"
        echo "processor=$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
        echo "memory_kb=$(awk '/^MemTotal:/ { print $2 }' /proc/meminfo)"
        echo "clock_source=$(cat /sys/devices/system/clocksource/clocksource0/current_clocksource)"
        """
    )

    static func parse(_ text: String) -> [String: String] {
        text.split(separator: "\n").reduce(into: [:]) { facts, line in
            let parts = line.split(separator: "=", maxSplits: 1)
            if parts.count == 2 { facts[String(parts[0])] = String(parts[1]) }
        }
    }
}

/// The repository in the current directory, whose scripts make the measurement.
private struct GitState {
    let revision: String
    let isDirty: Bool

    /// `nil` if this is no repository, or there is no `git`.
    static func current() async -> GitState? {
        let arguments = ["status", "--porcelain=v2", "--branch"]
        let git = LocalProcess("git", arguments, timeLimit: .seconds(20))
        // Without git a trial is as good; its record says nothing of a revision.
        guard let outcome = try? await git.execute() else { return nil }
        let lines = outcome.outputText.split(separator: "\n")
        let mark = "# branch.oid "
        guard let head = lines.first(where: { $0.hasPrefix(mark) }) else { return nil }
        return GitState(
            revision: String(head.dropFirst(mark.count)),
            isDirty: lines.contains { !$0.hasPrefix("#") }
        )
    }
}
