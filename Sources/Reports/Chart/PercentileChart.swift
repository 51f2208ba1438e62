internal import Bench
internal import Histogram
internal import JSON

/// Latency by percentile, as HdrHistogram plots it: each step to the right leaves out nine tenths of
/// the requests that are left.
enum PercentileChart {
    /// One line of it.
    struct Line: Sendable {
        let name: String
        /// Which colour and dash it has.
        let kind: String
        let histogram: Histogram
        /// Whether it stands out.
        var isSum = false
    }

    /// So many places lie between 90 % and 99 %.
    private static let ticks = 12

    static func chart(_ title: String, note: String, _ lines: [Line], kinds: [String]) -> Chart {
        let series = lines.map { line in
            let points = points(of: line.histogram)
            return Chart.Series(
                keys: [
                    ("line", line.name), ("kind", line.kind), ("sum", line.isSum ? "yes" : "no"),
                ],
                x: points.map(\.x),
                y: points.map { $0.y / 1e6 }
            )
        }
        let spec: JSON = [
            "width": "container",
            "mark": ["type": "line"],
            "encoding": [
                "x": [
                    "field": "x", "type": "quantitative", "title": "percentile",
                    "scale": ["type": "log", "nice": false],
                    "axis": [
                        "values": [1, 2, 10, 100, 1_000, 10_000, 100_000, 1_000_000],
                        "labelExpr": .string(labels), "labelOverlap": "greedy",
                    ],
                ],
                "y": [
                    "field": "y", "type": "quantitative", "title": "latency in ms",
                    "scale": ["type": "log", "nice": false, "padding": 6],
                    "axis": TimeAxis.plainTicks,
                ],
                "color": Palette.scale("color", "kind", kinds),
                "strokeDash": Palette.scale("strokeDash", "kind", kinds),
                "detail": ["field": "line"],
                "strokeWidth": [
                    "field": "sum", "type": "ordinal", "legend": nil,
                    "scale": ["domain": ["no", "yes"], "range": [1.2, 2.6]],
                ],
            ],
        ]
        return Chart(
            title: title,
            note: note,
            description: lines.map { line in
                let figures = TagSummary.latencies.dropFirst().map { latency in
                    let value = latency.value(line.histogram)
                    return "\(latency.title) \(LatencyUnit.milliseconds.text(value)) ms"
                }
                return "\(line.name): \(figures.joined(separator: ", "))"
            }.joined(separator: "; "),
            spec: spec,
            x: [],
            series: series,
            height: 260
        )
    }

    private static let labels = """
        {'1':'0 %','2':'50 %','10':'90 %','100':'99 %','1000':'99.9 %','10000':'99.99 %',\
        '100000':'99.999 %'}[datum.value] || '99.9999 %'
        """

    /// Places at equal distances on the axis, each with the percentile's value; the last is the
    /// maximum.
    static func points(of histogram: Histogram) -> [(x: Double, y: Double)] {
        guard histogram.count > 0 else { return [] }
        let count = Double(histogram.count)
        // the median, which is on no twelfth of a decade
        var places = [2.0]
        var decade = 1.0
        while decade < count {
            var place = decade
            for _ in 0..<ticks {
                places.append(place)
                place *= step
            }
            decade *= 10
        }
        var points = places.filter { $0 < count }.sorted().map { x in
            (x: x, y: Double(histogram.value(atPercentile: 100 * (1 - 1 / x))))
        }
        points.append((Swift.max(count, 1), Double(histogram.max)))
        // the axis of latencies is logarithmic, and has no 0
        return points.map { ($0.x, Swift.max($0.y, 1)) }
    }

    /// The twelfth root of 10.
    private static let step = 1.211_527_658_628_588_5
}
