internal import Usage

extension Subcommand {
    /// `bench completion`: the script by which a shell completes the words of `bench`.
    public static let completion = Subcommand(
        Usage(
            "bench completion",
            summary: "Prints a script by which a shell completes commands and options.",
            example: "bench completion bash",
            operands: [.init("SHELL", "bash, zsh or fish")]
        )
    ) { arguments in
        let shell = arguments.operand("SHELL")
        guard let text = CompletionScript("bench", fallsToFiles: true).text(for: shell) else {
            let names = CompletionScript.shells
            let hint = Suggestion.hint(for: shell, among: names)
            let all = names.joined(separator: ", ")
            throw arguments.error("no script for \"\(shell)\"\(hint); there are \(all)")
        }
        print(text, terminator: "")
        return 0
    }

    /// Returns what the last of `words` may become, each with a tab and what it is; nothing where only
    /// files fit.
    static func candidates(for words: [String], among subcommands: [Subcommand]) -> [String] {
        let current = words.last ?? ""
        let names =
            subcommands.map { ($0.name, $0.usage.summary) } + [("help", "Explains a command.")]
        let usage = subcommands.first { $0.name == words.first }?.usage
        let found: [(String, String)]
        if words.count < 2 || (words.count == 2 && words[0] == "help") {
            found = names
        } else if current.hasPrefix("-"), !words.dropLast().contains("--") {
            let options = usage?.options.map { ("--\($0.name)", $0.help) } ?? []
            found = options.isEmpty ? [] : options + [("--help", "print this and exit")]
        } else if let usage, words.count == 2 + usage.operands.count(where: { $0.occurs == 1...1 })
        {
            // Words that the help lists by themselves, such as the commands of "bench control".
            found = usage.restWords.compactMap { word in
                word.name.split(separator: " ").first.map { (String($0), word.help) }
            }
        } else {
            found = []
        }
        return found.filter { $0.0.hasPrefix(current) }.map { "\($0.0)\t\($0.1)" }
    }
}
