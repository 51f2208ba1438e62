public import DeploymentState
import Shell
import Usage

extension Deployment {
    /// Installs the system, its exporter and its configuration on all servers; starts nothing.
    ///
    /// All servers and clients share a password, which is made the first time. A server that runs
    /// goes on, and asks for it from then on.
    ///
    /// - Parameter publicAddresses: Whether servers may listen on addresses that all the world can
    ///   reach.
    /// - Throws: ``PublicAddressError`` before anything is changed, if they may not and would.
    public func installSystem(onPublicAddresses publicAddresses: Bool = false) async throws {
        if !publicAddresses { try PublicAddressError.check(nodes) }
        try await progress.step("install \(system.name) on \(servers.count.of("server"))") { _ in
            try await onEach(servers) { remote in
                try await remote.execute(system.install())
                for file in system.configurationFiles {
                    try await remote.execute(PackagedFile(file).keep)
                }
                for file in system.files(for: remote.node, in: servers) {
                    try await remote.execute(file.install)
                }
            }
            try await sharePassword()
            try await configureSystem(settings: [:])
            try await onEach(servers) { try await $0.execute(SetUp.mark(system)) }
        }
    }

    /// Sets the system's configuration with these settings on all servers.
    ///
    /// What earlier calls set stays; an empty value removes a setting. Takes effect at the next
    /// start. Nothing is written before every server has shown that it would take it.
    ///
    /// - Throws: ``FanOutError`` with the system's own words about a setting that it does not know.
    public func configureSystem(settings: [String: String]) async throws {
        try await change(settings: settings, build: nil)
    }

    /// Changes settings and, if one is given, the build; nothing of that before every server has shown
    /// that this build would start with all its settings.
    func change(settings: [String: String], build: Build?) async throws {
        let changes = try await tried(settings: settings, build: build)
        try await onEach(servers) { remote in
            if let build { try await put(build, on: remote) }
            for path in system.configurationFiles {
                guard let text = changes[remote.node]?[path] else { continue }
                try await replace(path, by: text, on: remote)
            }
        }
    }

    /// Returns the configuration files that would change, by server and path, once every server has shown
    /// that this build would start with them; nothing in use is changed.
    func tried(
        settings: [String: String],
        build: Build?
    ) async throws -> [Node: [String: String]] {
        if case .own(let own) = build { try await keep(own) }
        return try await onEach(servers) { remote in
            var (all, changed): ([String: String], [String: String]) = ([:], [:])
            for path in system.configurationFiles {
                let current = try await remote.execute(.root(["cat", .plain(path)]))
                let text = try system.configuration(
                    path,
                    from: current,
                    for: remote.node,
                    in: servers,
                    settings: settings
                )
                all[path] = text
                if text != current { changed[path] = text }
            }
            if !changed.isEmpty || build != nil {
                var executable = system.executable ?? ""
                if let build { executable = try await place(of: build, on: remote) }
                if let check = system.check(all, with: executable) {
                    try await remote.execute(check)
                }
            }
            return changed
        }
    }

