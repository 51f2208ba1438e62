import Deployment
import DeploymentState
import Experiment
import Foundation
import Usage

/// The words of the call, checked before anything is connected to.
struct Words: Sendable {
    let question: CapacityRecord.Question
    let resume: String?

    /// Reads the question; what the call leaves open is as it was in the search that it goes on with.
    init(_ arguments: Arguments) throws {
        resume = arguments.value("resume")
        let begun: CapacityRecord.Question?
        do {
            begun = try resume.map {
                try CapacityRecord(at: "\($0)/\(CapacityFolder.file)").question
            }
        } catch { throw arguments.error("\(error)") }
        var limit = begun?.limit ?? 10_000_000
        if let text = arguments.value("below") {
            guard let time = Duration(timeText: text) else {
                throw arguments.error("--below \"\(text)\" must be a time such as 500ms or 5ms")
            }
            let (seconds, attoseconds) = time.components
            limit = Double(seconds) * 1e9 + Double(attoseconds) / 1e9
        }
        let percentile = arguments.value("percentile") ?? begun?.percentile ?? "p99"
        guard CapacityRecord.Question.percentiles[percentile] != nil else {
            throw arguments.error("--percentile \"\(percentile)\" must be p50, p90, p99 or p99.9")
        }
        let from = try arguments.number("from", default: begun?.from ?? 1_000, in: 1...10_000_000)
        let to = try arguments.number("to", default: begun?.to ?? 100_000, in: 1...10_000_000)
        guard from < to else {
            throw arguments.error("--from \(from) must be below --to \(to)")
        }
        question = CapacityRecord.Question(
            limit: limit,
            percentile: percentile,
            from: from,
            to: to,
            seconds: try arguments.number(
                "seconds",
                default: begun?.seconds ?? 20,
                in: warmUp + 5...86_400
            ),
            withinPercent: try arguments.number(
                "within",
                default: begun?.withinPercent ?? 5,
                in: 1...100
            ),
            repeats: try arguments.wholeNumber("repeats", default: begun?.repeats ?? 8, in: 3...100)
        )
    }

    /// The search's folder: a new one, or the one to go on with if its conditions are the same.
    func folder(
        for state: StateDirectory,
        conditions: [String: String]
    ) throws -> CapacityFolder {
        guard let resume else {
            return try CapacityFolder(
                question,
                deployment: (state.name, state.record.id),
                conditions: conditions,
                now: Date()
            )
        }
        return try CapacityFolder(
            resuming: resume,
            question,
            deployment: state.record.id,
            conditions: conditions
        )
    }
}
