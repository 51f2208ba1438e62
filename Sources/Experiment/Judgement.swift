public import Statistics

/// What the trials so far say, and what is to be done next: a pure function of file and record.
public struct Judgement: Sendable {
    /// What is to be done next.
    public enum Next: Sendable, Hashable {
        /// Run this trial.
        case run(isRehearsal: Bool, pair: Int, side: Schedule.Side)
        /// End the experiment.
        case stop(Ending)
    }

    /// Why an experiment ends.
    public enum Ending: Sendable, Hashable {
        /// Every metric has its verdict.
        case clear
        /// As many pairs as allowed have run.
        case allPairs
        /// A trial was invalid three times running: what came of it each time.
        case invalid([ExperimentRecord.Entry])
    }

    /// So many times a trial is tried before the experiment gives up.
    static let attempts = 3

    /// The experiment.
    public let file: ExperimentFile
    /// What is next.
    public let next: Next
    /// The differences of the rehearsal, by metric; empty without one.
    public let rehearsal: [Differences]
    /// The differences of whole pairs, by metric.
    public let differences: [Differences]
    /// The findings, by metric, at the look of its verdict, or at the last one.
    public let findings: [SequentialTest.Finding]

    init(of record: ExperimentRecord, by rules: ExperimentRules) {
        let file = rules.file
        let schedule = rules.schedule
        self.file = file
        rehearsal = Self.differences(record, isRehearsal: true, metrics: file.metrics.count)
        differences = Self.differences(record, isRehearsal: false, metrics: file.metrics.count)
        findings = Self.findings(differences, by: rules)
        let todo =
            Self.missing(record, schedule.rehearsal, isRehearsal: true)
            ?? Self.missing(record, schedule.pairs, isRehearsal: false)
        let pairs = differences.first?.count ?? 0
        let isClear = pairs >= file.least && !findings.contains { $0.verdict == .undecided }
        if isClear {
            next = .stop(.clear)
        } else if let todo {
            next = Self.afterFailures(record, todo)
        } else {
            next = .stop(.allPairs)
        }
    }

    /// Whether the rehearsal is whole and no pair of the experiment proper is.
    public var hasRehearsed: Bool {
        guard file.rehearsal > 0, case .run(false, 0, _) = next else { return false }
        return (differences.first?.count ?? 0) == 0
    }

    /// Why it failed: a trial that was invalid time and again, with each cause; `nil` if it did not.
    public var failure: String? {
        guard case .stop(.invalid(let tries)) = next, let last = tries.last else { return nil }
        var causes: [String] = []
        for reason in tries.flatMap(\.reasons) where !causes.contains(reason) {
            causes.append(reason)
        }
        return "gave up: \(last.place(in: file)) did not count \(tries.count) times running: "
            + causes.joined(separator: "; ")
    }

    /// The exit status of a check: 0 no regression, 1 it failed, 3 regression, 4 undecided.
    public var exitStatus: Int32 {
        if failure != nil { return 1 }
        if findings.contains(where: { $0.verdict == .slower }) { return 3 }
        return findings.allSatisfy { $0.verdict != .undecided } && !findings.isEmpty ? 0 : 4
    }

    private static func missing(
        _ record: ExperimentRecord,
        _ first: [Schedule.Side],
        isRehearsal: Bool
    ) -> (isRehearsal: Bool, pair: Int, side: Schedule.Side)? {
        for (pair, side) in first.enumerated() {
            for side in [side, side.other] {
                let isDone = record.entries.contains {
                    $0.isRehearsal == isRehearsal && $0.pair == pair && $0.side == side
                        && $0.reasons.isEmpty
                }
                if !isDone { return (isRehearsal, pair, side) }
            }
        }
        return nil
    }

    private static func afterFailures(
        _ record: ExperimentRecord,
        _ todo: (isRehearsal: Bool, pair: Int, side: Schedule.Side)
    ) -> Next {
        // Those of earlier runs do not count: who goes on has mended what was wrong.
        let failed = record.entries.dropFirst(record.begun).filter {
            $0.isRehearsal == todo.isRehearsal && $0.pair == todo.pair && $0.side == todo.side
                && !$0.reasons.isEmpty
        }
        guard failed.count >= attempts else {
            return .run(isRehearsal: todo.isRehearsal, pair: todo.pair, side: todo.side)
        }
        return .stop(.invalid(Array(failed)))
    }

    private static func differences(
        _ record: ExperimentRecord,
        isRehearsal: Bool,
        metrics: Int
    ) -> [Differences] {
        let valid = record.entries.filter { $0.isRehearsal == isRehearsal && $0.reasons.isEmpty }
        let sides = Dictionary(grouping: valid, by: \.pair)
        let pairs = sides.keys.sorted().compactMap { pair -> (a: [Double], b: [Double])? in
            guard let a = sides[pair]?.last(where: { $0.side == .a })?.values,
                let b = sides[pair]?.last(where: { $0.side == .b })?.values,
                a.count == metrics, b.count == metrics
            else { return nil }
            return (a, b)
        }
        return (0..<metrics).map { metric in
            Differences(pairs: pairs.map { (a: $0.a[metric], b: $0.b[metric]) })
        }
    }

    /// Plays the looks again, in order: a verdict that was once clear stands.
    private static func findings(
        _ differences: [Differences],
        by rules: ExperimentRules
    ) -> [SequentialTest.Finding] {
        let file = rules.file
        let pairs = differences.first?.count ?? 0
        guard pairs > 0 else { return [] }
        var findings: [SequentialTest.Finding] = []
        for look in min(file.least, pairs)...pairs {
            let judged = rules.test.judge(
                zip(differences, file.metrics).map { differences, metric in
                    (
                        differences: Differences(Array(differences.values.prefix(look))),
                        better: metric.figure == .throughput ? .more : .less
                    )
                }
            )
            findings = judged.indices.map { index in
                let isClear = index < findings.count && findings[index].verdict != .undecided
                return isClear ? findings[index] : judged[index]
            }
        }
        return findings
    }
}