    /// Gives a file another text, and leaves it to whom it belongs.
    private func replace(_ path: String, by text: String, on remote: any Remote) async throws {
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

    /// Starts the cluster and returns when every server sees all of it serving.
    ///
    /// Those that were members before come first, or the first server if none was; then the others in
    /// the order that the system allows, each through those that are up. A server that runs already
    /// keeps running, unless its configuration files were changed since it started or another build was
    /// installed: then it writes its data to disk and starts anew. Can be called again wherever it was
    /// cut short.
    ///
    /// - Parameter discardingKeys: Whether servers that hold keys of another cluster, of more or
    ///   fewer servers, may lose them; a line says so before. Datasets stay.
    /// - Throws: ``FanOutError`` before anything is changed if a server has not been set up;
    ///   ``DatabaseError/keysInTheWay(_:)`` if keys are in the way.
    public func startCluster(discardingKeys: Bool = false) async throws {
        try await requireSetUp()
        try await progress.step("start \(system.name) on \(servers.count.of("server"))") { _ in
            try await startMembers()
            if let exporter = system.exporterUnit {
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

    /// Starts the members at once, and has the others join through them.
    private func startMembers() async throws {
        let members = try await onEach(servers) { remote in
            guard let call = system.isMember(remote.node) else { return false }
            return try await remote.capture(call.repeatable).status.isSuccess
        }
        var up = servers.filter { members[$0] ?? false }
        try await start(up, in: .parallel)
        let others = servers.filter { !up.contains($0) }
        let first = up.isEmpty ? Array(others.prefix(1)) : []
        for group in [first] + system.joining.groups(of: Array(others.dropFirst(first.count))) {
            try await start(group, through: up)
            up += group
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
                system.isServing(node, in: servers)
            }
        }
    }

    /// Takes the steps that are missing to one cluster, until none is.
    private func joinServers(discardingKeys: Bool) async throws {
        // Leaving, slots, meeting, and each once more for what an earlier call had begun.
        let limit = 8
        for _ in 0..<limit {
            let answers = try await onEach(servers) { remote in
                guard let standing = system.standing(remote.node) else { return "" }
                return try await remote.execute(standing)
            }
            // What is missing to a cluster only its servers can tell.
            if DryRun.current != nil { return }
            guard let step = try system.join(servers, standing: answers) else { return }
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

    /// Starts the system on some servers and returns when each of them answers.
    ///
    /// One that runs with an older configuration file, or another build, than there is now is started
    /// anew.
    public func start(_ servers: [Node], in order: FanOutOrder) async throws {
        try await start(servers, in: order, through: nil)
    }

    /// Starts servers; those that are no members yet join through those that are up.
    private func start(
        _ servers: [Node],
        in order: FanOutOrder = .parallel,
        through up: [Node]?
    ) async throws {
        let call = Systemd.start(
            system.unit,
            port: system.clientPort,
            directory: system.dataDirectories.first ?? "/",
            logs: system.logFiles,
            timeLimit: max(.seconds(600), system.startLimit)
        )
        let alive = Systemd.isAlive(
            system.unit,
            port: system.clientPort,
            directory: system.dataDirectories.first ?? "/",
            logs: system.logFiles
        )
        try await onEach(servers, in: order) { remote in
            try await stopOutdated(remote)
            if let up, let prepare = system.beforeStart(remote.node, through: up) {
                try await remote.execute(prepare)
            }
            try await remote.execute(call)
            try await waitFor(
                [remote.node],
                "answer",
                timeout: system.startLimit,
                pollingEvery: max(.milliseconds(100), .milliseconds(25) * servers.count),
                asLongAs: alive,
                system.isUp
            )
        }
    }

    /// Stops a server that runs with another configuration than its file's, or another build than the
    /// installed one; its data stays.
    private func stopOutdated(_ remote: any Remote) async throws {
        let check = Systemd.isUpToDate(
            system.unit,
            executable: system.executable,
            files: system.configurationFiles
        )
        let result = try await remote.capture(check)
        guard result.status == .exited(Systemd.outdated) else {
            guard result.status.isSuccess else {
                throw RemoteError(node: remote.node.name, call: check, result: result)
            }
            return
        }
        let isUp = try await remote.capture(system.isUp(remote.node)).status.isSuccess
        let database = isUp ? system as? any Database : nil
        if let database { try await remote.execute(database.flush(remote.node)) }
        try await remote.execute(Systemd.stop(system.unit))
        // What was written under the old configuration may be read in another way under the new one.
        if let finish = database?.afterRestore(remote.node) { try await remote.execute(finish) }
    }

    /// Stops the system on all servers; what was not flushed is lost.
    public func stopCluster() async throws {
        try await progress.step("stop \(system.name)") { _ in
            try await onEach(servers) { remote in
                try await remote.execute(Systemd.stop(system.unit))
            }
        }
    }

    /// Returns when no server does background work that would disturb a measurement.
    public func quiesce(timeout: Duration = .seconds(3_600)) async throws {
        try await progress.step("wait until \(system.name) is quiet") { _ in
            try await waitFor(
                servers,
                "quiet \(system.name)",
                timeout: timeout,
                pollingEvery: .milliseconds(500),
                system.isQuiet
            )
        }
    }

    /// The settings in the system's configuration files, by server.
    public func settings() async throws -> [Node: [String: String]] {
        try await onEach(servers) { remote in
            var settings: [String: String] = [:]
            for file in system.configurationFiles {
                let text = try await remote.execute(.root(["cat", .plain(file)]))
                settings.merge(try system.settings(in: text, of: file)) { first, _ in first }
            }
            return settings
        }
    }
}
