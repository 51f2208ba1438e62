import Foundation
public import Statistics

/// The words and figures of a search for a capacity.
enum CapacityText {
    /// A rate that reads back as itself.
    static func rate(_ rate: Double) -> String {
        rate == rate.rounded() && rate < 1e15 ? "\(Int(rate))" : "\(rate)"
    }

    /// A time in milliseconds.
    static func time(_ nanoseconds: Double) -> String {
        "\(nanoseconds / 1e6)ms".replacing(".0ms", with: "ms")
    }

    /// A latency in milliseconds, with microseconds.
    static func milliseconds(_ nanoseconds: Double) -> String {
        String(format: "%.3f ms", nanoseconds / 1e6)
    }
}

extension CapacityRecord.Entry {
    /// What came of the trial, in a line.
    public var line: String {
        let text =
            switch outcome {
            case .latency: CapacityText.milliseconds(latency ?? 0)
            case .behind: "the servers fell behind"
            case .clientsBehind: "the clients cannot play this rate; lower ones follow"
            case .nothing: "does not count: \(reasons.joined(separator: "; "))"
            }
        return "\(CapacityText.rate(rate))/s  \(text)  \(trial ?? "")"
    }
}

/// What is known of one rate.
public struct CapacityPoint: Sendable, Hashable {
    /// Requests per second.
    public let rate: Double
    /// How many trials count.
    public let trials: Int
    /// The geometric mean of their latencies, in nanoseconds; `nil` where the servers fell behind each time.
    public let latency: Double?
    /// Their standard deviation, as a ratio; `nil` of fewer than two.
    public let spread: Double?
    /// On which side of the limit it is.
    public let standing: CapacitySearch.Standing

    /// The row of a table.
    public var cells: [String] {
        let word =
            switch standing {
            case .below: "below"
            case .above: "above"
            case .perhapsBelow: "perhaps below"
            case .perhapsAbove: "perhaps above"
            case .open: ""
            }
        return [
            "\(CapacityText.rate(rate))/s", "\(trials)",
            latency.map(CapacityText.milliseconds) ?? "–",
            spread.map { String(format: "±%.0f %%", 100 * $0) } ?? "", word,
        ]
    }
}

extension CapacityRecord {
    /// The curve: what is known of each rate, from the lowest on.
    public var curve: [CapacityPoint] {
        let search = search ?? question.search
        let all = measurements
        return Set(all.map(\.rate)).sorted().map { rate in
            let own = all.filter { $0.rate == rate }
            let known = Differences(own.compactMap(\.excess))
            return CapacityPoint(
                rate: rate,
                trials: own.count,
                latency: known.count == 0 ? nil : question.limit * known.mean.exponential,
                spread: known.count > 1 ? known.deviation.exponential - 1 : nil,
                standing: search.standing(of: rate, all)
            )
        }
    }

    /// The columns of ``CapacityPoint/cells``.
    public var heads: [String] { ["rate", "trials", question.percentile, "spread", ""] }

    /// A line for each rate: the geometric mean of its latencies, and where it stands.
    public var table: String {
        let widths = [12, 7, 13, 8]
        return ([heads] + curve.map(\.cells)).map { cells in
            zip(cells, widths).map { cell, width in
                String(repeating: " ", count: max(1, width - cell.count)) + cell
            }
            .joined() + (cells[4].isEmpty ? "" : "  \(cells[4])")
        }
        .joined(separator: "\n")
    }

    /// The capacity in a sentence, with its interval.
    public var answer: String {
        guard let search else {
            return "the clients cannot play even the lowest rate: take more of them"
        }
        let (lowest, highest) = (
            CapacityText.rate(search.range.lowerBound), "\(Int(search.range.upperBound))"
        )
        let (low, high) = search.interval(measurements)
        let interval =
            "for certain from \(low.map { "\(Int($0))/s" } ?? "below \(lowest)/s") to "
            + "\(high.map { "\(Int($0))/s" } ?? "above \(highest)/s") (90 % interval)"
        let limit = CapacityText.time(question.limit)
        guard let capacity = search.capacity(measurements) else {
            return "\(question.percentile) reaches \(limit) nowhere between \(lowest) and "
                + "\(highest)/s; \(interval)"
        }
        return
            "\(question.percentile) stays below \(limit) up to about \(Int(capacity))/s; \(interval)"
    }

    /// The trials that count as rows of a table; no latency where the servers fell behind.
    public var csv: String {
        let rows = entries.filter { [.latency, .behind].contains($0.outcome) }.map { entry in
            "\(entry.rate),\(entry.latency.map { "\(Int($0.rounded()))" } ?? ""),\(entry.trial ?? "")"
        }
        return (["rate,\(question.key),trial"] + rows).joined(separator: "\n") + "\n"
    }
}
