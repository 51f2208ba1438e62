import DeploymentState
import Foundation
import LoadResult
import Shell
import Usage

extension Deployment {
    /// Runs a stress from all clients and fetches what the loaders wrote into `folder/NAME/client-N/`.
    ///
    /// That is `output.log`, and with `bench load` `log.hdr` and `result.json`. The loaders play the
    /// parts of one load from the same instant on. A lost connection ends nothing: the loaders are units on the nodes.
    /// If one dies, the others are stopped, because their run is worth nothing; what the loaders
    /// wrote is fetched all the same. Within ``measure(_:limits:in:_:)`` the state of all nodes just
    /// before and after is kept as evidence, also of a load that failed: it may tell why.
    ///
    /// - Parameters:
    ///   - stress: What is asked.
    ///   - program: What plays it; by default what the system is loaded by.
    ///   - folder: Where the logs go.
    /// - Returns: The paths of the logs, in order of the clients; empty if the program writes none.
    /// - Throws: ``Misuse`` before anything runs, and ``FanOutError`` with what clients lack;
    ///   ``StressError`` naming each loader that failed.
    @discardableResult
    public func run(
        _ stress: Stress,
        with program: (any LoadProgram)? = nil,
        into folder: String
    ) async throws -> [String] {
        let program = try self.program(program, for: stress)
        try await requireLoadProgram(program)
        let faults = try faultUnits(for: stress)
        return try await progress.step("stress \(stress.name)") { note in
            guard let notes else {
                return try await play(stress, with: program, into: folder, note).whole().logs
            }
            var evidence = try await evidence(before: stress, with: program, notes)
            defer { notes.add(evidence) }
            let played = await play(stress, with: program, into: folder, injecting: faults, note)
            evidence.take(played.results)
            if !faults.isEmpty { evidence.injected = played.faults }
            // Nodes that do not answer would be asked for minutes.
            if played.failure == nil || played.failure is StressError {
                evidence.end(with: try await reading())
            }
            return try played.whole().logs
        }
    }

    /// Writes every key once, as fast as the servers take them.
    ///
    /// - Throws: ``Misuse`` before anything runs; ``StressError`` if a loader failed and
    ///   ``PopulateError`` if a write did; ``DatasetError`` if the servers do not hold what was
    ///   written. What was written stays.
    public func populate(_ content: DatasetContent) async throws {
        let folder = try Files.makeTemporaryDirectory("prov-populate")
        defer { try? Files.remove(folder) }  // else the system's cleaning
        let stress = Stress.populate(content)
        let program = try self.program(for: stress)
        try await requireLoadProgram(program)
        try await endLeftoverLoads()
        let results = try await progress.step("stress \(stress.name)") { note in
            try await play(stress, with: program, into: folder, note).whole().results
        }
        if program.files(of: stress).result != nil {
            try PopulateError.check(
                results,
                clients: clients.map(\.name),
                of: content,
                emptying: database.emptying
            )
        }
        try await progress.step("count what was written") { note in
            guard let found = try await keyCount() else { return }
            note.show(found.of("key"))
            try check([found], of: content)
        }
    }

    /// The program that plays a stress.
    ///
    /// - Throws: ``Misuse`` if there is none, or if the stress makes no sense; what the program throws
    ///   of what it cannot play.
    private func program(
        _ chosen: (any LoadProgram)? = nil,
        for stress: Stress
    ) throws -> any LoadProgram {
        try stress.check(clients: clients.count, servers: servers.count)
        guard let program = chosen ?? system.loadProgram else {
            throw Misuse.noLoad(system: system.name)
        }
        try program.check(stress, clients: clients.count)
        return program
    }

    /// Ends loads and faults that an earlier script left running when it was killed.
    func endLeftoverLoads() async throws {
        try await onEach(clients) { try await $0.execute(Loader.endLeftovers) }
        try await onEach(nodes) { try await $0.execute(FaultUnit.endLeftovers) }
    }

    /// What the loaders left, and what became of the faults.
    private struct Played {
        /// The paths of their logs, in order of the clients.
        var logs: [String] = []
        /// Their results by client; those that were killed have none.
        var results: [String: LoadResult] = [:]
        /// The faults that were planned.
        var faults: [InjectedFault] = []
        /// Why it is worth nothing; `nil` if every loader came to its end.
        var failure: (any Error)?

