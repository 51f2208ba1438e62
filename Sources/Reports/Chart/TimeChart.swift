internal import Bench
internal import Histogram
internal import JSON

/// Charts whose horizontal axis is the time of a trial, all with the same one, so that what happens at
/// one moment stands in one line from chart to chart.
struct TimeAxis: Sendable {
    /// How long the trial's load lasted, in seconds.
    let length: Double
    /// The part that counts.
    let window: Window
    /// What happened meanwhile.
    let events: [Event]

    /// A chart of lines over time.
    ///
    /// `field` tells the lines apart by colour and dash, in the order of `names`; `detail` is a field
    /// that tells apart lines of one colour. On a logarithmic axis equal ratios look equal.
    func chart(
        _ title: String,
        unit: String,
        note: String = "",
        description: String,
        field: String,
        names: [String],
        detail: String? = nil,
        isLogarithmic: Bool = false,
        x: [Double],
        series: [Chart.Series]
    ) -> Chart {
        var encoding: [(String, JSON)] = [
            ("x", ["field": "x", "type": "quantitative", "title": "seconds", "scale": domain]),
            (
                "y",
                [
                    "field": "y", "type": "quantitative", "title": .string(unit),
                    "scale": isLogarithmic
                        ? ["type": "log", "nice": false, "padding": 6]
                        : Self.fromZero(series),
                    "axis": isLogarithmic ? Self.plainTicks : ["format": ",~r"],
                ]
            ),
            ("color", Palette.scale("color", field, names)),
            ("strokeDash", Palette.scale("strokeDash", field, names)),
        ]
        if let detail { encoding.append(("detail", ["field": .string(detail)])) }
        let line: JSON = [
            "mark": ["type": "line", "clip": true, "invalid": "break-paths-filter-domains"],
            "encoding": .object(encoding.map { JSON.Member(name: $0.0, value: $0.1) }),
        ]
        return Chart(
            title: title,
            note: note,
            description: description,
            spec: ["width": "container", "layer": .array(warmUp + [line] + marks)],
            x: x,
            series: series
        )
    }

    private var domain: JSON { ["domain": [0, .number(length)], "nice": false] }

    /// From 0, below which there is nothing, to a little above the highest value.
    private static func fromZero(_ series: [Chart.Series]) -> JSON {
        let values = series.flatMap(\.y).compactMap { $0 }.filter(\.isFinite)
        let top = max(values.max() ?? 0, 0)
        return [
            "domain": [.number(min(values.min() ?? 0, 0)), .number(top > 0 ? 1.05 * top : 1)],
            "nice": true,
        ]
    }

    /// Powers of ten and what lies between them, without an exponent.
    static let plainTicks: JSON = ["format": "~g", "tickCount": 5]

    /// What does not count lies in a shade.
    private var warmUp: [JSON] {
        let from = window.from.seconds
        let to = window.to?.seconds ?? length
        let shades = [(0, from), (to, length)].filter { $0.1 > $0.0 + 0.001 }
        guard !shades.isEmpty else { return [] }
        let values = shades.map { shade -> JSON in
            ["x": .number(shade.0), "x2": .number(min(shade.1, length))]
        }
        return [
            [
                "data": ["values": .array(values)],
                "mark": ["type": "rect", "color": "currentColor", "opacity": 0.08, "clip": true],
                "encoding": [
                    "x": ["field": "x", "type": "quantitative"], "x2": ["field": "x2"],
                ],
            ]
        ]
    }

    /// A line down the chart for each event, with its number in the list of events.
    private var marks: [JSON] {
        let shown = events.enumerated().filter { $0.element.time >= 0 && $0.element.time <= length }
        guard !shown.isEmpty else { return [] }
        let values = shown.map { number, event -> JSON in
            [
                "x": .number(event.time.digits(6)), "number": .string("\(number + 1)"),
                "event": .string(printable(event.text, limit: 200)),
            ]
        }
        let x: JSON = ["field": "x", "type": "quantitative"]
        let tooltip: JSON = ["field": "event", "type": "nominal"]
        return [
            [
                "data": ["values": .array(values)],
                "mark": ["type": "rule", "color": "currentColor", "strokeDash": [3, 3]],
                "encoding": ["x": x, "tooltip": tooltip],
            ],
            [
                "data": ["values": .array(values)],
                "mark": [
                    "type": "text", "color": "currentColor", "align": "left", "dx": 3, "dy": 6,
                    "baseline": "top", "fontSize": 11,
                ],
                "encoding": [
                    "x": x, "y": ["value": 0], "text": ["field": "number"], "tooltip": tooltip,
                ],
            ],
        ]
    }
}
