internal import Bench
internal import Experiment
internal import Histogram
internal import JSON
internal import Statistics

extension ExperimentView {
    /// Each trial as a point, pair by pair.
    func points() -> [Chart] {
        file.metrics.indices.map { metric in
            let name = file.metrics[metric]
            let scale = name.figure == .throughput ? 1 : 1e-6
            let counted = parts.filter { metric < $0.entry.values.count }
            let series = counted.map { part in
                Chart.Series(
                    keys: [
                        ("variant", part.variant),
                        ("pair", (part.entry.isRehearsal ? "R" : "") + "\(part.entry.pair + 1)"),
                        ("trial", part.name),
                    ],
                    x: [0],
                    y: [part.entry.values[metric] * scale]
                )
            }
            var pairs: [String] = []
            for part in counted.sorted(by: { $0.entry.pair < $1.entry.pair }) {
                let pair = (part.entry.isRehearsal ? "R" : "") + "\(part.entry.pair + 1)"
                if !pairs.contains(pair) { pairs.append(pair) }
            }
            let order = pairs.filter { $0.hasPrefix("R") } + pairs.filter { !$0.hasPrefix("R") }
            let unit = name.figure == .throughput ? "requests/s" : "ms"
            let x: JSON = [
                "field": "pair", "type": "nominal", "title": "pair",
                "sort": .array(order.map(JSON.string)), "axis": ["labelAngle": 0],
            ]
            let y: JSON = [
                "field": "y", "type": "quantitative", "title": .string(unit),
                "scale": ["zero": false, "padding": 10],
            ]
            return Chart(
                title: "\(name): every trial that counts",
                note: order.contains { $0.hasPrefix("R") }
                    ? "R: the rehearsal, in which both sides are \(file.a.name)" : "",
                description: counted.map { part in
                    "\(part.name) \((part.entry.values[metric] * scale).digits(4)) \(unit)"
                }.joined(separator: ", "),
                spec: [
                    "width": "container",
                    "layer": [
                        [
                            "mark": ["type": "rule", "color": "currentColor", "opacity": 0.35],
                            "encoding": [
                                "x": x, "y": y.with([("aggregate", "min")]),
                                "y2": ["field": "y", "aggregate": "max"],
                            ],
                        ],
                        [
                            "mark": ["type": "point", "filled": true, "size": 80],
                            "encoding": [
                                "x": x, "y": y,
                                "color": symbols("color"), "shape": symbols("shape"),
                                "tooltip": [
                                    ["field": "trial", "type": "nominal"],
                                    ["field": "y", "type": "quantitative", "title": .string(unit)],
                                ],
                            ],
                        ],
                    ],
                ],
                x: [],
                series: series
            )
        }
    }

    private func symbols(_ channel: String) -> JSON {
        Palette.scale(channel, "variant", variants).with([("legend", ["title": nil])])
    }

    /// Each pair's difference in percent, the interval of their mean, and the effect asked for.
    func differences() -> [Chart] {
        zip(file.metrics, zip(judgement.differences, judgement.findings)).map { metric, found in
            let (differences, finding) = found
            func percent(_ logarithm: Double) -> Double { 100 * (logarithm.exponential - 1) }
            let effect = 100 * file.effect
            let y: JSON = [
                "field": "y", "type": "quantitative", "title": "B − A in %",
                "scale": ["padding": 10],
            ]
            var layers: [JSON] = [
                rule([0], dash: [1, 0]),
                rule([effect, percent(-(1 + file.effect).logarithm)], dash: [3, 3]),
            ]
            if finding.interval.lowerBound.isFinite {
                layers.insert(
                    [
                        "data": [
                            "values": [
                                [
                                    "low": .number(percent(finding.interval.lowerBound).digits(4)),
                                    "high": .number(percent(finding.interval.upperBound).digits(4)),
                                ]
                            ]
                        ],
                        "mark": ["type": "rect", "color": "currentColor", "opacity": 0.12],
                        "encoding": [
                            "y": y.with([("field", "low")]), "y2": ["field": "high"],
                        ],
                    ],
                    at: 0
                )
            }
            layers.append(
                [
                    "mark": ["type": "point", "filled": true, "size": 80, "color": "#0072B2"],
                    "encoding": [
                        "x": [
                            "field": "x", "type": "ordinal", "title": "pair, in the order measured",
                            "axis": ["labelAngle": 0],
                        ],
                        "y": y, "tooltip": [["field": "y", "type": "quantitative"]],
                    ],
                ]
            )
            return Chart(
                title: "\(metric): \(file.b.name) against \(file.a.name), pair by pair",
                note:
                    "The band holds the true difference at every look with 95 % probability; dashes: "
                    + "the effect asked for.",
                description: differences.values.map(Judgement.percent).joined(separator: ", "),
                spec: ["width": "container", "layer": .array(layers)],
                x: differences.values.indices.map { Double($0 + 1) },
                series: [Chart.Series(keys: [], y: differences.values.map(percent))]
            )
        }
    }

