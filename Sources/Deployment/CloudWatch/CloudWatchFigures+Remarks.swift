import Usage

extension CloudWatchFigures {
    /// Says what the files cannot show: what there is nothing of, what had not come, and loads that are
    /// shorter than a period; each with its remedy.
    ///
    /// - Parameter patience: How many seconds after the load CloudWatch was waited for.
    mutating func conclude(after patience: Int) {
        for line in missing + lateOnes(patience) + short { say(line) }
    }

    /// What no metric of a topic tells of some machines.
    private var missing: [String] {
        var topics: [String] = []
        for metric in CloudWatchMetric.all where !topics.contains(metric.topic) {
            topics.append(metric.topic)
        }
        return topics.compactMap { topic in
            let metrics = CloudWatchMetric.all.filter { $0.topic == topic }
            let without = nodes.filter { node in
                !series.values.contains {
                    $0.key.node == node && $0.key.metric.topic == topic
                        && !$0.kept(in: window).isEmpty
                }
            }
            guard !without.isEmpty else { return nil }
            let sources = metrics.map { "\($0.name) (\($0.source))" }.listed
            return
                "CloudWatch has nothing of the \(topic) of \(names(without)) in this time: \(sources)"
        }
    }

    private func lateOnes(_ patience: Int) -> [String] {
        let late = late.filter { series[$0] != nil }
        guard !late.isEmpty else { return [] }
        let metrics = Set(late.map(\.metric.name)).sorted().listed
        let owners = nodes.filter { node in late.contains { $0.node == node } }
        return [
            "\(metrics) of \(names(owners)) had not come to the load's end \(patience) s after it: what "
                + "came later is missing; wait for longer (waitingUpTo:)"
        ]
    }

    /// Machines of which no period lies within the load.
    private var short: [String] {
        let lengths = nodes.compactMap { node -> (node: CloudWatchNode, period: Int)? in
            let own = series.values.filter {
                $0.key.node == node && !$0.key.metric.isAgents && !$0.kept(in: window).isEmpty
            }
            guard let one = own.first, !own.contains(where: { $0.counted(in: window).areWhole })
            else { return nil }
            return (node, own.map(\.period).max() ?? one.period)
        }
        return Dictionary(grouping: lengths) { Place(region: $0.node.region, period: $0.period) }
            .sorted { ($0.key.region, $0.key.period) < ($1.key.region, $1.key.period) }
            .map { place, owners in
                let machines = owners.map(\.node.instance).joined(separator: " ")
                let detailed =
                    place.period > 60
                    ? ", or have CloudWatch keep each minute: aws ec2 monitor-instances --region "
                        + "\(place.region) --instance-ids \(machines)" : ""
                return
                    "no period of \(place.period) s lies whole within the load of \(window.count) s, so "
                    + "that the figures of \(names(owners.map(\.node))) hold what was before or behind it "
                    + "too: load for \(2 * place.period) s or longer\(detailed)"
            }
    }

    private struct Place: Hashable {
        let region: String
        let period: Int
    }

    private func names(_ some: [CloudWatchNode]) -> String {
        some.count == nodes.count && some.count > 1
            ? "all \(some.count) machines" : some.map(\.name).listed
    }
}
