internal import Histogram
internal import JSON
internal import Usage

extension Subcommand {
    /// `bench timeline`: the figures of one run second by second.
    public static let timeline = Subcommand(timelineUsage) { arguments in
        let invalidToo = arguments.flag("invalid-too")
        let files = try LogFiles.ofOneRun(at: arguments.all("PATH"), invalidToo: invalidToo)
        var timeline = try Timeline(of: files)
        // before the first row: half a load looks like a whole one
        let faults = try await Summary.faults(inAllOf: files)
        if let fault = faults.first, !invalidToo { throw fault }
        for fault in faults { complain("bench timeline: note: \(printable("\(fault)"))") }
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
            Usage.Option("invalid-too", "take an invalid trial, or logs that lack requests"),
        ]
    )
}
