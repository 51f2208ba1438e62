internal import Usage

/// `bench load`: a fixed-rate load on Redis or Redis Cluster.
package enum LoadCommand {
    /// Runs the command.
    ///
    /// - Parameter words: The words behind `bench load`.
    /// - Returns: The exit status: 0 if every request was sent and dealt with, 1 if the load failed
    ///   or was stopped early, 2 for a wrong call.
    package static func run(_ words: [String]) -> Int32 {
        do {
            return try LoadRun(LoadOptions(words)).run()
        } catch let error as UsageError {
            guard !error.isHelp else {
                Terminal.say("\(error)")
                return 0
            }
            Terminal.complain("\(error)")
            return 2
        } catch {
            Terminal.complain("bench load: \(error)")
            return 1
        }
    }
}
