public import Usage

/// `bench load`: a fixed-rate load on Redis or Redis Cluster.
public enum LoadCommand {
    /// What it takes.
    public static var usage: Usage { LoadOptions.usage }

    /// Runs it.
    ///
    /// - Returns: The exit status: 0 if every request was sent and dealt with, and 1 if no server
    ///   could be reached, every request failed, or the load was stopped early.
    /// - Throws: ``UsageError`` for arguments that make no sense, or why the load could not go on.
    public static func run(_ arguments: Arguments) throws -> Int32 {
        try LoadRun(LoadOptions(arguments)).run()
    }
}
