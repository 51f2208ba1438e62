internal import Usage

extension Subcommand {
    /// `bench load`: a fixed-rate load on Redis or Redis Cluster.
    ///
    /// The exit status is 0 if every request was sent and dealt with, and 1 if no server could be
    /// reached, every request failed, or the load was stopped early.
    public static let load = Subcommand(LoadOptions.usage) { arguments in
        try LoadRun(LoadOptions(arguments)).run()
    }
}
