import Deployment
import Experiment

/// What both variants change on the servers, read once: files that change meanwhile change no trial.
struct Variants: Sendable {
    let a: Variant
    let b: Variant

    subscript(side: Schedule.Side) -> Variant { side == .a ? a : b }

    /// What the trials depend on through the variants' builds and files, by the variants' names.
    func conditions(in file: ExperimentFile) -> [String: String] {
        var all: [String: String] = [:]
        for (name, variant) in [(file.a.name, a), (file.b.name, b)] {
            for (fact, value) in variant.conditions { all["variant \(name) \(fact)"] = value }
        }
        return all
    }
}

extension Deployment {
    /// Reads what the variants' paths name; each server shows that it could run both.
    func variants(of words: Words) async throws -> Variants {
        func read(_ variant: ExperimentFile.Variant) async throws -> Variant {
            try await self.variant(
                settings: variant.settings,
                build: variant.build.map { $0 == Build.packagedWord ? $0 : words.resolve($0) },
                files: variant.files.mapValues(words.resolve)
            )
        }
        let variants = Variants(a: try await read(words.file.a), b: try await read(words.file.b))
        try await tryVariant(variants.a, over: variants.b)
        try await tryVariant(variants.b, over: variants.a)
        return variants
    }

    /// What the trials of an experiment depend on beside the load.
    func conditions(of file: ExperimentFile, with variants: Variants) async throws
        -> [String: String]
    {
        try await conditions(
            dataset: file.dataset,
            besides: file.settings,
            builds: file.setsBuilds
        )
        .merging(variants.conditions(in: file)) { $1 }
    }
}
