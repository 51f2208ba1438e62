public import DeploymentState
import Shell

extension RedisCluster {
    /// The settings that hold passwords; `user` is one line for each user of the access list.
    public var secretSettings: Set<String> {
        ["masterauth", "requirepass", "user", "tls-key-file-pass", "tls-client-key-file-pass"]
    }

    /// Prints `INFO`, then a line `--`, then names and values of all settings, a line each.
    ///
    /// 8 s are long for a server that answers at all; one that hangs must not hold up the trial.
    public func inForce(_ node: Node) -> RemoteCall {
        .script(
            """
            # ask redis what is in force
            timeout 8 redis-cli -e -p "$1" info everything | tr -d '\\r' | grep -E '^(redis_|role|rdb_last_bgsave_status|aof_last_|cmdstat_)'
            echo --
            timeout 8 redis-cli -e -p "$1" config get '*'
            """,
            arguments: [.plain("\(clientPort)")],
            timeLimit: .seconds(20)
        )
        .repeatable
    }

    /// Reads the answer of ``inForce(_:)``.
    public func inForce(from answer: String) throws -> InForce {
        let parts = answer.split(
            separator: "\n--\n",
            maxSplits: 1,
            omittingEmptySubsequences: false
        )
        var info: [Substring: Substring] = [:]
        for line in parts[0].split(separator: "\n") {
            let words = line.split(separator: ":", maxSplits: 1)
            if words.count == 2 { info[words[0]] = words[1] }
        }
        guard parts.count == 2, let version = info["redis_version"] else {
            throw DatabaseError.unreadable("redis", String(answer.prefix(200)))
        }
        var lines = parts[1].split(separator: "\n", omittingEmptySubsequences: false)
        if lines.last == "" { lines.removeLast() }
        guard lines.count.isMultiple(of: 2) else {
            throw DatabaseError.unreadable("redis", "\(lines.count) lines of names and values")
        }
        var settings: [String: String] = [:]
        for index in stride(from: 0, to: lines.count, by: 2) {
            settings[String(lines[index])] = String(lines[index + 1])
        }
        let checks = [
            "rdb_last_bgsave_status", "aof_last_write_status", "aof_last_bgrewrite_status",
        ]
        return InForce(
            version: "\(version) build \(info["redis_build_id"] ?? "unknown")",
            settings: settings,
            faults: checks.compactMap { name in
                info[Substring(name)].flatMap { $0 == "ok" ? nil : "\(name) is \"\($0)\"" }
            },
            requests: RedisRequests.count(in: info)
        )
    }
}
