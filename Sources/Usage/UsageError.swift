/// A call that does not fit its command's usage, or asks for its help.
public struct UsageError: Error, Hashable, CustomStringConvertible {
    /// What does not fit; empty for `--help`.
    public let problem: String
    /// The command that was called.
    public let usage: Usage

    /// Makes the error of a wrong call.
    public init(_ problem: String, usage: Usage) {
        self.problem = problem
        self.usage = usage
    }

    init(usage: Usage) {
        self.init("", usage: usage)
    }

    /// Whether the call asked for help: print `description` to standard output and exit 0, not 2.
    public var isHelp: Bool { problem.isEmpty }

    /// The problem and the synopsis on two lines, or the full help.
    public var description: String {
        isHelp ? usage.help : "\(usage.command): \(problem)\nusage: \(usage.synopsis)"
    }
}
