internal import Histogram
internal import JSON
internal import Usage

extension Subcommand {
    /// `bench compare`: the figures of two runs, or of two sets of runs, and a verdict on each.
    public static let compare = Subcommand(compareUsage) { arguments in
        let sides = try sides(of: arguments)
        let asked = try AskedWindow(arguments, of: compareUsage)
        let effect = try effect(of: arguments)
        let invalidToo = arguments.flag("invalid-too")
        var runs: [[Comparison.Run]] = []
        for paths in sides {
            var side: [Comparison.Run] = []
            for path in paths {
                let window = asked.isOpen ? nil : try asked.within(Window.kept(in: path))
                let run = try await Comparison.Run(path, in: window, invalidToo: invalidToo)
                for note in run.notes { complain("bench compare: note: \(printable(note))") }
                side.append(run)
            }
            runs.append(side)
        }
        // what is whole is compared, but nobody takes it for all
        let isDamaged = runs.joined().contains { $0.summary.isDamaged }
        let allowsDifferentLoads = arguments.flag("different-load")
        guard runs[0].count == 1, runs[1].count == 1 else {
            let sets = try SetComparison(
                runs[0],
                runs[1],
                effect: effect,
                allowsDifferentLoads: allowsDifferentLoads
            )
            print(
                arguments.flag("json")
                    ? sets.json : arguments.flag("markdown") ? sets.markdown : sets.description
            )
            return isDamaged ? 1 : 0
        }
        var comparison = try Comparison(
            runs[0][0],
            runs[1][0],
            allowsDifferentLoads: allowsDifferentLoads
        )
        try comparison.judge(effect: effect)
        print(
            arguments.flag("json")
                ? comparison.json
                : arguments.flag("markdown") ? comparison.markdown : comparison.description
        )
        return isDamaged ? 1 : 0
    }

    /// What stands between two sets.
    private static let separator = "vs"

    /// The runs of each side: two words, or several on both sides of `vs`.
    private static func sides(of arguments: Arguments) throws(UsageError) -> [[String]] {
        let words = arguments.all("RUN")
        guard let middle = words.firstIndex(of: separator) else {
            guard words.count == 2 else {
                throw arguments.error("for sets of trials put \"vs\" between A's and B's")
            }
            try refuseTwice(words, of: arguments)
            return [[words[0]], [words[1]]]
        }
        let sides = [Array(words[..<middle]), Array(words[(middle + 1)...])]
        let isOne = sides.allSatisfy { $0.count == 1 }
        guard isOne || sides.allSatisfy({ $0.count > 1 }), !sides[1].contains(separator) else {
            throw arguments.error(
                "a set needs at least two trials, from which its spread is known; found "
                    + "\(sides[0].count) \(separator) \(sides[1].count)"
            )
        }
        try refuseTwice(sides[0] + sides[1], of: arguments)
        return sides
    }

    /// A run beside itself shows nothing, and one that counts twice shows too little spread.
    private static func refuseTwice(
        _ words: [String],
        of arguments: Arguments
    ) throws(UsageError) {
        var seen: [String: String] = [:]
        for word in words {
            let place = LogFiles.realPath(word) ?? word
            if let other = seen[place] {
                let same = other == word ? "" : ", as \"\(other)\""
                throw arguments.error("\"\(word)\" is named twice\(same)")
            }
            seen[place] = word
        }
    }

    /// Reads `--effect 5%`.
    private static func effect(of arguments: Arguments) throws(UsageError) -> Double {
        guard let text = arguments.value("effect") else { return 0.05 }
        guard text.hasSuffix("%"), let percent = decimalNumber(text.dropLast()), percent > 0,
            percent <= 1_000
        else { throw arguments.error("--effect must be a percentage such as 5%, not \"\(text)\"") }
        return percent / 100
    }

    private static let compareUsage = Usage(
        "bench compare",
        summary:
            "compare two runs, or two sets of trials (A… vs B…), with a verdict on each figure",
        example: "bench compare trials/demo/*-old-* vs trials/demo/*-new-* --effect 5%",
        operands: [
            Usage.Operand(
                "RUN",
                "A and B, each a trial directory or a .hdr log; or trials of A, the word \"vs\", trials of B",
                occurs: 2...2_001
            )
        ],
        options: [
            Usage.Option(
                "effect",
                value: "PERCENT",
                "the smallest difference worth knowing (5%); within it, two are the same"
            ),
            Usage.Option("from", value: "S", "where to begin (where each trial's own window does)"),
            Usage.Option("to", value: "S", "where to end (where each trial's own window does)"),
            Usage.Option("different-load", "compare runs whose loads differ"),
            Usage.Option("json", "print JSON, latencies in ns"),
            Usage.Option("markdown", "print a table for a pull request"),
            Usage.Option("invalid-too", "take trials that say that they are invalid"),
        ]
    )
}
