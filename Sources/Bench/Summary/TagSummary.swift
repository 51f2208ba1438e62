public import Histogram
internal import JSON

/// The figures of one tag over all loaders.
public struct TagSummary: Sendable, Hashable {
    /// A figure of a latency: its column in tables, its name in JSON, and how it is read.
    package struct Latency: Sendable {
        package let title: String
        package let key: String
        package let value: @Sendable (Histogram) -> Double
    }

    /// The latencies in the order of tables.
    package static let latencies: [Latency] =
        [Latency(title: "mean", key: "mean_ns") { $0.mean }]
        + [
            ("median", "p50_ns", 50), ("p90", "p90_ns", 90), ("p99", "p99_ns", 99),
            ("p99.9", "p99_9_ns", 99.9), ("p99.99", "p99_99_ns", 99.99),
        ].map { title, key, percentile in
            Latency(title: title, key: key) { Double($0.value(atPercentile: percentile)) }
        }
        + [Latency(title: "max", key: "max_ns") { Double($0.max) }]

    /// The tag, such as `READ-rt`.
    public let tag: String
    /// The latencies of all requests, failed ones included, in ns.
    public let histogram: Histogram
    /// Those of the failed requests alone, in ns; `nil` if none failed.
    let failed: Histogram?
    /// How many of the requests failed.
    public let errors: Int64
    /// Requests per second: the sum of each loader's count over the time that its log covers.
    public let throughput: Double

    /// How many requests there were, failed ones included.
    public var count: Int64 { histogram.count }

    /// The figures of the requests that did not fail, under the tag `READ-rt ok`.
    ///
    /// `nil` if none failed or none did not, or if the failed ones are not among the others, as in
    /// logs of other tools.
    package var successes: TagSummary? {
        guard let failed, failed.count < histogram.count,
            let rest = histogram.subtracting(failed)
        else { return nil }
        return TagSummary(
            tag: "\(tag) ok",
            histogram: rest,
            failed: nil,
            errors: 0,
            throughput: throughput * Double(rest.count) / Double(count)
        )
    }

    /// The same figures under another name.
    func named(_ tag: String) -> TagSummary {
        TagSummary(
            tag: tag,
            histogram: histogram,
            failed: failed,
            errors: errors,
            throughput: throughput
        )
    }

    /// The values of ``latencies``, in ns.
    package var latencies: [Double] { Self.latencies.map { $0.value(histogram) } }

    var json: JSON {
        var members: [(String, JSON)] = [
            ("count", .integer(count)), ("errors", .integer(errors)),
            ("throughput_per_s", .number(throughput)),
        ]
        for (latency, value) in zip(Self.latencies, latencies) {
            let whole = Int64(exactly: value).map { JSON.integer($0) }
            members.append((latency.key, whole ?? .number(value)))
            if latency.key == "mean_ns" { members.append(("min_ns", .integer(histogram.min))) }
        }
        if let successes { members.append(("ok", successes.json)) }
        return .object(members.map { JSON.Member(name: $0.0, value: $0.1) })
    }
}
