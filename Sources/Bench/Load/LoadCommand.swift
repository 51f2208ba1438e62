extension Subcommand {
    /// `bench load`: a fixed-rate load on Redis or Redis Cluster.
    ///
    /// Exits with 0 if every request was sent and dealt with, with 1 if it was stopped early.
    public static let load = Subcommand(LoadOptions.usage) { arguments in
        try LoadRun(LoadOptions(arguments)).run()
    }
}
