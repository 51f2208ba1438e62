import Usage

/// All that is asked of CloudWatch about some machines.
struct CloudWatchQuestions: Sendable {
    private let nodes: [CloudWatchNode]
    private let window: Range<Int>
    private let aws: AWSCommandLine
    private var queries: [(region: String, queries: [CloudWatchQuery])] = []
    private var remarks: [String] = []

    /// Looks which metrics the machines' agents send.
    init(of nodes: [CloudWatchNode], in window: Range<Int>, by aws: AWSCommandLine) async throws {
        self.nodes = nodes
        self.window = window
        self.aws = aws
        for region in Set(nodes.map(\.region)).sorted() {
            let own = nodes.filter { $0.region == region }
            var all = CloudWatchQuery.ofMachines(own)
            for metric in CloudWatchMetric.all where metric.isAgents {
                let call = ["cloudwatch", "list-metrics"]
                let options = [
                    "--namespace", metric.namespace, "--metric-name", metric.name,
                    "--dimensions", "Name=InstanceId",
                ]
                let answer = try CloudWatchAnswer.read(
                    CloudWatchAnswer.Metrics.self,
                    try await aws.ask(call + options, in: region),
                    of: call.joined(separator: " ")
                )
                let found = answer.metrics.map(\.dimensions)
                let (queries, cut) = CloudWatchQuery.ofAgents(own, metric, found)
                all += queries
                if !cut.isEmpty {
                    remarks.append(
                        "\(cut.map(\.name).listed): more than \(CloudWatchQuery.mostOfNode) "
                            + "\(metric.name); the first by name are kept"
                    )
                }
            }
            queries.append((region, all))
        }
    }

    /// Asks for all of it once.
    func ask() async throws -> CloudWatchFigures {
        var figures = CloudWatchFigures(of: nodes, in: window)
        for remark in remarks { figures.say(remark) }
        for (region, queries) in queries {
            for call in try CloudWatchQuery.calls(queries, in: window) {
                let words = ["cloudwatch", "get-metric-data"]
                let answer = try CloudWatchAnswer.read(
                    CloudWatchAnswer.Samples.self,
                    try await aws.ask(words, input: call, in: region),
                    of: words.joined(separator: " ")
                )
                try figures.take(answer, of: queries, in: CloudWatchQuery.asked(for: window))
            }
        }
        return figures
    }
}
