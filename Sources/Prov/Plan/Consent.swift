import Glibc

/// A person's consent to a plan.
struct Consent: Sendable {
    let console: Console
    /// Whether it was given beforehand, by `--yes`.
    let isGiven: Bool
    /// Whether a change that ends no server needs none and is not shown.
    var asksForLossOnly = false

    /// Whether there is somebody to ask.
    private var canAsk: Bool { isatty(0) == 1 && isatty(2) == 1 }

    /// Shows the plan and asks, where there is somebody to ask.
    ///
    /// - Parameters:
    ///   - report: What is shown.
    ///   - lost: The servers that would go with what is on them: their names are asked for again.
    /// - Throws: ``ProvError/declined(name:)``, or ``ProvError/wouldDestroy(name:servers:)`` where
    ///   servers would be lost and nobody can be asked.
    func obtain(for report: PlanReport, lost: [String]) async throws {
        if asksForLossOnly, lost.isEmpty { return }
        console.end()
        for line in report.lines { console.say(line) }
        guard !isGiven else { return }
        guard canAsk else {
            guard lost.isEmpty else {
                throw ProvError.wouldDestroy(name: report.name, servers: lost)
            }
            return
        }
        let answer = try await ask("go on? [y/N] ")
        guard ["y", "yes"].contains(answer.lowercased()) else {
            throw ProvError.declined(name: report.name)
        }
        guard !lost.isEmpty else { return }
        let names = lost.joined(separator: " ")
        let these =
            lost.count == 1 ? "a server with all that is on it" : "servers with all that is on them"
        let typed = try await ask("this ends \(these); type \(names) to go on: ")
        guard Set(typed.split(separator: " ").map(String.init)) == Set(lost) else {
            throw ProvError.declined(name: report.name)
        }
    }

    /// Returns what the person types; empty at the end of input.
    private func ask(_ question: String) async throws -> String {
        console.prompt(question)
        var bytes: [UInt8] = []
        while true {
            // A Ctrl-C cancels the task, and must be seen while nobody types.
            try Task.checkCancellation()
            var descriptor = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
            guard poll(&descriptor, 1, 100) > 0 else {
                await Task.yield()
                continue
            }
            var byte: UInt8 = 0
            guard read(0, &byte, 1) == 1, byte != UInt8(ascii: "\n") else { break }
            bytes.append(byte)
        }
        let text = String(decoding: bytes, as: UTF8.self)
        return text.split { " \t\r".contains($0) }.joined(separator: " ")
    }
}
