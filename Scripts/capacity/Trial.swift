import Deployment

extension Deployment {
    /// One trial at a rate, from restored data.
    func trial(at rate: Double, for words: Words) async throws -> Trial {
        try await measure("capacity-\(Int(rate))") { deployment, trial in
            let content = try await deployment.restoreDataset(dataset)
            try await deployment.startCluster()
            try await deployment.verifyDataset(dataset)
            try await deployment.quiesce()
            let mixed = Stress(
                "mixed",
                operationsPerSecond: rate,
                for: .seconds(words.seconds),
                writeFraction: 0.1,
                on: content
            )
            try await deployment.run(mixed, into: trial.stress)
        }
    }
}
