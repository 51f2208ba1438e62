internal import Bench
internal import Experiment
private import Foundation
internal import JSON
internal import Usage

/// The page of a search for a capacity: the answer, the curve, and every trial.
enum CapacityPage {
    static func page(of path: String, at file: String) throws -> Page {
        let record = try CapacityRecord(at: "\(path)/\(CapacityFolder.file)")
        let question = record.question
        let limit = "\((question.limit / 1e6).digits(6)) ms".replacing(".0 ms", with: " ms")
        let isOver = record.next == nil
        let (kind, word) =
            switch (isOver, record.exitStatus) {
            case (false, _): ("warn", "NOT OVER")
            case (true, 0): ("good", "FOUND")
            case (true, 4): ("warn", "NOT IN THIS RANGE")
            default: ("bad", "NO ANSWER")
            }
        var page = Page(
            title: "\(question.percentile) below \(limit) – capacity",
            header: """
                <header><h1>\(HTML.text("How many requests a second with \(question.percentile) below \(limit)"))</h1>
                <p class="soft">capacity · \(HTML.text(path))</p></header>
                <div class="verdict \(kind)" id="verdict"><p class="word">\(word)</p>
                <p>\(HTML.text(record.answer))</p></div>
                """
        )
        page.add(
            "Latency by rate",
            id: "curve",
            page.place(chart(record, limit: limit))
                + HTML.table(
                    "of the trials that count",
                    head: record.heads,
                    record.curve.map(\.cells)
                )
        )
        page.add("Every trial", id: "trials", trials(record, of: path, from: file))
        return page
    }

    /// Each trial as a point, and a line through the means; both axes are logarithmic.
    static func chart(_ record: CapacityRecord, limit: String) -> Chart {
        let counted = record.entries.filter { $0.latency != nil }
        let means = record.curve.filter { $0.latency != nil }
        let behind = record.curve.filter { $0.latency == nil }.map { "\(rateText($0.rate))/s" }
        let x: JSON = [
            "field": "x", "type": "quantitative", "title": "requests per second",
            "scale": ["type": "log", "nice": false, "padding": 20], "axis": TimeAxis.plainTicks,
        ]
        let y: JSON = [
            "field": "y", "type": "quantitative",
            "title": .string("\(record.question.percentile) in ms"),
            "scale": ["type": "log", "nice": false, "padding": 20], "axis": TimeAxis.plainTicks,
        ]
        func layer(_ kind: String, _ mark: JSON) -> JSON {
            [
                "transform": [["filter": .string("datum.kind === '\(kind)'")]],
                "mark": mark,
                "encoding": [
                    "x": x, "y": y,
                    "tooltip": [
                        ["field": "x", "type": "quantitative", "title": "requests per second"],
                        ["field": "y", "type": "quantitative", "title": "ms"],
                    ],
                ],
            ]
        }
        let rule: JSON = [
            "data": ["values": [["y": .number((record.question.limit / 1e6).digits(6))]]],
            "mark": ["type": "rule", "color": "#D55E00", "strokeDash": [7, 3]],
            "encoding": ["y": y],
        ]
        return Chart(
            title: "\(record.question.percentile) by rate",
            note:
                "Points: trials; line: the geometric mean of each rate; dashes: the limit of \(limit)."
                + (behind.isEmpty
                    ? "" : " At \(behind.joined(separator: ", ")) the servers fell behind."),
            description: means.map { point in
                "\(rateText(point.rate))/s \(((point.latency ?? 0) / 1e6).digits(4)) ms"
            }.joined(separator: ", "),
            spec: [
                "width": "container",
                "layer": [
                    rule, layer("mean", ["type": "line", "color": "#0072B2", "opacity": 0.6]),
                    layer(
                        "trial",
                        ["type": "point", "filled": true, "size": 60, "color": "#0072B2"]
                    ),
                ],
            ],
            x: [],
            series: [
                Chart.Series(
                    keys: [("kind", "trial")],
                    x: counted.map(\.rate),
                    y: counted.map { $0.latency.map { $0 / 1e6 } }
                ),
                Chart.Series(
                    keys: [("kind", "mean")],
                    x: means.map(\.rate),
                    y: means.map { $0.latency.map { $0 / 1e6 } }
                ),
            ],
            height: 320
        )
    }

    /// In the order in which they ran, also those that do not count.
    private static func trials(
        _ record: CapacityRecord,
        of path: String,
        from page: String
    ) -> String {
        let way = Report.way(to: "\(path)/\(CapacityFolder.file)", from: page)
        return "<p>\(HTML.link(to: way, CapacityFolder.file)) holds every digit.</p>"
            + HTML.list(record.entries.map(\.line))
    }
}
