/// Markdown as pull requests show it.
enum Markdown {
    /// A row of a table; what would end a cell or begin something else is escaped.
    static func row(_ cells: [String]) -> String {
        "| " + cells.map { $0.replacing("|", with: "\\|") }.joined(separator: " | ") + " |"
    }

    /// Text in which nothing is markup.
    static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text {
            if "\\`*_{}[]<>#|~".contains(character) { escaped += "\\" }
            escaped.append(character)
        }
        return escaped
    }
}

extension Comparison {
    /// The verdicts as a table of Markdown, for a pull request.
    var markdown: String {
        let titles = ["figure", "A", "B", "verdict"]
        let unit = Finding.unit(of: findings)
        let rows = findings.map { finding in
            let measured = finding.measured
            return Markdown.row(
                ["\(measured.tag) \(measured.title)"]
                    + [measured.a, measured.b].map { "\(unit.text($0)) \(unit.rawValue)" }
                    + [finding.sentence(effect: effect)]
            )
        }
        let doubts = [("A", runA), ("B", runB)].flatMap { letter, run -> [String] in
            guard let verdict = run.verdict, verdict.word != .valid else { return [] }
            return ["\(letter): \(verdict.lines[0])"] + verdict.lines.dropFirst()
        }
        let remarks =
            (doubts + notes + systems.map(\.text) + loads.map { "load: \($0.text)" } + unjudged)
            .map { "\n- \(Markdown.escaped($0))" }.joined()
        return ([Markdown.row(titles), Markdown.row(titles.map { _ in "---" })] + rows)
            .joined(separator: "\n") + "\n" + remarks + "\n\n" + Self.caveat
    }
}
