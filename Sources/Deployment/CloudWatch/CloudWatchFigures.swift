import Statistics
import Usage

/// What CloudWatch has of a load: the samples of all nodes, and what must be said of them.
struct CloudWatchFigures: Sendable, Hashable {
    /// The machines, in the order of the files.
    let nodes: [CloudWatchNode]
    /// The load's seconds since 1970.
    let window: Range<Int>
    private(set) var series: [CloudWatchSeries.Key: CloudWatchSeries] = [:]
    private(set) var remarks: [String] = []

    /// More remarks than this would hide the rest.
    private static let mostRemarks = 40

    init(of nodes: [CloudWatchNode], in window: Range<Int>) {
        self.nodes = nodes
        self.window = window
    }

    mutating func add(_ value: Double, at second: Int, to key: CloudWatchSeries.Key) {
        series[key, default: CloudWatchSeries(key: key)].samples[second] = value
    }

    /// Keeps one line, once.
    mutating func say(_ remark: String) {
        let line = String(remark.printableLine.prefix(1_000))
        guard remarks.count < Self.mostRemarks, !remarks.contains(line) else { return }
        remarks.append(line)
    }

    /// Those of which the end of the load has not come yet.
    ///
    /// Processors of every machine are awaited, and what else has begun; not disks, which may have been
    /// unmounted.
    var late: [CloudWatchSeries.Key] {
        let processors = nodes.map {
            CloudWatchSeries.Key(node: $0, metric: CloudWatchMetric.all[0])
        }
        return Set(processors).union(series.keys.filter(\.detail.isEmpty))
            .filter { (series[$0]?.knownEnd ?? 0) < window.upperBound }
            .sorted { ($0.node.name, $0.metric.name) < ($1.node.name, $1.metric.name) }
    }

    // MARK: - Files

    /// Every sample of the load, a row each, as CSV.
    var table: String {
        let head = "time,region,node,instance,metric,detail,unit,value,period_seconds,share_in_load"
        let rows = ordered.flatMap { series in
            series.kept(in: window).map { sample in
                let key = series.key
                return [
                    CloudWatchQuery.time(sample.time), key.node.region, key.node.name,
                    key.node.instance, key.metric.name, key.detail.csvCell, key.metric.unit,
                    "\(sample.value)", "\(series.period)", "\(sample.share)",
                ]
            }
        }
        return ([head] + rows.map { $0.joined(separator: ",") }).joined(separator: "\n")
    }

    /// Mean, quartiles, minimum and maximum of each metric, of each node and of all samples of all nodes, as
    /// CSV; what there is nothing of has 0 samples.
    var statistics: String {
        var rows = [
            "metric,detail,unit,node,samples,whole_periods,mean,minimum,lower_quartile,median,"
                + "upper_quartile,maximum"
        ]
        for metric in CloudWatchMetric.all {
            let own = ordered.filter { $0.key.metric == metric }
            let details = Set(own.map(\.key.detail)).sorted()
            for detail in details.isEmpty ? [""] : details {
                var all = CloudWatchSeries.Counted()
                for node in nodes {
                    let key = CloudWatchSeries.Key(node: node, metric: metric, detail: detail)
                    let counted = series[key]?.counted(in: window) ?? .init()
                    all.values += counted.values
                    all.areWhole = all.areWhole && counted.areWhole
                    rows.append(Self.row(metric, detail, node.name, counted))
                }
                rows.append(Self.row(metric, detail, "all", all))
            }
        }
        return rows.joined(separator: "\n")
    }

    private static func row(
        _ metric: CloudWatchMetric,
        _ detail: String,
        _ node: String,
        _ counted: CloudWatchSeries.Counted
    ) -> String {
        let found = Quartiles(counted.values)
        let values = [
            found?.mean, found?.minimum, found?.lower, found?.median, found?.upper, found?.maximum,
        ]
        let cells =
            [
                metric.name, detail.csvCell, metric.unit, node, "\(counted.values.count)",
                found == nil ? "" : counted.areWhole ? "yes" : "no",
            ] + values.map { $0.map { "\($0)" } ?? "" }
        return cells.joined(separator: ",")
    }

    /// By metric, detail and node.
    private var ordered: [CloudWatchSeries] {
        let places = Dictionary(uniqueKeysWithValues: zip(nodes, nodes.indices))
        let metrics = Dictionary(
            uniqueKeysWithValues: zip(CloudWatchMetric.all, CloudWatchMetric.all.indices)
        )
        return series.values.sorted { one, other in
            let (a, b) = (one.key, other.key)
            let (left, right) = (metrics[a.metric] ?? 0, metrics[b.metric] ?? 0)
            guard left == right else { return left < right }
            guard a.detail == b.detail else { return a.detail < b.detail }
            return (places[a.node] ?? 0) < (places[b.node] ?? 0)
        }
    }
}

extension String {
    /// This text as a cell of RFC 4180, in one line and without what a terminal would obey.
    fileprivate var csvCell: String {
        let clean = printableLine
        let isPlain = clean.allSatisfy { $0.isLetter || $0.isNumber || "-_. ".contains($0) }
        return isPlain && clean.first != "-" ? clean : "\"\(clean.replacing("\"", with: "\"\""))\""
    }
}
