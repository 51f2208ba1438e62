internal import Histogram
internal import JSON
internal import Usage

extension Subcommand {
    /// `bench timeline`: the figures of one run second by second.
    public static let timeline = Subcommand(timelineUsage) { arguments in
        var timeline = try Timeline(
            of: LogFiles.ofOneRun(
                at: arguments.all("PATH"),
                invalidToo: arguments.flag("invalid-too")
            )
        )
        let isJSON = arguments.flag("json")
        if !isJSON { print(Timeline.Row.titles.joined(separator: ",")) }
        while let rows = try timeline.next() {
            for row in rows {
                print(isJSON ? row.json.line : row.cells.joined(separator: ","))
            }
        }
        for note in timeline.notes { complain("bench timeline: note: \(printable(note))") }
        return timeline.notes.isEmpty ? 0 : 1
    }

    private static let timelineUsage = Usage(
        "bench timeline",
        summary: "print the figures of one run second by second, as CSV with latencies in ns",
        example: "bench timeline trials/demo/2026-11-20T23-59-59Z-first > seconds.csv",
        operands: [
            Usage.Operand(
                "PATH",
                "a .hdr log, or a directory with some (a trial)",
                occurs: 1...1000
            )
        ],
        options: [
            Usage.Option("json", "print an object for each row instead, one a line"),
            Usage.Option("invalid-too", "take a trial that says that it is invalid"),
        ]
    )
}
