import Bench
import Deployment
import Experiment

/// A trial's place in an experiment: whether it belongs to the rehearsal, the pair, and the side.
typealias Place = (isRehearsal: Bool, pair: Int, side: Schedule.Side)

extension Deployment {
    /// One trial, after which nothing is left of its variant's commands; the folder knows until then.
    func undoneTrial(
        at place: Place,
        in file: ExperimentFile,
        with variants: Variants,
        noting folder: inout ExperimentFolder
    ) async throws -> ExperimentRecord.Entry {
        // In a rehearsal both sides are A.
        let side = place.isRehearsal ? .a : place.side
        let variant = file.variant(side)
        guard !variant.undo.isEmpty else {
            return try await trial(at: place, of: side, in: file, with: variants, noting: &folder)
        }
        try folder.note(open: side)
        do {
            let entry = try await undoing(variant.undo) {
                try await trial(at: place, of: side, in: file, with: variants, noting: &folder)
            }
            try folder.note(open: nil)
            return entry
        } catch {
            if !(error is UndoError) { try folder.note(open: nil) }
            throw error
        }
    }

    /// One trial of a variant, from restored data; the folder knows of it from its beginning on.
    private func trial(
        at place: Place,
        of variantSide: Schedule.Side,
        in file: ExperimentFile,
        with variants: Variants,
        noting folder: inout ExperimentFolder
    ) async throws -> ExperimentRecord.Entry {
        let (isRehearsal, pair, side) = place
        let variant = file.variant(variantSide)
        let (own, other) = (variants[variantSide], variants[variantSide.other])
        let label = "\(variant.name)-\(isRehearsal ? "rehearsal-" : "")\(pair + 1)"
        let window = Window(from: .seconds(file.load.warmUp), to: .seconds(file.load.seconds))
        var entry = ExperimentRecord.Entry(isRehearsal: isRehearsal, pair: pair, side: side)
        do {
            let trial = try await measure(label) { deployment, trial in
                entry.trial = trial.directory
                try folder.note(underWay: entry)
                let content = try await deployment.restoreDataset(file.dataset)
                try await deployment.applyVariant(own, over: other)
                try await deployment.startCluster()
                try await deployment.requireVariant(own, over: other)
                try await deployment.runCommands(variant.commands)
                try await deployment.verifyDataset(file.dataset)
                try await deployment.quiesce()
                try await deployment.clearMetrics()
                let stress = Stress(
                    "mixed",
                    operationsPerSecond: file.load.rate,
                    for: .seconds(file.load.seconds),
                    writeFraction: file.load.writeFraction,
                    on: content
                )
                try await deployment.run(stress, into: trial.stress)
                try await deployment.fetchMetrics(into: trial.monitoring)
            }
            try trial.requireValid()
            let summary = try await Summary(of: [trial.stress], in: window)
            try trial.write(summary.json, to: "summary.json")
            entry.take(file.metrics) { summary.figure($0.figure.key, of: $0.tag) }
        } catch let error as TrialError {
            entry.trial = error.directory
            entry.reasons = error.reasons
        }
        return entry
    }
}
