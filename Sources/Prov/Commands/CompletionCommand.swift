import Usage

/// `prov completion`: the script by which a shell completes the words of `prov`.
enum CompletionCommand: Subcommand {
    static let usage = Usage(
        "prov completion",
        summary: "Prints a script by which a shell completes commands, deployments and nodes.",
        example: "prov completion bash",
        operands: [.init("SHELL", "bash, zsh or fish")]
    )

    static func run(_ arguments: Arguments, console: Console) async throws {
        let shell = arguments.operand("SHELL")
        guard let script = Shells.script(for: shell) else {
            let hint = Suggestion.hint(for: shell, among: Shells.names)
            let names = Shells.names.joined(separator: ", ")
            throw UsageError("no script for \"\(shell)\"\(hint); there are \(names)", usage: usage)
        }
        console.write(script)
    }
}
