import Foundation
import JSON

/// An experiment of two variants, B slower by a tenth, with trials of two loaders and three servers.
struct SyntheticExperiment {
    let folder: String
    let pairs: Int
    let seconds: Int

    /// Makes it and returns the folder of `experiment.json`.
    func make() async throws -> String {
        let experiment = "\(folder)/experiments/made/2026-11-29T12-00-00Z-made"
        try FileManager.default.createDirectory(
            atPath: experiment,
            withIntermediateDirectories: true
        )
        var entries: [[String: Any]] = []
        for pair in 0..<pairs {
            // the order within the pairs alternates, as by a coin
            for side in pair.isMultiple(of: 2) ? ["A", "B"] : ["B", "A"] {
                let begin = 1_795_953_600 + entries.count * (seconds + 60)
                let variant = side == "A" ? "every-second" : "always"
                let stamp = Date(timeIntervalSince1970: Double(begin)).formatted(.iso8601)
                let name = "\(stamp.replacing(":", with: "-"))-\(variant)-\(pair + 1)"
                let trial = SyntheticTrial(
                    path: "\(folder)/trials/made/\(name)",
                    label: "\(variant)-\(pair + 1)",
                    fsync: side == "A" ? "everysec" : "always",
                    start: begin,
                    seconds: seconds,
                    factor: side == "A" ? 1 : 1.1,
                    seed: UInt64(entries.count + 1)
                )
                let values = try await trial.make()
                entries.append([
                    "isRehearsal": false, "pair": pair, "side": side,
                    "trial": "trials/made/\(name)", "values": values, "reasons": [String](),
                ])
            }
        }
        let record: [String: Any] = ["file": file, "deployment": "0123abcd", "entries": entries]
        try JSONSerialization.data(withJSONObject: record, options: [.prettyPrinted])
            .write(to: URL(filePath: "\(experiment)/experiment.json"))
        return experiment
    }

    private var file: String {
        """
        variants:
          every-second:
            settings: {appendonly: yes, appendfsync: everysec}
          always:
            settings: {appendonly: yes, appendfsync: always}
        load: {rate: 2000, seconds: \(seconds), warm_up: 1, write_fraction: 0.5}
        metrics: [WRITE-rt p50, WRITE-rt p99]
        effect: 5%
        rehearsal_pairs: 0
        pairs: {least: 5, most: \(max(5, pairs))}
        """
    }
}
