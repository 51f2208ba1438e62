public import DeploymentState
import Shell
import Usage

extension Deployment {
    /// Installs the database, its exporter and its configuration on all servers; starts nothing.
    ///
    /// All servers and clients share a password, which is made the first time. A server that runs
    /// goes on, and asks for it from then on.
    ///
    /// - Parameter publicAddresses: Whether servers may listen on addresses that all the world can
    ///   reach.
    /// - Throws: ``PublicAddressError`` before anything is changed, if they may not and would.
    public func installDatabase(onPublicAddresses publicAddresses: Bool = false) async throws {
        if !publicAddresses { try PublicAddressError.check(nodes) }
        try await progress.step("install \(database.name) on \(servers.count.of("server"))") { _ in
            try await onEach(servers) { remote in
                try await remote.execute(database.install())
                try await remote.execute(PackagedFile(of: database).keep)
                for file in database.files(for: remote.node) {
                    try await remote.execute(file.install)
                }
            }
            try await sharePassword()
            try await configureDatabase(settings: [:])
        }
    }

    /// Sets the database's configuration with these settings on all servers.
    ///
    /// What earlier calls set stays; an empty value removes a setting. Takes effect at the next
    /// start. Nothing is written before every server has shown that it would take it.
    ///
    /// - Throws: ``FanOutError`` with the database's own words about a setting that it does not know.
    public func configureDatabase(settings: [String: String]) async throws {
        let path = database.configurationFile
        let texts = try await onEach(servers) { remote -> String? in
            let current = try await remote.execute(.root(["cat", .plain(path)]))
            let text = try database.configuration(
                from: current,
                for: remote.node,
                in: servers,
                settings: settings
            )
            guard text != current else { return nil }
            if let check = database.check(text) { try await remote.execute(check) }
            return text
        }
        try await onEach(servers) { remote in
            guard let text = texts[remote.node] ?? nil else { return }
            let answer = try await remote.execute(
                .root(["stat", "--format", "%U:%G 0%a", .plain(path)])
            )
            let owner = answer.split(whereSeparator: \.isWhitespace)
            guard owner.count == 2 else {
                throw DatabaseError.unreadable("stat \(path)", String(answer.prefix(200)))
            }
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
    /// runs already keeps running, unless its configuration file was changed since it started: then
    /// it writes its data to disk and starts anew. Can be called again wherever it was cut short.
    ///
    /// - Parameter discardingKeys: Whether servers that hold keys of another cluster, of more or
    ///   fewer servers, may lose them; a line says so before. Datasets stay.
    /// - Throws: ``DatabaseError/keysInTheWay(_:)`` if they may not.
    public func startCluster(discardingKeys: Bool = false) async throws {
        try await progress.step("start \(database.name) on \(servers.count.of("server"))") { _ in
            try await start(Array(servers.prefix(1)), in: .parallel)
            try await start(Array(servers.dropFirst()), in: database.joining)
            if let exporter = database.exporterUnit {
                try await onEach(servers) { try await $0.execute(Systemd.start(exporter)) }
            }
            // A meeting can be lost while many start at once: those who miss each other meet again.
            let attempts = 6
            for attempt in 1...attempts {
                try await joinServers(discardingKeys: discardingKeys)
                do { return try await waitUntilServing() } catch let error as FanOutError {
                    if attempt == attempts { throw error }
                }
            }
        }
    }

    private func waitUntilServing() async throws {
        // Each question is several processes: all servers are asked when the seed sees the cluster, and
        // 40 on one machine then once a second.
        for group in [servers.prefix(1), servers.dropFirst()] where !group.isEmpty {
            try await waitFor(
                Array(group),
                "serving cluster",
                timeout: .seconds(20) + .milliseconds(500) * servers.count,
                pollingEvery: max(.milliseconds(100), .milliseconds(25) * group.count)
            ) { node in
                database.isServing(node, in: servers)
            }
        }
    }

    /// Takes the steps that are missing to one cluster, until none is.
    private func joinServers(discardingKeys: Bool) async throws {
        // Leaving, slots, meeting, and each once more for what an earlier call had begun.
        let limit = 8
        for _ in 0..<limit {
            let answers = try await onEach(servers) { remote in
                guard let standing = database.standing(remote.node) else { return "" }
                return try await remote.execute(standing)
            }
            guard let step = try database.join(servers, standing: answers) else { return }
            let lost = Dictionary(
                uniqueKeysWithValues: step.lostKeys.map { ($0.key.name, $0.value) }
            )
            guard lost.isEmpty || discardingKeys else { throw DatabaseError.keysInTheWay(lost) }
            for (name, keys) in lost.sorted(by: { $0.key < $1.key }) {
                progress.say("\(name): deletes \(keys) keys of another cluster; datasets stay")
            }
            try await onEach(servers) { remote in
                for call in step.calls[remote.node] ?? [] { try await remote.execute(call) }
            }
            if step.isLast { return }
        }
        throw DatabaseError.noEnd(steps: limit)
    }

    /// Starts the database on some servers and returns when each of them answers.
    ///
    /// One that runs with an older configuration file than there is now is started anew.
    public func start(_ servers: [Node], in order: FanOutOrder) async throws {
        let call = Systemd.start(
            database.unit,
            port: database.clientPort,
            directory: database.dataDirectories.first ?? "/",
            timeLimit: .seconds(600)
        )
        try await onEach(servers, in: order) { remote in
            try await stopOutdated(remote)
            try await remote.execute(call)
            try await waitFor(
                [remote.node],
                "answer",
                timeout: .seconds(300),
                pollingEvery: max(.milliseconds(100), .milliseconds(25) * servers.count),
                database.isUp
            )
        }
    }

    /// Stops a server that runs with another configuration than its file's; its data stays.
    private func stopOutdated(_ remote: any Remote) async throws {
        let check = Systemd.isUpToDate(database.unit, file: database.configurationFile)
        let result = try await remote.capture(check)
        guard result.status == .exited(Systemd.outdated) else {
            guard result.status.isSuccess else {
                throw RemoteError(node: remote.node.name, call: check, result: result)
            }
            return
        }
        let isUp = try await remote.capture(database.isUp(remote.node)).status.isSuccess
        if isUp { try await remote.execute(database.flush(remote.node)) }
        try await remote.execute(Systemd.stop(database.unit))
        // What was written under the old configuration may be read in another way under the new one.
        if isUp, let finish = database.afterRestore(remote.node) {
            try await remote.execute(finish)
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
