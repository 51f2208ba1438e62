internal import Histogram
internal import JSON
internal import Usage

extension Comparison: CustomStringConvertible {
    /// The table for people: for each tag a row of A, a row of B, and the change in percent.
    public var description: String {
        let largest = (a.tags + b.tags).map(\.histogram.max).max() ?? 0
        let unit = LatencyUnit(largest: largest)
        var table = TextTable()
        table.add(["tag", ""] + a.titles)
        for pair in pairs {
            table.addRule()
            table.add([pair.a.tag, "A"] + Summary.cells(of: pair.a, in: unit))
            table.add(["", "B"] + Summary.cells(of: pair.b, in: unit))
            table.add(["", "B−A", "", ""] + pair.changes.map(Self.percent))
        }
        for (run, tag) in unpaired {
            table.addRule()
            table.add([tag.tag, run] + Summary.cells(of: tag, in: unit))
        }
        let remarks =
            notes + loads.map { "load: \($0.text)" } + systems.map(\.text)
            + (loads.isEmpty ? [] : ["the loads differ: what follows is no measure of the system"])
            + [("A", runA), ("B", runB)].compactMap { letter, run in
                run.noise.flatMap { $0.text.isEmpty ? nil : "noise of \(letter): \($0.text)" }
            }
        func head(_ letter: String, _ run: Run) -> String {
            let verdict = (run.verdict?.lines ?? []).map { "   \($0)\n" }.joined()
            return "\(letter)  \(run.name)  \(run.summary.heading)\n" + verdict
        }
        return """
            \(head("A", runA))\(head("B", runB))\(remarks.map { $0 + "\n" }.joined())latencies in \(unit.rawValue)

            \(table.text(leading: 2))
            \(verdicts)\(Self.caveat)
            """
    }

    /// What these two runs show, a line each.
    private var verdicts: String {
        let remarks = unjudged.map { printable($0) + "\n" }.joined()
        guard !findings.isEmpty else { return remarks }
        var table = TextTable()
        for finding in findings {
            let measured = finding.measured
            table.add([
                "\(measured.tag) \(measured.title)", finding.sentence(effect: effect),
            ])
        }
        return "B's run beside A's, by the spread of their own seconds:\n"
            + table.text(leading: 2) + remarks + "\n"
    }

    private static func percent(_ change: Double?) -> String {
        guard let change else { return "–" }
        let digits = abs(change) < 99.95 ? 1 : 0
        let size = decimals(abs(change), digits, grouping: true)
        guard size != "0.0" else { return "0.0%" }
        return (change < 0 ? "−" : "+") + size + "%"
    }

    /// Both summaries as JSON, and under `change_percent` what B differs from A, `null` where A is 0.
    public var json: String {
        let keys = ["throughput_per_s"] + TagSummary.latencies.map(\.key)
        let changes = pairs.map { pair in
            let members = zip(keys, pair.changes).map { key, change in
                JSON.Member(name: key, value: change.map { .number($0) } ?? .null)
            }
            return JSON.Member(name: pair.a.tag, value: .object(members))
        }
        let value: JSON = [
            "a": a.jsonValue, "b": b.jsonValue, "change_percent": .object(changes),
            "load_differences": .array(loads.map(\.json)),
            "differences": .array(systems.map(\.json)),
            "verdicts": .array(findings.map { $0.json() }), "effect_percent": .number(100 * effect),
            "unjudged": .array(unjudged.map { .string($0) }),
            "validity": [
                "a": runA.verdict?.json ?? .null, "b": runB.verdict?.json ?? .null,
            ],
            "noise": ["a": runA.noise?.json ?? .null, "b": runB.noise?.json ?? .null],
            "note": .string(Self.caveat),
        ]
        return value.text
    }
}
