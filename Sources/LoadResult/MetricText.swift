/// Metrics in the text format of Prometheus: families, and their samples.
package struct MetricText {
    /// What a family's samples are.
    package enum Kind: String {
        case counter, gauge, histogram
    }

    package private(set) var text = ""
    private var name = ""

    /// Begins with nothing.
    package init() {}

    /// Begins a family; its samples follow.
    package mutating func family(_ name: String, _ kind: Kind, _ help: String) {
        self.name = name
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
    }

    /// Adds a sample of a whole number.
    package mutating func sample(_ labels: [(name: String, value: String)], _ value: Int) {
        add("", labels, "\(value)")
    }

    /// Adds a sample.
    package mutating func sample(_ labels: [(name: String, value: String)], _ value: Double) {
        add("", labels, Self.number(value))
    }

    /// Adds the samples of a histogram of times.
    ///
    /// - Parameters:
    ///   - labels: What all its samples have.
    ///   - bounds: Upper bounds in nanoseconds, in order.
    ///   - counts: How many lie in front of each bound and behind the one before; the last one lie behind
    ///     all.
    ///   - sum: All times together, in nanoseconds.
    package mutating func histogram(
        _ labels: [(name: String, value: String)],
        bounds: [Int64],
        counts: [Int],
        sum: Double
    ) {
        var count = 0
        for (index, bound) in bounds.enumerated() {
            count += counts[index]
            add("_bucket", labels + [("le", Self.number(Double(bound) / 1e9))], "\(count)")
        }
        count += counts[bounds.count]
        add("_bucket", labels + [("le", "+Inf")], "\(count)")
        add("_sum", labels, Self.number(sum / 1e9))
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
