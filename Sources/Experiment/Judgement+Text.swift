import Statistics
import Usage

extension Judgement: CustomStringConvertible {
    /// The verdict of each metric in a sentence, and how many pairs they rest on.
    public var description: String {
        guard !findings.isEmpty else { return "no pair is whole yet: nothing can be said" }
        let pairs = differences.first?.count ?? 0
        let width = file.metrics.map { "\($0)".count }.max() ?? 0
        let rows = sentences.map { metric, sentence in
            let name = "\(metric)" + String(repeating: " ", count: width - "\(metric)".count)
            return "\(name)  \(sentence)"
        }
        return (["\(file.b.name) against \(file.a.name), \(pairs.of("pair"))"] + rows)
            .joined(separator: "\n")
    }

    /// What is found of each metric, in a sentence; empty before the first whole pair.
    package var sentences: [(metric: Metric, text: String)] {
        zip(file.metrics, findings).enumerated().map { index, row in
            (row.0, sentence(row.1, differences[index]))
        }
    }

    /// What the rehearsal says of each metric: the spread, what it can show, what the effect needs.
    public var rehearsalText: String {
        let percent = Self.percent(ofRatio: file.effect)
        let rows = zip(file.metrics, rehearsal).map { metric, differences in
            let forecast = Forecast(from: differences, confidence: 0.5)
            let smallest = forecast.smallestDifference(pairs: file.most)
            let needed = forecast.pairs(for: (1 + file.effect).logarithm)
            return
                "\(metric): \(file.most.of("pair")) \(file.most == 1 ? "shows" : "show") a difference of \(Self.percent(smallest)); "
                + "\(percent) needs \(Self.count(needed))"
        }
        return (["A against A, \((rehearsal.first?.count ?? 0).of("pair")):"] + rows)
            .joined(separator: "\n")
    }

    /// The metrics whose effect so many pairs are unlikely to show, judged by the rehearsal.
    public var hopeless: [Metric] {
        zip(file.metrics, rehearsal).filter { _, differences in
            guard differences.count > 1 else { return false }
            let forecast = Forecast(from: differences, confidence: 0.5)
            return forecast.pairs(for: (1 + file.effect).logarithm) > file.most
        }.map(\.0)
    }

    private func sentence(
        _ finding: SequentialTest.Finding,
        _ differences: Differences
    ) -> String {
        let difference = Self.percent(finding.difference)
        let isKnown = finding.interval.lowerBound.isFinite
        let bounds =
            isKnown
            ? "\(Self.percent(finding.interval.lowerBound)) to "
                + Self.percent(finding.interval.upperBound)
            : "no interval before \(file.least.of("pair"))"
        let measured = "\(difference) (\(bounds))"
        let effect = Self.percent(ofRatio: file.effect)
        switch finding.verdict {
        case .slower: return "slower: \(measured)"
        case .faster: return "faster: \(measured)"
        case .same: return "the same within \(effect): \(measured)"
        case .undecided:
            guard differences.count > 1 else { return "undecided: \(measured)" }
            if !finding.interval.contains(0) {
                let others = differences.values.count { ($0 > 0) != (finding.difference > 0) }
                return "undecided: \(measured), since \(others) of \(differences.count.of("pair")) "
                    + "went the other way"
            }
            let needed = Forecast(from: differences, confidence: 0.5)
                .pairs(for: (1 + file.effect).logarithm)
            return "undecided: \(measured); \(effect) needs about \(Self.count(needed))"
        }
    }

    /// A difference of logarithms as a signed percentage.
    package static func percent(_ logarithm: Double) -> String {
        let percent = 100 * (logarithm.exponential - 1)
        guard percent.isFinite, percent < 1e6 else { return "beyond 1,000,000 %" }
        return (percent < 0 ? "−" : "+") + decimals(abs(percent)) + " %"
    }

    private static func percent(ofRatio ratio: Double) -> String { decimals(100 * ratio) + " %" }

    private static func count(_ pairs: Int) -> String {
        pairs > 100_000 ? "over 100,000 pairs" : pairs.of("pair")
    }

    /// Three digits that count, without an exponent.
    private static func decimals(_ number: Double) -> String {
        let scale = number < 1 ? 100.0 : number < 100 ? 10 : 1
        let rounded = (number * scale).rounded() / scale
        let text = "\(rounded)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }
}
