public import Inventory
import Shell

extension Deployment {
    /// Installs the database, its exporter and its configuration on all servers; starts nothing.
    public func installDatabase() async throws {
        try await progress.step("install \(database.name) on \(servers.count) servers") { _ in
            try await onEach(servers) { remote in
                try await remote.execute(database.install())
                for file in database.files(for: remote.node) {
                    try await remote.execute(file.install)
                }
            }
            try await configureDatabase(settings: [:])
        }
    }

    /// Writes the database's configuration with these settings on all servers.
    ///
    /// What earlier calls set stays; an empty value removes a setting. Takes effect at the next
    /// start.
    public func configureDatabase(settings: [String: String]) async throws {
        let path = database.configurationFile
        try await onEach(servers) { remote in
            let current = try await remote.execute(.root(["cat", .plain(path)]))
            let text = try database.configuration(
                from: current,
                for: remote.node,
                in: servers,
                settings: settings
            )
            guard text != current else { return }
            let owner = try await remote.execute(
                .root(["stat", "--format", "%U:%G 0%a", .plain(path)])
            )
            .split(whereSeparator: \.isWhitespace)
            let file = RemoteFile(
                path: path,
                text: text,
                owner: String(owner[0]),
                mode: String(owner[1])
            )
            try await remote.execute(file.install)
        }
    }

    /// Starts the cluster and returns when every server sees all of it serving.
    ///
    /// The seed comes first, then the others in the order that the database allows. A server that
    /// runs already keeps running.
    public func startCluster() async throws {
        try await progress.step("start \(database.name) on \(servers.count) servers") { _ in
            try await start(Array(servers.prefix(1)), in: .parallel)
            try await start(Array(servers.dropFirst()), in: database.joining)
            let steps = servers.first.map { database.join($0, in: servers).count } ?? 0
            for step in 0..<steps {
                try await onEach(servers) { remote in
                    try await remote.execute(database.join(remote.node, in: servers)[step])
                }
            }
            try await onEach(servers) { remote in
                if let exporter = database.exporterUnit {
                    try await remote.execute(Systemd.start(exporter))
                }
            }
            try await waitFor(servers, "serving cluster", timeout: .seconds(120)) { node in
                database.isServing(node, in: servers)
            }
        }
    }

    /// Starts the database on some servers and returns when each of them answers.
    public func start(_ servers: [Node], in order: FanOutOrder) async throws {
        try await onEach(servers, in: order) { remote in
            try await remote.execute(Systemd.start(database.unit, timeLimit: .seconds(600)))
            try await waitFor([remote.node], "answer", timeout: .seconds(300), database.isUp)
        }
    }

    /// Stops the database on all servers; what was not flushed is lost.
    public func stopCluster() async throws {
        try await progress.step("stop \(database.name)") { _ in
            try await onEach(servers) { remote in
                try await remote.execute(Systemd.stop(database.unit))
            }
        }
    }

    /// Returns when no server does background work that would disturb a measurement.
    public func quiesce(timeout: Duration = .seconds(3_600)) async throws {
        try await progress.step("wait until \(database.name) is quiet") { _ in
            try await waitFor(
                servers,
                "quiet \(database.name)",
                timeout: timeout,
                pollingEvery: .milliseconds(500),
                database.isQuiet
            )
        }
    }

    /// The database's settings in force, by server.
    public func settings() async throws -> [Node: [String: String]] {
        try await onEach(servers) { remote in
            let text = try await remote.execute(.root(["cat", .plain(database.configurationFile)]))
            return try database.settings(in: text)
        }
    }
}
