/// The samples of one metric of one machine, or of one of its disks.
struct CloudWatchSeries: Sendable, Hashable {
    /// Which one it is.
    struct Key: Sendable, Hashable {
        let node: CloudWatchNode
        let metric: CloudWatchMetric
        /// Where a disk is mounted; empty for what a machine has once.
        var detail = ""
    }

    /// A sample that belongs to the load, at least in part.
    struct Kept: Sendable, Hashable {
        /// When its period begins, in seconds since 1970.
        let time: Int
        let value: Double
        /// Which share of its period lies within the load, above 0 and up to 1.
        let share: Double
    }

    /// What statistics are made of.
    struct Counted: Sendable, Hashable {
        var values: [Double] = []
        /// Whether all are of periods that lie whole within the load.
        var areWhole = true
    }

    let key: Key
    /// What CloudWatch has, by the second since 1970 in which a period begins.
    var samples: [Int: Double] = [:]

    /// How many seconds a sample stands for: the least distance of two, in whole minutes; `nil` if there are
    /// not two.
    ///
    /// CloudWatch does not say it: five minutes of basic monitoring and one of detailed are asked for alike.
    var knownPeriod: Int? {
        let times = samples.keys.sorted()
        let least = zip(times, times.dropFirst()).map { $1 - $0 }.min()
        return least.map { max(60, ($0 + 30) / 60 * 60) }
    }

    var period: Int { knownPeriod ?? key.metric.usualPeriod }

    /// When its last period ends; `nil` if there is none, or nobody knows how long it is.
    var knownEnd: Int? {
        knownPeriod.flatMap { period in samples.keys.max().map { $0 + period } }
    }

    /// What belongs to a load, in order.
    ///
    /// - Parameter window: The load's seconds since 1970.
    /// - Returns: The samples whose periods have a part of it.
    func kept(in window: Range<Int>) -> [Kept] {
        let period = period
        return samples.sorted { $0.key < $1.key }.compactMap { time, value in
            let common = window.clamped(to: time..<time + period)
            guard !common.isEmpty else { return nil }
            return Kept(
                time: time,
                value: key.metric.statistic == .sum ? value / Double(period) : value,
                share: Double(common.count) / Double(period)
            )
        }
    }

    /// What is counted: the samples of whole periods, or all if there is no whole one.
    func counted(in window: Range<Int>) -> Counted {
        let kept = kept(in: window)
        let whole = kept.filter { $0.share == 1 }
        return Counted(
            values: (whole.isEmpty ? kept : whole).map(\.value),
            areWhole: kept.isEmpty || !whole.isEmpty
        )
    }
}
