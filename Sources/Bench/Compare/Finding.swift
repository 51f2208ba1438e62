internal import Histogram
internal import JSON
internal import Statistics
internal import Usage

/// What a comparison says of one figure of one tag.
struct Finding: Sendable, Hashable {
    /// A difference with its uncertainty, before it is judged.
    struct Measured: Sendable, Hashable {
        let tag: String
        /// Of ``TagSummary/latencies``, or the throughput.
        let title: String
        let key: String
        /// The figure of each side: of one run, or the geometric mean of a set's.
        let a: Double
        let b: Double
        /// ln(B / A).
        let difference: Double
        /// Holds the true difference with 95 % probability, and with 90 %.
        let interval: ClosedRange<Double>
        let narrow: ClosedRange<Double>
        let pValue: Double
        /// The standard deviation of the logarithm between the trials of each side; `nil` for one.
        var noise: Noise?
    }

    /// How far the trials of each side are apart.
    struct Noise: Sendable, Hashable {
        let a: Double
        let b: Double
    }

    /// What a verdict is about.
    enum Scope: Sendable, Hashable {
        /// These two runs and no others: how much one run differs from the next is not known.
        case runs
        /// What was measured: its spread from trial to trial is known.
        case variants
    }

    /// The probability of calling any figure different though none is.
    static let error = 0.05

    let measured: Measured
    let verdict: Verdict
    let scope: Scope

    /// The unit of all latencies of a table, so that they can be compared at a glance.
    static func unit(of findings: [Finding]) -> LatencyUnit {
        let latencies = findings.map(\.measured).filter { $0.key != throughputKey }
        return LatencyUnit(largest: Int64(latencies.map { max($0.a, $0.b) }.max() ?? 0))
    }

    /// Judges all figures of a comparison together.
    ///
    /// "The same" goes before "different", as in an experiment: a difference that is smaller than the
    /// effect is not worth a verdict. Holm's order keeps the false alarms of all figures together
    /// below 5 %.
    ///
    /// - Parameters:
    ///   - figures: What was measured.
    ///   - effect: The smallest difference worth knowing, as a ratio.
    ///   - scope: What the verdicts are about.
    /// - Returns: The findings in the same order.
    static func judge(_ figures: [Measured], effect: Double, of scope: Scope) -> [Finding] {
        let different = Holm.rejected(figures.map(\.pValue)) { Self.error / Double($0) }
        let bound = (1 + effect).logarithm
        return zip(figures, different).map { figure, isDifferent in
            let isMore = figure.difference > 0
            let isWorse = isMore != (figure.key == throughputKey)
            let isSame = figure.narrow.lowerBound > -bound && figure.narrow.upperBound < bound
            let verdict: Verdict =
                isSame ? .same : !isDifferent ? .undecided : isWorse ? .slower : .faster
            return Finding(measured: figure, verdict: verdict, scope: scope)
        }
    }

    static let throughputKey = "throughput_per_s"

    /// The verdict in a word: of two runs only that they differ, or are alike.
    var word: String {
        switch (scope, verdict) {
        case (.runs, .slower), (.runs, .faster): "differ"
        case (.runs, .same): "alike"
        default: verdict.rawValue
        }
    }

    /// The verdict in words, with the difference and its interval.
    func sentence(effect: Double) -> String {
        let (low, high) = (measured.interval.lowerBound, measured.interval.upperBound)
        let difference = Self.percent(measured.difference)
        guard low.isFinite, high.isFinite else {
            return "undecided: \(difference), and the runs are too short to say how sure that is"
        }
        let text = "\(difference) (\(Self.percent(low)) to \(Self.percent(high)))"
        let within = "within \(Self.plain(100 * effect)) %"
        return switch word {
        case "differ": "the runs differ: \(text)"
        case "alike": "the runs are alike \(within): \(text)"
        case "same": "the same \(within): \(text)"
        default: "\(word): \(text)"
        }
    }

    /// A difference of logarithms as a signed percentage.
    static func percent(_ logarithm: Double) -> String {
        let percent = 100 * (logarithm.exponential - 1)
        guard percent.isFinite, percent < 1e6 else { return "beyond 1,000,000 %" }
        let size = decimals(abs(percent), abs(percent) < 99.95 ? 1 : 0, grouping: true)
        guard size != "0.0" else { return "0.0 %" }
        return (percent < 0 ? "−" : "+") + size + " %"
    }

    /// A number without superfluous decimals.
    static func plain(_ number: Double) -> String {
        let text = decimals(number, 2)
        return text.contains(".")
            ? String(text.reversed().drop { $0 == "0" }.drop { $0 == "." }.reversed()) : text
    }

    /// The columns of an object, times in ns and differences in percent.
    func json() -> JSON {
        func percent(_ logarithm: Double) -> JSON {
            logarithm.isFinite ? .number(100 * (logarithm.exponential - 1)) : .null
        }
        return [
            "tag": .string(measured.tag), "figure": .string(measured.key),
            "a": .number(measured.a), "b": .number(measured.b),
            "difference_percent": percent(measured.difference),
            "interval_95_percent": .array([
                percent(measured.interval.lowerBound), percent(measured.interval.upperBound),
            ]),
            "p_value": .number(measured.pValue), "verdict": .string(word),
            "noise_percent": measured.noise.map { .array([percent($0.a), percent($0.b)]) } ?? .null,
        ]
    }
}
