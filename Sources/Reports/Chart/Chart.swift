internal import Bench
internal import JSON

/// A chart of the page: a Vega-Lite specification, and its figures in columns.
///
/// The page's script makes rows of the columns, which as rows would be several times as long.
struct Chart: Sendable {
    /// Figures that share their names: one line of a chart.
    struct Series: Sendable {
        /// What tells it from the others, by the fields of the specification.
        let keys: [(name: String, value: String)]
        /// Where its figures stand on the horizontal axis; `nil` for those of the whole chart.
        var x: [Double]?
        /// One for each place on the horizontal axis; `nil` where there is none.
        let y: [Double?]
    }

    /// What it shows, in a few words.
    let title: String
    /// What a reader must know to read it, in a sentence; empty if nothing.
    let note: String
    /// What stands for it where it cannot be seen.
    let description: String
    /// The specification without its data.
    let spec: JSON
    /// Where the figures stand on the horizontal axis.
    let x: [Double]
    let series: [Series]
    /// How high it is, in pixels.
    var height = 190

    /// Whether there is nothing to draw.
    var isEmpty: Bool { series.allSatisfy { $0.y.allSatisfy { $0 == nil } } }

    /// As the page's script reads it.
    func json(id: String) -> JSON {
        [
            "id": .string(id), "spec": spec.with([("height", .integer(Int64(height)))]),
            "x": Self.column(x),
            "series": .array(
                series.map { series in
                    let keys = series.keys.map {
                        JSON.Member(name: $0.name, value: .string($0.value))
                    }
                    return .object(
                        [JSON.Member(name: "keys", value: .object(keys))]
                            + (series.x.map { [.init(name: "x", value: Self.column($0))] } ?? [])
                            + [JSON.Member(name: "y", value: Self.column(series.y))]
                    )
                }
            ),
        ]
    }

    /// Numbers with four digits that count, of which a chart shows fewer.
    private static func column(_ values: [Double?]) -> JSON {
        .array(
            values.map { value in
                guard let value, value.isFinite else { return .null }
                let rounded = value.digits(4)
                return Int64(exactly: rounded).map { .integer($0) } ?? .number(rounded)
            }
        )
    }
}

extension Double {
    /// This number rounded to so many digits that count.
    func digits(_ count: Int) -> Double {
        guard self != 0, isFinite else { return self }
        var scale = 1.0
        var size = magnitude
        var limit = 1.0
        for _ in 1..<count { limit *= 10 }
        while size < limit, scale < 1e15 {
            size *= 10
            scale *= 10
        }
        return (self * scale).rounded() / scale
    }
}

/// Colours that the colour-blind tell apart (Okabe and Ito, 2008), each with a dash and a shape of
/// its own, so that nothing rests on colour alone.
enum Palette {
    /// Blue, vermilion, green, purple, orange, sky blue: by how well they show on white and on black.
    static let colors: JSON = ["#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9"]
    static let dashes: JSON = [
        [1, 0], [7, 3], [2, 2], [9, 3, 2, 3], [4, 1, 1, 1], [12, 4],
    ]
    static let shapes: JSON = ["circle", "triangle-up", "square", "diamond", "cross", "stroke"]

    /// Colour and dash, or colour and shape, by the values of a field in this order.
    static func scale(_ channel: String, _ field: String, _ domain: [String]) -> JSON {
        let range =
            switch channel {
            case "strokeDash": dashes
            case "shape": shapes
            default: colors
            }
        return [
            "field": .string(field), "type": "nominal",
            "scale": ["domain": .array(domain.map(JSON.string)), "range": range],
            "legend": domain.count > 1 ? ["title": nil, "symbolType": "stroke"] : nil,
        ]
    }
}
