internal import Histogram
internal import JSON
internal import Usage

extension Subcommand {
    /// `bench summary`: the figures of one run.
    public static let summary = Subcommand(summaryUsage) { arguments in
        let paths = arguments.all("PATH")
        let isWhole = arguments.value("from") == nil && arguments.value("to") == nil
        // A trial's own window is the one of the table that its script printed.
        let kept = isWhole && paths.count == 1 ? try Window.kept(in: paths[0]) : nil
        let summary = try await Summary(
            of: paths,
            in: try kept ?? Window(arguments, of: summaryUsage),
            invalidToo: arguments.flag("invalid-too")
        )
        let isJSON = arguments.flag("json")
        let verdict = TrialVerdict(of: paths)
        if isJSON, let verdict, verdict.word != .valid {
            for line in verdict.lines { complain("bench summary: \(line)") }
        }
        for note in summary.notes { complain("bench summary: note: \(printable(note))") }
        print(
            isJSON ? summary.json(under: verdict) : summary.description(under: verdict)
        )
        // what is whole is shown, but nobody takes it for all
        return summary.isDamaged ? 1 : 0
    }

    private static let summaryUsage = Usage(
        "bench summary",
        summary: "add up the HdrHistogram logs of one run and print each tag's figures",
        example: "bench summary --from 5 --to 65 trials/demo/2026-11-20T23-59-59Z-first",
        operands: [
            Usage.Operand(
                "PATH",
                "a .hdr log, or a directory with some (a trial)",
                occurs: 1...1000
            )
        ],
        options: windowOptions + [
            Usage.Option("json", "print JSON, latencies in ns"),
            Usage.Option("invalid-too", "sum an invalid trial, or a window that lacks requests"),
        ]
    )

    /// What trims warm-up and cool-down.
    private static let windowOptions = [
        Usage.Option(
            "from",
            value: "S",
            "leave out intervals whose middle is before this second (a trial has a window of its own)"
        ),
        Usage.Option("to", value: "S", "leave out intervals whose middle is after this second"),
    ]
}

extension Window {
    /// Reads `--from` and `--to`, in seconds.
    ///
    /// - Throws: ``UsageError`` if one is no number of seconds, or if nothing is between them.
    init(_ arguments: Arguments, of usage: Usage) throws(UsageError) {
        func seconds(_ option: String) throws(UsageError) -> Duration? {
            guard let text = arguments.value(option) else { return nil }
            guard let value = DecimalSeconds.parse(Array(text.utf8)), value >= .zero else {
                throw UsageError("--\(option) is no number of seconds: \"\(text)\"", usage: usage)
            }
            return value
        }
        let from = try seconds("from") ?? .zero
        let to = try seconds("to")
        if let to, to <= from {
            throw UsageError("nothing lies from \(from.inSeconds) to \(to.inSeconds)", usage: usage)
        }
        self.init(from: from, to: to)
    }
}
