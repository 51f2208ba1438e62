private import Glibc
public import Usage

/// One of the things that `bench` does.
public struct Subcommand: Sendable {
    /// What it takes; the last word of its command is the subcommand's name.
    let usage: Usage
    /// Does it and returns the exit status.
    let run: @Sendable (Arguments) async throws -> Int32

    /// Makes a subcommand of its usage and what it does with arguments that fit.
    public init(_ usage: Usage, run: @escaping @Sendable (Arguments) async throws -> Int32) {
        self.usage = usage
        self.run = run
    }

    /// The word that calls it.
    var name: String { usage.command.split(separator: " ").last.map(String.init) ?? "" }

    /// Runs the subcommand that the first of `words` names, with the others as its arguments.
    ///
    /// Faults go to standard error. Returns the exit status: 0 done, 1 failed, 2 usage.
    public static func run(_ words: [String], among subcommands: [Subcommand]) async -> Int32 {
        guard let name = words.first else {
            complain(help(of: subcommands))
            return 2
        }
        if name == "complete" {
            // Only the shells' scripts call it; see CompletionScript.
            let rest = Array(words.dropFirst().drop { $0 == "--" })
            for line in candidates(for: rest, among: subcommands) { print(line) }
            return 0
        }
        if ["--help", "-h", "help"].contains(name) {
            // "bench help COMMAND" is "bench COMMAND --help".
            if name == "help", words.count > 1 {
                return await run([words[1], "--help"], among: subcommands)
            }
            print(help(of: subcommands))
            return 0
        }
        guard let subcommand = subcommands.first(where: { $0.name == name }) else {
            let hint = Suggestion.hint(for: name, among: subcommands.map(\.name))
            complain("bench: unknown command \"\(name)\"\(hint)\n\(help(of: subcommands))")
            return 2
        }
        do {
            return try await subcommand.run(subcommand.usage.parse(Array(words.dropFirst())))
        } catch let error as UsageError {
            guard error.isHelp else {
                complain("\(error)")
                return 2
            }
            print(error)
            return 0
        } catch {
            complain("\(subcommand.usage.command): \(error)")
            return 1
        }
    }

    /// Writes a line to standard error, without what a terminal would obey.
    package static func complain(_ text: String) {
        let bytes = Array("\(text.printable)\n".utf8)
        // nothing is left to be done if even this fails
        _ = write(STDERR_FILENO, bytes, bytes.count)
    }

    private static func help(of subcommands: [Subcommand]) -> String {
        let width = subcommands.map(\.name.count).max() ?? 0
        let rows = subcommands.map { subcommand in
            let space = String(repeating: " ", count: width - subcommand.name.count + 2)
            return "  \(subcommand.name)\(space)\(subcommand.usage.summary)"
        }
        return """
            usage: bench COMMAND …; bench COMMAND --help says what it takes

            \(rows.joined(separator: "\n"))
            """
    }
}
