internal import Usage

extension Subcommand {
    /// `bench compare`: the figures of two runs side by side.
    public static let compare = Subcommand(compareUsage) { arguments in
        let window = try Window(arguments, of: compareUsage)
        let (a, b) = (arguments.operand("A"), arguments.operand("B"))
        let invalidToo = arguments.flag("invalid-too")
        let summaries = [
            try await Summary(of: [a], in: window, invalidToo: invalidToo),
            try await Summary(of: [b], in: window, invalidToo: invalidToo),
        ]
        for note in summaries.flatMap(\.notes) { complain("bench compare: note: \(note)") }
        let comparison = try Comparison(summaries[0], named: a, summaries[1], named: b)
        print(arguments.flag("json") ? comparison.json : comparison.description)
        return 0
    }

    private static let compareUsage = Usage(
        "bench compare",
        summary: "print the figures of two runs side by side, with the change in percent",
        example: "bench compare --from 5 trials/demo/2026-11-20T23-59-59Z-a trials/demo/…-b",
        operands: [
            Usage.Operand("A", "the base: a trial directory or a .hdr log"),
            Usage.Operand("B", "what is compared with it"),
        ],
        options: windowOptions + [
            Usage.Option("json", "print JSON, latencies in ns"),
            Usage.Option("invalid-too", "take trials that say that they are invalid"),
        ]
    )
}