        /// Itself, unless it is worth nothing.
        func whole() throws -> Played {
            if let failure { throw failure }
            return self
        }
    }

    /// Plays a stress between what its program does on the first server before and after.
    private func play(
        _ stress: Stress,
        with program: any LoadProgram,
        into folder: String,
        injecting faults: [FaultUnit] = [],
        _ note: Progress.Note
    ) async -> Played {
        let first = Array(servers.prefix(1))
        do {
            if let call = program.before(stress, servers: servers.count) {
                try await onEach(first) { try await $0.execute(call) }
            }
        } catch {
            return Played(failure: error)
        }
        var played = await playLoad(stress, with: program, into: folder, injecting: faults, note)
        guard let call = program.after(stress, servers: servers.count) else { return played }
        do {
            _ = try await withGrace(Self.stopGrace) {
                try await onEach(first) { try await $0.execute(call) }
            }
        } catch {
            // What the load itself died of comes first.
            played.failure = played.failure ?? error
        }
        return played
    }

    private func playLoad(
        _ stress: Stress,
        with program: any LoadProgram,
        into folder: String,
        injecting faults: [FaultUnit] = [],
        _ note: Progress.Note
    ) async -> Played {
        // Enough for every unit to start and connect before the first request is due.
        let preparation = max(program.preparation, .seconds(faults.isEmpty ? 2 : 4))
        let start = Date().timeIntervalSince1970 + preparation.inSeconds
        let loaders = loaders(for: stress, with: program, at: start)
        do {
            try await arm(faults, start: start)
            try await startLoaders(loaders)
            try await watch(loaders, of: stress, into: folder, note)
        } catch {
            // The first error is what the user must see; a node that cannot even be stopped
            // or read shows in it already.
            let ended = try? await withGrace(Self.stopGrace) { try await end(faults) }
            let left = try? await finish(loaders, into: folder, stress)
            return Played(results: left?.results ?? [:], faults: ended ?? [], failure: error)
        }
        do {
            var played = try await finish(loaders, into: folder, stress)
            played.faults = try await end(faults)
            note.show(LoadResult.totals(of: Array(played.results.values)))
            return played
        } catch {
            return Played(failure: error)
        }
    }

    /// After an interrupt a node may take so long to stop what runs on it.
    private static let stopGrace = Duration.seconds(60)
    /// After an interrupt of the load itself, what was written until then may take so long to fetch.
    private static let fetchGrace = Duration.seconds(10)

    private func loaders(
        for stress: Stress,
        with program: any LoadProgram,
        at start: Double
    ) -> [Node: Loader] {
        let run = String(UUID().uuidString.prefix(8).lowercased())
        var loaders: [Node: Loader] = [:]
        for (place, client) in clients.enumerated() {
            let part = LoadPart(
                stress: stress,
                place: place,
                clients: clients.count,
                servers: servers.map { "\($0.privateHost):\(system.clientPort)" },
                start: start,
                folder: Loader.folder(of: run),
                passwordFile: system.clientPasswordFile
            )
            loaders[client] = Loader(run: run, program: program, part: part)
        }
        return loaders
    }

    private func startLoaders(_ loaders: [Node: Loader]) async throws {
        try await onEach(clients) { remote in
            guard let loader = loaders[remote.node] else { return }
            try await remote.execute(loader.start(now: Date().timeIntervalSince1970))
        }
    }

    /// Returns when every loader ended well; throws as soon as one did not.
    private func watch(
        _ loaders: [Node: Loader],
        of stress: Stress,
        into folder: String,
        _ note: Progress.Note
    ) async throws {
        var copies = LiveLogs(
            of: stress.name,
            in: folder,
            limit: Loader.logLimit(of: stress)
        )
        // Behind the last request its reply may take the whole timeout.
        let allowance = stress.requestTimeout + stress.patience
        let deadline = stress.duration.map { ContinuousClock.now + $0 + allowance }
        while true {
            let places = copies.places
            let polled = try await onEach(clients) { remote -> Loader.Status? in
                guard let loader = loaders[remote.node] else { return nil }
                let poll = loader.poll(from: places[remote.node.name] ?? 0).repeatable
                return loader.status(from: try await remote.execute(poll))
            }
            let statuses = polled.compactMapValues { $0 }
            for (node, status) in statuses { copies.add(status.log, of: node.name) }
            note.show(Self.line(statuses))
            var failures: [String: String] = [:]
            for (node, status) in statuses {
                guard case .failed(let reason) = status.state else { continue }
                let said = status.lastLines.map { "\n    " + $0 }.joined()
                failures[node.name] = "\(reason)\(said)"
            }
            guard failures.isEmpty else { throw StressError(failures: failures) }
            if statuses.values.allSatisfy({ $0.state == .succeeded }) { return }
            if let deadline, ContinuousClock.now > deadline {
                throw StressError(
                    failures: Dictionary(
                        uniqueKeysWithValues: statuses.filter { $0.value.state == .running }
                            .map {
                                ($0.key.name, "still runs \(allowance.inSeconds) s after its end")
                            }
                    )
                )
            }
            try await Task.sleep(for: .seconds(1))
        }
    }

