internal import Posix
internal import Usage

extension Subcommand {
    /// `bench merge`: one log of several loaders'.
    public static let merge = Subcommand(mergeUsage) { arguments in
        guard let output = arguments.value("output") else {
            throw arguments.error("say with -o FILE where the merged log is to go")
        }
        let files = arguments.all("LOG")
        guard !files.contains(output) else { throw MergeError.ontoItself(path: output) }
        let merge = try Merge(files)
        do {
            try WholeFile.write(Array(merge.text.utf8), to: output)
        } catch {
            throw MergeError.unwritable(path: output, problem: "\(error)")
        }
        print("\(output): \(files.count) logs, \(merge.intervals) intervals")
        return 0
    }

    private static let mergeUsage = Usage(
        "bench merge",
        summary: "make one HdrHistogram log of those of all loaders of one load",
        example: "bench merge trials/demo/2026-11-20T23-59-59Z-first/stress/*/*/log.hdr -o all.hdr",
        operands: [Usage.Operand("LOG", "the log of a loader", occurs: 1...1000)],
        options: [
            Usage.Option(
                "output",
                letter: "o",
                value: "FILE",
                isRequired: true,
                "the merged log"
            )
        ]
    )
}
