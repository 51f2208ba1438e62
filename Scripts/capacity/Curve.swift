import Bench
import Deployment
import Foundation
import Statistics

/// What a trial says of its rate.
enum Outcome {
    /// ln(latency / limit), and the latency in nanoseconds.
    case latency(Double, Double)
    /// The servers fell behind or failed.
    case behind
    /// The clients could not play the rate.
    case loadersBehind

    /// Reads a trial.
    ///
    /// - Throws: `TrialError` if it is invalid for any other reason.
    init(of trial: Trial, _ words: Words) async throws {
        let kinds = Set(trial.validity.findings.map(\.kind))
        let invalid = Set(trial.validity.findings.filter { $0.verdict == .invalid }.map(\.kind))
        if !invalid.isDisjoint(with: ["late_share", "latest"]) || kinds.contains("busiest_loop") {
            self = .loadersBehind
        } else if !kinds.isDisjoint(with: ["error_share", "overrun", "overflow", "unsettled"]) {
            self = .behind
        } else {
            try trial.requireValid()
            let window = Window(from: .seconds(warmUp), to: .seconds(words.seconds))
            let summary = try await Summary(of: [trial.stress], in: window)
            try trial.write(summary.json, to: "summary.json")
            let latencies = ["READ-rt", "WRITE-rt"].compactMap { summary.figure(words.key, of: $0) }
            let latency = max(latencies.max() ?? 0, 1)
            self = .latency(log(latency / words.limit), latency)
        }
    }

    var text: String {
        switch self {
        case .latency(_, let latency): Curve.milliseconds(latency)
        case .behind: "the servers fell behind"
        case .loadersBehind: "the clients cannot play this rate; lower ones follow"
        }
    }
}

/// The latencies by rate.
struct Curve {
    private let words: Words
    private let begun = Date()
    private(set) var measurements: [CapacitySearch.Measurement] = []
    private var rows: [String] = []

    init(_ words: Words) { self.words = words }

    mutating func add(_ rate: Double, _ excess: Double?, _ trial: String) {
        measurements.append(.init(rate: rate, excess: excess))
        let latency = excess.map { "\(Int((words.limit * exp($0)).rounded()))" } ?? ""
        rows.append("\(rate),\(latency),\(trial)")
    }

    func path(for deployment: String) -> String {
        let time = begun.formatted(.iso8601).replacing(":", with: "-")
        return "capacity/\(deployment)/\(time).csv"
    }

    /// Writes all trials so far; no latency where the servers fell behind.
    func write(for deployment: String) throws {
        let path = path(for: deployment)
        try FileManager.default.createDirectory(
            atPath: "capacity/\(deployment)",
            withIntermediateDirectories: true
        )
        let text = (["rate,\(words.key),trial"] + rows).joined(separator: "\n") + "\n"
        try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
    }

    /// A line for each rate: the geometric mean of its latencies, and where it stands.
    func table(_ search: CapacitySearch) -> String {
        let rates = Set(measurements.map(\.rate)).sorted()
        let lines = rates.map { rate in
            let own = measurements.filter { $0.rate == rate }
            let known = Differences(own.compactMap(\.excess))
            let latency =
                known.count == 0
                ? "–" : Self.milliseconds(words.limit * exp(known.mean))
            let percent = 100 * (exp(known.deviation) - 1)
            let spread = known.count > 1 ? String(format: "±%.0f %%", percent) : ""
            let standing =
                switch search.standing(of: rate, measurements) {
                case .below: "below"
                case .above: "above"
                case .perhapsBelow: "perhaps below"
                case .perhapsAbove: "perhaps above"
                case .open: ""
                }
            let cells = [("\(Int(rate))/s", 12), ("\(own.count)", 7), (latency, 13), (spread, 8)]
            return cells.map { String(repeating: " ", count: max(1, $1 - $0.count)) + $0 }.joined()
                + "  \(standing)"
        }
        let head =
            "        rate trials" + String(repeating: " ", count: 13 - words.percentile.count)
        return head + words.percentile + "  spread\n" + lines.joined(separator: "\n")
    }

    /// The capacity in a sentence, with its interval.
    func answer(_ search: CapacitySearch) -> String {
        let (low, high) = search.interval(measurements)
        let interval =
            "for certain from \(low.map { "\(Int($0))/s" } ?? "below \(Int(search.range.lowerBound))/s") to "
            + "\(high.map { "\(Int($0))/s" } ?? "above \(Int(search.range.upperBound))/s") (90 % interval)"
        guard let capacity = search.capacity(measurements) else {
            return "\(words.percentile) reaches \(words.limitText) nowhere between "
                + "\(Int(search.range.lowerBound)) and \(Int(search.range.upperBound))/s; \(interval)"
        }
        return "\(words.percentile) stays below \(words.limitText) up to about "
            + "\(Int(capacity))/s; \(interval)"
    }

    static func milliseconds(_ nanoseconds: Double) -> String {
        String(format: "%.3f ms", nanoseconds / 1e6)
    }
}