    private static func line(_ statuses: [Node: Loader.Status]) -> String {
        statuses.sorted { $0.key.index < $1.key.index }
            .map {
                "\($0.key.name): "
                    + ($0.value.lastLines.last ?? "").split(separator: " ").joined(separator: " ")
            }
            .joined(separator: " | ")
    }

    /// Stops what still runs, whatever happens, and fetches what the loaders wrote.
    ///
    /// An interrupt ends the fetching at once. One that has ended the load leaves it a moment, since
    /// what is there of a trial is kept.
    private func finish(
        _ loaders: [Node: Loader],
        into folder: String,
        _ stress: Stress
    ) async throws -> Played {
        try await withGrace(Self.stopGrace) {
            _ = try await onEach(clients) { remote in
                if let loader = loaders[remote.node] {
                    try await remote.execute(loader.stop.repeatable)
                }
            }
        }
        guard Task.isCancelled else { return try await fetch(loaders, into: folder, stress) }
        return try await withGrace(Self.fetchGrace) {
            try await fetch(loaders, into: folder, stress)
        }
    }

    /// Fetches what the loaders wrote, and cleans up after them.
    ///
    /// A loader that was killed has no result: that is for the trial's validity to say.
    private func fetch(
        _ loaders: [Node: Loader],
        into folder: String,
        _ stress: Stress
    ) async throws -> Played {
        let results = try await onEach(clients) { remote -> LoadResult? in
            guard let loader = loaders[remote.node] else { return nil }
            let local = "\(folder)/\(stress.name)/\(remote.node.name)"
            try FileManager.default.createDirectory(
                atPath: local,
                withIntermediateDirectories: true,
                attributes: [.posixPermissions: 0o700]
            )
            try await remote.download(
                loader.output,
                to: "\(local)/output.log",
                limit: Loader.outputLimit
            )
            if let log = loader.log {
                let limit = Loader.logLimit(of: stress)
                try await remote.download(log, to: "\(local)/log.hdr", limit: limit)
            }
            var result: String?
            if let call = loader.readResult { result = try await remote.execute(call) }
            LiveLogs.remove(in: local)
            try await remote.execute(loader.clean)
            guard let result, !result.isEmpty else { return nil }
            try Files.write(result, to: "\(local)/result.json")
            let read = try JSONDecoder().decode(LoadResult.self, from: Data(result.utf8))
            guard read.isCredible else { throw BadResult(path: "\(local)/result.json") }
            return read
        }
        return Played(
            logs: clients.filter { loaders[$0]?.log != nil }
                .map { "\(folder)/\(stress.name)/\($0.name)/log.hdr" },
            results: Dictionary(
                uniqueKeysWithValues: results.compactMap { node, result in
                    result.map { (node.name, $0) }
                }
            )
        )
    }
}

/// Does `work` in a task of its own, which the caller's cancellation does not reach.
///
/// For cleaning up: what was started on a node must be stopped, also after Ctrl-C. The work's own
/// time limits bound it.
func withoutCancellation<Value: Sendable>(
    _ work: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    try await Task { try await work() }.value
}

/// Does `work`, which the caller's cancellation ends only when `grace` has passed since.
///
/// For cleaning up after Ctrl-C on nodes that may never answer.
func withGrace<Value: Sendable>(
    _ grace: Duration,
    _ work: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    let task = Task { try await work() }
    return try await withTaskCancellationHandler {
        try await task.value
    } onCancel: {
        Task {
            try? await Task.sleep(for: grace)  // nobody cancels it
            task.cancel()
        }
    }
}
