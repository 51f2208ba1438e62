internal import Histogram
internal import LoadResult
internal import OpenLoop

extension LoadResult {
    /// The version of the load tool, that of the whole project.
    static let toolVersion = "0.1.0"

    /// Makes the result of a load.
    ///
    /// - Parameters:
    ///   - report: What all loops measured.
    ///   - options: What was asked.
    ///   - ending: How the load ended.
    ///   - start: When the schedule began, in nanoseconds since 1970.
    ///   - processorTime: Of this process from then on, in nanoseconds.
    ///   - isAwake: Whether the machine's processors were kept awake.
    init(
        of report: LoadReport,
        _ options: LoadOptions,
        ending: Ending,
        start: Int64,
        processorTime: Int64,
        isAwake: Bool
    ) {
        let plan = options.plan
        let total = report.total
        let counts = total.counts
        let firstDue = plan.firstDue ?? 0
        self.init(
            ending: ending,
            version: Self.toolVersion,
            part: plan.part + 1,
            parts: plan.parts,
            rate: options.hasSchedule ? plan.rate.perSecond : nil,
            duration: plan.duration.map { Int($0.wholeNanoseconds) },
            start: Int(start),
            firstKey: Int(options.mix.firstKey),
            keys: Int(options.mix.keys),
            distribution: options.mix.distribution.description,
            writeFraction: options.mix.writeFraction,
            valueSize: options.mix.valueSize,
            connections: plan.connections,
            threads: options.threads,
            seed: Int(options.mix.seed),
            timeout: Int(plan.timeout.wholeNanoseconds),
            maxOutstanding: plan.maxOutstanding,
            keepsAwake: isAwake,
            due: total.due,
            sent: counts.sent,
            settled: counts.finished,
            refused: counts.refused,
            timedOut: counts.timedOut,
            lost: counts.lost,
            overflowed: counts.overflowed,
            reads: Int(report.latencies.series.first?.service.count ?? 0),
            missing: counts.missing,
            refusals: total.refusals.counts,
            redirected: counts.redirected,
            brokenConnections: counts.brokenConnections,
            mostOutstanding: total.mostOutstanding,
            late: counts.late,
            latest: Int(total.latest),
            processorTime: Int(processorTime),
            busiestLoop: total.loopShare,
            length: max(0, Int(total.end - firstDue))
        )
    }
}
