internal import Histogram
internal import JSON
internal import Usage

extension Subcommand {
    /// `bench summary`: the figures of one run.
    public static let summary = Subcommand(summaryUsage) { arguments in
        let paths = arguments.all("PATH")
        let asked = try AskedWindow(arguments, of: summaryUsage)
        // A trial's own window is the one of the table that its script printed.
        let own = paths.count == 1 ? try Window.kept(in: paths[0]) : nil
        let summary = try await Summary(
            of: paths,
            in: try asked.within(own),
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
            "leave out intervals whose middle is before this second (where the trial's own window begins)"
        ),
        Usage.Option(
            "to",
            value: "S",
            "leave out intervals whose middle is after this second (where the trial's own window ends)"
        ),
    ]
}
