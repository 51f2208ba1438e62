/// Metrics in the text format of Prometheus: families, and their samples.
struct MetricText {
    /// What a family's samples are.
    enum Kind: String {
        case counter, gauge, histogram
    }

    private(set) var text = ""
    private var name = ""

    /// Begins a family; its samples follow.
    mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        self.name = name
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    /// Adds a sample of a whole number.
    mutating func sample(_ labels: [(name: String, value: String)], _ value: Int) {
        add("", labels, "\(value)")
    }

    /// Adds a sample.
    mutating func sample(_ labels: [(name: String, value: String)], _ value: Double) {
        add("", labels, Self.number(value))
    }

    /// Adds the samples of a histogram.
    mutating func histogram(
        _ labels: [(name: String, value: String)],
        _ times: MeasureTotals.Times
    ) {
        var count = 0
        for (index, bound) in MeasureTotals.Times.bounds.enumerated() {
            count += times.counts[index]
            add("_bucket", labels + [("le", Self.number(Double(bound) / 1e9))], "\(count)")
        }
        count += times.counts[MeasureTotals.Times.bounds.count]
        add("_bucket", labels + [("le", "+Inf")], "\(count)")
        add("_sum", labels, Self.number(Double(times.sum) / 1e9))
        add("_count", labels, "\(count)")
    }

    private mutating func add(
        _ suffix: String,
        _ labels: [(name: String, value: String)],
        _ value: String
    ) {
        text += name + suffix
        if !labels.isEmpty {
            let parts = labels.map { "\($0.name)=\"\(Self.escaped($0.value))\"" }
            text += "{\(parts.joined(separator: ","))}"
        }
        text += " \(value)\n"
    }

    private static func escaped(_ value: String) -> String {
        guard value.utf8.contains(where: { "\\\"\n".utf8.contains($0) }) else { return value }
        var text = ""
        for scalar in value.unicodeScalars {
            switch scalar {
            case "\\": text += "\\\\"
            case "\"": text += "\\\""
            case "\n": text += "\\n"
            default: text.unicodeScalars.append(scalar)
            }
        }
        return text
    }

    private static func number(_ value: Double) -> String {
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return Int64(exactly: value).map { "\($0)" } ?? "\(value)"
    }
}