    private func rule(_ places: [Double], dash: JSON) -> JSON {
        [
            "data": ["values": .array(places.map { ["y": .number($0.digits(4))] })],
            "mark": [
                "type": "rule", "color": "currentColor", "opacity": 0.7, "strokeDash": dash,
            ],
            "encoding": ["y": ["field": "y", "type": "quantitative"]],
        ]
    }

    /// The tags that the metrics are of.
    var tags: [String] {
        var tags: [String] = []
        for metric in file.metrics where !tags.contains(metric.tag) { tags.append(metric.tag) }
        return tags
    }

    /// All trials over time in one chart for each tag and figure.
    func time(_ views: [TrialView?]) -> [Chart] {
        let shown = zip(parts, views).filter { $0.0.entry.reasons.isEmpty }
            .compactMap { part, view in view.map { (part, $0) } }
        guard let longest = shown.max(by: { $0.1.axis.length < $1.1.axis.length })?.1 else {
            return []
        }
        let axis = TimeAxis(length: longest.axis.length, window: longest.axis.window, events: [])
        return tags.flatMap { tag in
            ["p50_ns", "p99_ns"].compactMap { key -> Chart? in
                guard let index = TagSummary.latencies.firstIndex(where: { $0.key == key }) else {
                    return nil
                }
                let series = shown.compactMap { part, view -> Chart.Series? in
                    guard let course = view.course,
                        let line = course.lines.first(where: { $0.tag == tag })
                    else { return nil }
                    return Chart.Series(
                        keys: [("variant", part.variant), ("trial", part.name)],
                        x: course.times,
                        y: line.latencies[index].map { $0.map { max($0, 1) / 1e6 } }
                    )
                }
                return axis.chart(
                    "\(tag): \(TagSummary.latencies[index].title) of every trial",
                    unit: "ms",
                    description: "a line for each trial, by variant",
                    field: "variant",
                    names: variants,
                    detail: "trial",
                    isLogarithmic: true,
                    x: [],
                    series: series
                )
            }
        }
    }

    /// A line for each trial, and the sum of each variant.
    func percentiles(_ views: [TrialView?]) throws -> [Chart] {
        try tags.map { tag in
            var lines: [PercentileChart.Line] = []
            var sums: [String: Histogram] = [:]
            for (part, view) in zip(parts, views) where part.entry.reasons.isEmpty {
                guard let summary = view?.trial.summary,
                    let histogram = summary.tags.first(where: { $0.tag == tag })?.histogram
                else { continue }
                lines.append(.init(name: part.name, kind: part.variant, histogram: histogram))
                if sums[part.variant] == nil {
                    sums[part.variant] = histogram
                } else {
                    try sums[part.variant]?.add(histogram)
                }
            }
            let all = variants.compactMap { variant in
                sums[variant].map {
                    PercentileChart.Line(
                        name: "all of \(variant)",
                        kind: variant,
                        histogram: $0,
                        isSum: true
                    )
                }
            }
            return PercentileChart.chart(
                tag,
                note: "Thin: each trial; thick: all trials of a variant, added up.",
                lines + all,
                kinds: variants
            )
        }
    }
}
