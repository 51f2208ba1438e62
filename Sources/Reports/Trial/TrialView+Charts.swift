internal import Bench
internal import Histogram
internal import Usage

extension TrialView {
    /// Throughput and latency over time.
    func time(_ page: inout Page) -> String {
        guard let course else { return "" }
        let tags = trial.summary?.tags.map(\.tag) ?? []
        let lines = course.lines.filter { tags.contains($0.tag) }
        let timed = lines.filter { $0.tag.hasSuffix("-rt") }
        let shown = timed.isEmpty ? lines : timed
        let step = course.step == 1 ? "" : " Each point is of \(course.step) s."
        let throughput = axis.chart(
            "requests that were due, per second",
            unit: "requests/s",
            note: "By due time; a shade covers what does not count.\(step)",
            description: shown.map { "\($0.tag) over \(decimals(axis.length, 0)) s" }
                .joined(separator: ", "),
            field: "tag",
            names: shown.map(\.tag),
            x: course.times,
            series: shown.map { Chart.Series(keys: [("tag", $0.tag)], y: $0.rates) }
        )
        let failed = course.lines.filter { $0.tag.hasSuffix("-error") }
        let failures = axis.chart(
            "failed requests, per second",
            unit: "requests/s",
            description: failed.map(\.tag).joined(separator: ", "),
            field: "tag",
            names: failed.map(\.tag),
            x: course.times,
            series: failed.map { Chart.Series(keys: [("tag", $0.tag)], y: $0.rates) }
        )
        return page.place([throughput, failures] + shown.map { latency(of: $0, course) })
    }

    private func latency(of line: Course.Line, _ course: Course) -> Chart {
        let keys = ["p50_ns", "p99_ns", "p99_9_ns", "max_ns"]
        let figures = TagSummary.latencies.enumerated().filter { keys.contains($0.element.key) }
        let row = trial.summary?.tags.first { $0.tag == line.tag }
        return axis.chart(
            "\(line.tag): latency",
            unit: "ms",
            description: figures.compactMap { _, latency in
                row.map {
                    "\(latency.title) \(LatencyUnit.milliseconds.text(latency.value($0.histogram))) ms"
                }
            }.joined(separator: ", "),
            field: "figure",
            names: figures.map(\.element.title),
            isLogarithmic: true,
            x: course.times,
            series: figures.map { index, latency in
                Chart.Series(
                    keys: [("figure", latency.title)],
                    // the axis is logarithmic, and has no 0
                    y: line.latencies[index].map { $0.map { max($0, 1) / 1e6 } }
                )
            }
        )
    }

    /// Latency by percentile: a line for each loader, and the sum.
    func percentiles(_ page: inout Page) -> String {
        guard let summary = trial.summary else { return "" }
        let timed = summary.tags.filter { $0.tag.hasSuffix("-rt") }
        let charts = (timed.isEmpty ? summary.tags : timed).map { tag in
            let loaders = trial.loaders.compactMap { loader in
                loader.histograms[tag.tag].map { (name: trial.loaderName(loader), histogram: $0) }
            }
            // more lines than colours: all loaders then look alike
            let isFew = loaders.count <= 5
            let kinds = ["sum"] + (isFew ? loaders.map(\.name) : ["a loader"])
            let lines =
                loaders.map {
                    PercentileChart.Line(
                        name: $0.name,
                        kind: isFew ? $0.name : "a loader",
                        histogram: $0.histogram
                    )
                } + [.init(name: "sum", kind: "sum", histogram: tag.histogram, isSum: true)]
            return PercentileChart.chart(
                tag.tag,
                note: "",
                loaders.count > 1 ? lines : [lines[lines.count - 1]],
                kinds: loaders.count > 1 ? kinds : ["sum"]
            )
        }
        return page.place(charts, sideBySide: true)
    }

    /// What the nodes did, loaders and servers side by side, on the time axis of the latencies.
    func nodes(_ page: inout Page) -> String {
        loaderTable + serverTable + metrics(&page)
    }

    private func metrics(_ page: inout Page) -> String {
        guard let course, let start = trial.start else { return "" }
        let origin = Int64((start * 1_000).rounded())
        let order = ["client", "server"]
        let charts = NodeMetric.all.flatMap { metric -> [Chart] in
            let nodes = Dictionary(grouping: snapshot.nodes(of: metric)) {
                snapshot.groups[$0] ?? "nodes"
            }
            let groups =
                order.filter { nodes[$0] != nil }
                + nodes.keys.filter { !order.contains($0) }.sorted()
            return groups.map { group in
                let names = nodes[group] ?? []
                let isFew = names.count <= 6
                return axis.chart(
                    "\(group): \(metric.title)",
                    unit: metric.unit,
                    description: "of \(names.joined(separator: ", "))",
                    field: isFew ? "node" : "group",
                    names: isFew ? names : [group],
                    detail: isFew ? nil : "node",
                    x: course.times,
                    series: names.map { node in
                        Chart.Series(
                            keys: [("node", node), ("group", group)],
                            y: snapshot.figures(
                                metric,
                                of: node,
                                start: origin,
                                step: course.step,
                                count: course.times.count
                            )
                        )
                    }
                )
            }
        }
        return page.place(charts, sideBySide: true)
    }
}
