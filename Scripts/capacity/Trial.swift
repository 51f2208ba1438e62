import Bench
import Deployment
import Experiment

extension Deployment {
    /// One trial at a rate, from restored data, and what it says; the folder knows of it from its beginning on.
    func entry(
        at rate: Double,
        of question: CapacityRecord.Question,
        noting folder: inout CapacityFolder
    ) async throws -> CapacityRecord.Entry {
        var entry = CapacityRecord.Entry(rate: rate)
        do {
            let trial = try await measure("capacity-\(Int(rate))") { deployment, trial in
                entry.trial = trial.directory
                try folder.note(underWay: entry)
                let content = try await deployment.restoreDataset(dataset)
                try await deployment.startCluster()
                try await deployment.verifyDataset(dataset)
                try await deployment.quiesce()
                let mixed = Stress(
                    "mixed",
                    operationsPerSecond: rate,
                    for: .seconds(question.seconds),
                    writeFraction: 0.1,
                    on: content
                )
                try await deployment.run(mixed, into: trial.stress)
            }
            try await entry.take(trial, question)
        } catch let error as TrialError {
            entry.trial = error.directory
            entry.reasons = error.reasons
        }
        return entry
    }
}

extension CapacityRecord.Entry {
    /// Takes over what a trial says of its rate.
    ///
    /// - Throws: `TrialError` if it is invalid for any other reason than that somebody fell behind.
    fileprivate mutating func take(
        _ trial: Trial,
        _ question: CapacityRecord.Question
    ) async throws {
        let kinds = Set(trial.validity.findings.map(\.kind))
        let invalid = Set(trial.validity.findings.filter { $0.verdict == .invalid }.map(\.kind))
        if !invalid.isDisjoint(with: ["late_share", "latest"]) || kinds.contains("busiest_loop") {
            outcome = .clientsBehind
        } else if !kinds.isDisjoint(with: ["error_share", "overrun", "overflow", "unsettled"]) {
            outcome = .behind
        } else {
            try trial.requireValid()
            let window = Window(from: .seconds(warmUp), to: .seconds(question.seconds))
            let summary = try await Summary(of: [trial.stress], in: window)
            try trial.write(summary.json, to: "summary.json")
            let latencies = ["READ-rt", "WRITE-rt"].compactMap {
                summary.figure(question.key, of: $0)
            }
            outcome = .latency
            latency = max(latencies.max() ?? 0, 1)
        }
    }
}
