import Usage

/// One command of `prov`, such as `provision`.
protocol Subcommand: SendableMetatype {
    /// What it takes.
    static var usage: Usage { get }

    /// Does it; whatever it throws is printed, and the exit status is 1, or 2 for a wrong call.
    static func run(_ arguments: Arguments, console: Console) async throws
}
