import Foundation

/// One metric as CloudWatch knows it: what a question asks for, and to which series its answer belongs.
struct CloudWatchQuery: Sendable, Hashable {
    struct Dimension: Sendable, Hashable, Codable {
        let name: String
        let value: String

        enum CodingKeys: String, CodingKey { case name = "Name", value = "Value" }
    }

    let key: CloudWatchSeries.Key
    let dimensions: [Dimension]

    /// More than this is no question of one call: CloudWatch's own limit.
    static let mostInCall = 500
    /// So many metrics of one name are asked for of one machine: each costs money, and one with containers
    /// may have mounted thousands of disks.
    static let mostOfNode = 100
    /// So many seconds before a load are asked for too: three periods of basic monitoring, whose distance
    /// tells how long they are.
    static let lead = 900

    /// What can be asked for without looking: the dimensions of EC2's own metrics are known.
    static func ofMachines(_ nodes: [CloudWatchNode]) -> [CloudWatchQuery] {
        nodes.flatMap { node in
            CloudWatchMetric.all.filter { !$0.isAgents }.map { metric in
                CloudWatchQuery(
                    key: CloudWatchSeries.Key(node: node, metric: metric),
                    dimensions: [Dimension(name: "InstanceId", value: node.instance)]
                )
            }
        }
    }

    /// What an agent's metrics come to: several of one key are one series, such as a disk that was mounted
    /// anew, or memory that is sent with and without the image's name.
    ///
    /// - Parameters:
    ///   - nodes: Whose are wanted.
    ///   - metric: Which it is.
    ///   - found: The dimensions of each that there is.
    /// - Returns: The queries in order, and those nodes of which some were left out.
    static func ofAgents(
        _ nodes: [CloudWatchNode],
        _ metric: CloudWatchMetric,
        _ found: [[Dimension]]
    ) -> (queries: [CloudWatchQuery], cut: [CloudWatchNode]) {
        var all: [String: [CloudWatchQuery]] = [:]
        let byInstance = Dictionary(nodes.map { ($0.instance, $0) }) { first, _ in first }
        for dimensions in found {
            func value(_ name: String) -> String? {
                dimensions.first { $0.name == name }?.value
            }
            guard let node = value("InstanceId").flatMap({ byInstance[$0] }) else { continue }
            let key = CloudWatchSeries.Key(
                node: node,
                metric: metric,
                detail: value("path") ?? ""
            )
            all[node.name, default: []]
                .append(CloudWatchQuery(key: key, dimensions: dimensions))
        }
        let own = nodes.map { node in
            (node, (all[node.name] ?? []).sorted { $0.key.detail < $1.key.detail })
        }
        return (
            own.flatMap { $0.1.prefix(mostOfNode) }, own.filter { $0.1.count > mostOfNode }.map(\.0)
        )
    }

    /// The calls' questions, as the AWS command line reads them.
    ///
    /// - Parameters:
    ///   - queries: Their places among all are the ids of the answers.
    ///   - window: The load's seconds since 1970.
    /// - Returns: The input of each call.
    /// - Throws: Nothing that happens: all of it can be encoded.
    static func calls(_ queries: [CloudWatchQuery], in window: Range<Int>) throws -> [String] {
        let asked = asked(for: window)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try stride(from: 0, to: queries.count, by: mostInCall).map { first in
            let part = queries[first..<min(first + mostInCall, queries.count)]
            let call = Call(
                startTime: time(asked.lowerBound),
                endTime: time(asked.upperBound),
                queries: zip(part.indices, part).map { Call.Query(id: "q\($0)", $1) }
            )
            return String(decoding: try encoder.encode(call), as: UTF8.self)
        }
    }

    /// The whole minutes that are asked for.
    static func asked(for window: Range<Int>) -> Range<Int> {
        let start = (window.lowerBound - lead) / 60 * 60
        return start..<max(start + 60, (window.upperBound + 59) / 60 * 60)
    }

    /// A second since 1970, as CloudWatch and people read it.
    static func time(_ second: Int) -> String {
        Date(timeIntervalSince1970: Double(second)).formatted(.iso8601)
    }
}

/// The input of `aws cloudwatch get-metric-data`.
private struct Call: Encodable {
    struct Query: Encodable {
        struct Metric: Encodable {
            let namespace: String
            let name: String
            let dimensions: [CloudWatchQuery.Dimension]

            enum CodingKeys: String, CodingKey {
                case namespace = "Namespace", name = "MetricName", dimensions = "Dimensions"
            }
        }

        struct Figure: Encodable {
            let metric: Metric
            /// The shortest there is; what is kept for longer comes with its own distance.
            let period = 60
            let statistic: String

            enum CodingKeys: String, CodingKey {
                case metric = "Metric", period = "Period", statistic = "Stat"
            }
        }

        let id: String
        let figure: Figure

        enum CodingKeys: String, CodingKey { case id = "Id", figure = "MetricStat" }

        init(id: String, _ query: CloudWatchQuery) {
            let metric = query.key.metric
            self.id = id
            figure = Figure(
                metric: Metric(
                    namespace: metric.namespace,
                    name: metric.name,
                    dimensions: query.dimensions
                ),
                statistic: metric.statistic.rawValue
            )
        }
    }

    let startTime: String
    let endTime: String
    let scanBy = "TimestampAscending"
    let queries: [Query]

    enum CodingKeys: String, CodingKey {
        case startTime = "StartTime", endTime = "EndTime", scanBy = "ScanBy"
        case queries = "MetricDataQueries"
    }
}
