import DeploymentState
import Foundation
import Usage

extension Deployment {
    /// Keeps in a trial what CloudWatch has of its machines during its load: `cloudwatch.csv`, a row for each
    /// sample, and `cloudwatch-statistics.csv`.
    ///
    /// Processors, network and disks of every machine, and memory and disk space where CloudWatch's agent
    /// runs; of all regions, by the AWS command line (`aws`), with the credentials that made the machines.
    /// They need `cloudwatch:GetMetricData` and `cloudwatch:ListMetrics`. CloudWatch has figures minutes
    /// later: call it behind ``measure(_:limits:in:attaching:_:)``, so that the trial has ended. What there is
    /// nothing of is said, and stands in the statistics with 0 samples. Without machines on EC2 nothing
    /// is asked.
    ///
    /// - Parameters:
    ///   - trial: One that has loaded something.
    ///   - limit: How long after the load CloudWatch may take to have all; then what there is is kept.
    /// - Throws: ``CloudWatchError``; the trial is as it was.
    public func cloudWatch(
        into trial: Trial,
        waitingUpTo limit: Duration = .seconds(900)
    ) async throws {
        try await cloudWatch(into: trial, waitingUpTo: limit) { try AWSCommandLine(of: state) }
    }

    /// The same by another AWS command line.
    func cloudWatch(
        into trial: Trial,
        waitingUpTo limit: Duration,
        by makeCommandLine: () throws -> AWSCommandLine
    ) async throws {
        let machines = try nodes.compactMap(CloudWatchNode.init)
        guard !machines.isEmpty else { return }
        let regions = Set(machines.map(\.region)).sorted()
        let name = "ask CloudWatch in \(regions.listed) of \(machines.count.of("machine"))"
        guard DryRun.current == nil else {
            return try await progress.step(name) { _ in }
        }
        let window = try trial.loaded()
        let patience = Int(min(max(limit, .zero), .seconds(86_400)).components.seconds)
        let aws = try makeCommandLine()
        let figures = try await progress.step(name) { note in
            try await aws.check(state.record, in: regions[0])
            let questions = try await CloudWatchQuestions(of: machines, in: window, by: aws)
            return try await CloudWatchWait(until: window.upperBound + patience).first(
                asking: { try await questions.ask() },
                note: note.show
            )
        }
        var concluded = figures
        concluded.conclude(after: patience)
        try trial.write(concluded.table, to: "cloudwatch.csv")
        try trial.write(concluded.statistics, to: "cloudwatch-statistics.csv")
        for remark in concluded.remarks { progress.say(remark) }
    }
}

extension Trial {
    /// From before the first stress to behind the last one, in seconds since 1970.
    ///
    /// - Throws: ``CloudWatchError/noStress(trial:)`` and ``CloudWatchError/noRecord(path:)``.
    func loaded() throws -> Range<Int> {
        struct Record: Decodable {
            struct Stress: Decodable {
                struct Moment: Decodable { let time: Date }
                let before: Moment
                let after: Moment?
            }
            let stresses: [Stress]
        }
        let path = directory + "/trial.json"
        let decoder = JSONDecoder()
        decoder.dateDecodingStrategy = .iso8601
        let record: Record
        do {
            record = try decoder.decode(Record.self, from: Data(try Files.bytes(of: path)))
        } catch is DecodingError {
            throw CloudWatchError.noRecord(path: path)
        }
        let starts = record.stresses.map(\.before.time.timeIntervalSince1970)
        guard let start = starts.min() else { throw CloudWatchError.noStress(trial: directory) }
        // One without an end failed just now.
        let ends = record.stresses.map { ($0.after?.time ?? Date()).timeIntervalSince1970 }
        let end = ends.max() ?? start
        guard (0..<1e11).contains(start), (0..<1e11).contains(end) else {
            throw CloudWatchError.noRecord(path: path)
        }
        // Times are kept in whole seconds, rounded down.
        return Int(start)..<max(Int(end), Int(start)) + 1
    }
}
