/// How many requests for data a Redis has taken, by the section `commandstats` of its `INFO`.
enum RedisRequests {
    /// What health checks, exporters, replication, backups, the cluster's own making and people who
    /// look around send; a load sends other commands.
    private static let housekeeping: Set<Substring> = [
        "acl", "asking", "auth", "bgrewriteaof", "bgsave", "client", "cluster", "command", "config",
        "dbsize", "echo", "failover", "hello", "info", "lastsave", "latency", "memory", "module",
        "monitor", "object", "ping", "psync", "quit", "readonly", "readwrite", "replconf",
        "replicaof", "reset", "role", "save", "select", "shutdown", "slaveof", "slowlog", "sync",
        "time", "wait",
    ]

    /// Adds up requests, also those that were refused, such as with `MOVED` or `OOM`.
    ///
    /// - Parameter info: The fields of `INFO`, such as `cmdstat_get` with
    ///   `calls=3,usec=9,usec_per_call=3.00,rejected_calls=1,failed_calls=0`.
    /// - Returns: The sum since the server's start or `CONFIG RESETSTAT`; `nil` for a replica, whose
    ///   counts hold what its master sends.
    static func count(in info: [Substring: Substring]) -> Int? {
        guard info["role"] != "slave" else { return nil }
        let prefix = "cmdstat_"
        return info.reduce(0) { sum, field in
            guard field.key.hasPrefix(prefix) else { return sum }
            // Of `config|get` the first word counts.
            let name = field.key.dropFirst(prefix.count).prefix { $0 != "|" }
            guard !housekeeping.contains(name) else { return sum }
            return sum + number("calls", in: field.value)
                + number("rejected_calls", in: field.value)
        }
    }

    private static func number(_ name: String, in text: Substring) -> Int {
        for part in text.split(separator: ",") {
            let words = part.split(separator: "=", maxSplits: 1)
            if words.count == 2, words[0] == name { return Int(words[1]) ?? 0 }
        }
        return 0
    }
}
