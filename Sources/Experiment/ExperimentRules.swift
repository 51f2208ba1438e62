import Statistics

/// An experiment's file with what follows from it: the order of the trials and the levels of the
/// looks, which are worked out once.
public struct ExperimentRules: Sendable {
    /// What is asked.
    public let file: ExperimentFile
    let schedule: Schedule
    let test: SequentialTest

    /// Works the rules out.
    public init(_ file: ExperimentFile) {
        self.file = file
        schedule = Schedule(rehearsal: file.rehearsal, pairs: file.most, seed: file.seed)
        test = SequentialTest(
            looks: Array(file.least...file.most),
            metrics: file.metrics.count,
            effect: file.effect
        )
    }

    /// Judges what was measured so far.
    public func judge(_ record: ExperimentRecord) -> Judgement { Judgement(of: record, by: self) }
}
