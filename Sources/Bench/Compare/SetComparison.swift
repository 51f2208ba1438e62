internal import Histogram
internal import JSON
internal import Statistics
internal import Usage

/// Two sets of trials: the trial is the unit.
struct SetComparison: Sendable {
    let a: [Comparison.Run]
    let b: [Comparison.Run]
    let findings: [Finding]
    let effect: Double
    /// What differs between the loads; empty unless that was allowed.
    let loads: [Difference]
    /// What differs between the sets in settings, versions and limits.
    let systems: [Difference]

    /// Compares two sets, of at least two trials each.
    ///
    /// - Throws: ``SummaryError/differentLoads(a:b:differences:)`` if any trial's load differs from the
    ///   first's, ``SummaryError/nothingInCommon(a:b:)``.
    init(
        _ a: [Comparison.Run],
        _ b: [Comparison.Run],
        effect: Double,
        allowsDifferentLoads: Bool
    ) throws(SummaryError) {
        self.a = a
        self.b = b
        self.effect = effect
        var loads: [Difference] = []
        for run in a.dropFirst() + b where !run.facts.load.isEmpty && !a[0].facts.load.isEmpty {
            let found = Difference.between(a[0].facts.load, run.facts.load)
            guard found.isEmpty || allowsDifferentLoads else {
                throw .differentLoads(a: a[0].name, b: run.name, differences: found.map(\.text))
            }
            loads += found.filter { !loads.contains($0) }
        }
        self.loads = loads
        systems = Difference.between(Self.facts(of: a), Self.facts(of: b))
        let measured = Findings.between(a.map(\.summary), b.map(\.summary))
        guard !measured.isEmpty else {
            throw .nothingInCommon(a: a[0].name, b: b[0].name)
        }
        findings = Finding.judge(measured, effect: effect, of: .variants)
    }

    /// What all trials of a set say alike; what they do not is `several`, and the values.
    private static func facts(of runs: [Comparison.Run]) -> [String: String] {
        var facts: [String: String] = [:]
        for name in Set(runs.flatMap { $0.facts.system.keys }) {
            let values = Set(runs.map { $0.facts.system[name] ?? "–" }).sorted()
            facts[name] =
                values.count == 1 ? values[0] : "several: \(values.joined(separator: ", "))"
        }
        return facts
    }

    /// What must be said beside the figures.
    private var remarks: [String] {
        func noise(_ letter: String, _ runs: [Comparison.Run]) -> [String] {
            runs.compactMap { run in
                run.noise.flatMap { noise in
                    noise.text.isEmpty
                        ? nil : "noise of \(letter), \(printable(run.name)): \(noise.text)"
                }
            }
        }
        func doubts(_ letter: String, _ runs: [Comparison.Run]) -> [String] {
            runs.flatMap { run -> [String] in
                // that a trial is valid is what everybody takes for granted
                guard let verdict = run.verdict, verdict.word != .valid else { return [] }
                return ["\(letter), \(printable(run.name)): \(verdict.lines[0])"]
                    + verdict.lines.dropFirst()
            }
        }
        return doubts("A", a) + doubts("B", b) + loads.map { "load: \($0.text)" }
            + systems.map(\.text) + noise("A", a) + noise("B", b)
            + (loads.isEmpty ? [] : ["the loads differ: what follows is no measure of the system"])
    }

    private static let titles = ["figure", "A", "B", "B−A", "95 % interval", "spread of A", "of B"]

    private var rows: [[String]] {
        let unit = Finding.unit(of: findings)
        return findings.map { finding in
            let measured = finding.measured
            func value(_ number: Double) -> String {
                measured.key == Finding.throughputKey
                    ? rateText(number) + "/s" : "\(unit.text(number)) \(unit.rawValue)"
            }
            func spread(_ logarithm: Double?) -> String {
                logarithm.map { "±" + Finding.percent($0).drop { "+−".contains($0) } } ?? "–"
            }
            let (low, high) = (measured.interval.lowerBound, measured.interval.upperBound)
            return [
                "\(measured.tag) \(measured.title)", value(measured.a), value(measured.b),
                Finding.percent(measured.difference),
                "\(Finding.percent(low)) to \(Finding.percent(high))",
                spread(measured.noise?.a), spread(measured.noise?.b),
            ]
        }
    }

    private func verdict(_ finding: Finding) -> String {
        finding.verdict == .same
            ? "the same within \(Finding.plain(100 * effect)) %" : finding.verdict.rawValue
    }

    private static let footer = """
        A and B are geometric means over trials; the spread is the standard deviation between the trials \
        of a side. The trials were not paired: an experiment, which interleaves them, sees smaller differences.
        """

    /// The table for people.
    var description: String {
        var table = TextTable()
        table.add(Self.titles + ["verdict"])
        table.addRule()
        for (row, finding) in zip(rows, findings) { table.add(row + [verdict(finding)]) }
        return """
            A  \(a.count) trials: \(a.map { printable($0.name) }.joined(separator: ", "))
            B  \(b.count) trials: \(b.map { printable($0.name) }.joined(separator: ", "))
            \(remarks.map { $0 + "\n" }.joined())
            \(table.text())
            \(Self.footer)
            """
    }

    /// The same as a table of Markdown, for a pull request.
    var markdown: String {
        let titles = Self.titles + ["verdict"]
        let lines =
            [Markdown.row(titles), Markdown.row(titles.map { _ in "---" })]
            + zip(rows, findings).map { Markdown.row($0 + ["**\(verdict($1))**"]) }
        return "A: \(a.count) trials, B: \(b.count) trials\n\n" + lines.joined(separator: "\n")
            + "\n" + remarks.map { "\n- \(Markdown.escaped($0))" }.joined() + "\n\n" + Self.footer
    }

    /// All of it as JSON.
    var json: String {
        func side(_ runs: [Comparison.Run]) -> JSON {
            .array(
                runs.map { run in
                    run.summary.jsonValue.with("trial", .string(run.name))
                        .with("noise", run.noise?.json ?? .null)
                        .with("validity", run.verdict?.json ?? .null)
                }
            )
        }
        let value: JSON = [
            "a": side(a), "b": side(b), "verdicts": .array(findings.map { $0.json() }),
            "effect_percent": .number(100 * effect),
            "load_differences": .array(loads.map(\.json)),
            "differences": .array(systems.map(\.json)), "note": .string(Self.footer),
        ]
        return value.text
    }
}
