internal import Usage

extension Subcommand {
    /// `bench compare`: the figures of two runs side by side.
    public static let compare = Subcommand(compareUsage) { arguments in
        let given =
            arguments.value("from") ?? arguments.value("to") == nil
            ? nil : try Window(arguments, of: compareUsage)
        let invalidToo = arguments.flag("invalid-too")
        var runs: [Comparison.Run] = []
        for path in [arguments.operand("A"), arguments.operand("B")] {
            let run = try await Comparison.Run(path, in: given, invalidToo: invalidToo)
            for note in run.notes { complain("bench compare: note: \(printable(note))") }
            runs.append(run)
        }
        let comparison = try Comparison(
            runs[0],
            runs[1],
            allowsDifferentLoads: arguments.flag("different-load")
        )
        print(arguments.flag("json") ? comparison.json : comparison.description)
        return 0
    }

    private static let compareUsage = Usage(
        "bench compare",
        summary: "print the figures of two runs side by side, with the change in percent",
        example: "bench compare trials/demo/2026-11-20T23-59-59Z-a trials/demo/…-b",
        operands: [
            Usage.Operand("A", "the base: a trial directory or a .hdr log"),
            Usage.Operand("B", "what is compared with it"),
        ],
        options: [
            Usage.Option("from", value: "S", "where to begin, instead of each trial's own window"),
            Usage.Option("to", value: "S", "where to end, instead of each trial's own window"),
            Usage.Option("different-load", "compare runs whose loads differ"),
            Usage.Option("json", "print JSON, latencies in ns"),
            Usage.Option("invalid-too", "take trials that say that they are invalid"),
        ]
    )
}
