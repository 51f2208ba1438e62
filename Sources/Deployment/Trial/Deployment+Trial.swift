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
    ///   - attaches: Whether to go on with the trial that a killed script left, whose load is on the
    ///     clients: what ``prepare(_:)`` did is not done again, and a stress that runs is followed.
    ///   - work: The protocol; the deployment that it gets keeps evidence, and writes each remote
    ///     command to the trial's `commands.jsonl`.
    /// - Returns: The trial with its validity.
    /// - Throws: ``Misuse`` and ``AttachError`` before anything runs; ``TrialError`` if the work failed:
    ///   the trial's directory stays, marked invalid with the reason.
    public func measure(
        _ label: String,
        limits: ValidityLimits = ValidityLimits(),
        in folder: String = "trials",
        attaching attaches: Bool = false,
        _ work: (Deployment, Trial) async throws -> Void
    ) async throws -> Trial {
        guard Misuse.isPlain(label) else { throw Misuse.label(label) }
        if DryRun.current != nil { return try await rehearse(label, limits, work) }
        try await requireLoadProgram()
        try await requireSetUp()
        var (trial, record, notes) =
            attaches
            ? try await goOn(label, limits, in: folder) : try await begin(label, limits, in: folder)
        var failure: (any Error)?
        do {
            try await work(recording(to: trial.journal, notes), trial)
            trial.validity = Validity(of: notes, limits: limits)
        } catch let error as AttachError {
            // It was another that was meant; the one that runs is as it was.
            throw error
        } catch  where ledger.isLeft {
            // Whatever the protocol made of it: the trial has not ended.
            throw LoadLeft()
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
        trial.close()
        if let failure = failure as? CancellationError {
            progress.say("kept what there is of the trial, as invalid: \(trial.directory)")
            throw failure
        }
        let invalid = TrialError(directory: trial.directory, reasons: record.reasons)
        guard failure == nil else { throw invalid }
        if !record.valid { ledger.add(invalid) }
        return trial
    }

    /// Shows what a trial would do; it is kept nowhere.
    private func rehearse(
        _ label: String,
        _ limits: ValidityLimits,
        _ work: (Deployment, Trial) async throws -> Void
    ) async throws -> Trial {
        let folder = try Files.makeTemporaryDirectory("prov-dry-run")
        defer { try? Files.remove(folder) }  // else the system's cleaning
        let (trial, _, notes) = try await begin(label, limits, in: folder)
        try await work(recording(to: trial.journal, notes), trial)
        throw DryRun.End(reason: "what comes behind a trial depends on its numbers")
    }

    private typealias Begun = (trial: Trial, record: TrialRecord, notes: TrialNotes)

    private func begin(
        _ label: String,
        _ limits: ValidityLimits,
        in folder: String
    ) async throws -> Begun {
        try await endLeftoverLoads()
        let record = try await record(label, limits)
        let trial = try Trial(record, in: folder, redaction: redaction)
        try trial.keepConfig(of: state)
        let addresses = nodes.map { ($0.name, $0.privateIP) }
        let byName = Dictionary(uniqueKeysWithValues: addresses)
        let script = ledger.script?.kept(redaction)
        let notes = TrialNotes(nodes: byName, script: script) { notes in
            try trial.keep(notes, in: record)
        }
        return (trial, record, notes)
    }

    private func goOn(
        _ label: String,
        _ limits: ValidityLimits,
        in folder: String
    ) async throws -> Begun {
        let attachment = try await attachment(label, in: folder)
        var begun = attachment.record
        begun.limits = limits
        let record = begun
        let trial = try Trial(at: attachment.directory, redaction: redaction)
        let notes = TrialNotes(of: attachment, redaction: redaction) { notes in
            try trial.keep(notes, in: record)
        }
        return (trial, record, notes)
    }

    private var redaction: Redaction { Redaction(names: system.secretSettings) }

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

extension Trial {
    /// Writes what a trial's steps have noted so far.
    fileprivate func keep(_ notes: TrialNotes, in record: TrialRecord) throws {
        var record = record
        record.take(notes)
        try write(record)
        try write(notes.running)
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
