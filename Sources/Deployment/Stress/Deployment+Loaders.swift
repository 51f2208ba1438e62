import DeploymentState
import Foundation
import LoadResult
import Shell
import Usage

extension Deployment {
    /// What the loaders left, and what became of the faults.
    struct Played {
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

    func play(
        _ stress: Stress,
        with program: any LoadProgram,
        as run: String,
        into folder: String,
        injecting faults: [FaultUnit] = [],
        _ note: Progress.Note
    ) async -> Played {
        let start = Date().timeIntervalSince1970 + preparation(of: program, faults).inSeconds
        let loaders = loaders(for: stress, with: program, as: run, at: start)
        let armed = faults.map(\.armed)
        return await follow(loaders, of: stress, into: folder, ending: armed, note) {
            try await arm(faults, start: start)
            try await startLoaders(loaders)
        }
    }

    /// Enough for every unit to start and connect before the first request is due.
    func preparation(of program: any LoadProgram, _ faults: [FaultUnit]) -> Duration {
        max(program.preparation, .seconds(faults.isEmpty ? 2 : 4))
    }

    /// Does on the first server what a program wants there before its load, such as to make a table.
    func makeReady(for stress: Stress, with program: any LoadProgram) async throws {
        guard let call = program.before(stress, servers: servers.count) else { return }
        try await onEach(Array(servers.prefix(1))) { try await $0.execute(call) }
    }

    /// Watches loaders until they end, once they were begun, and fetches what they left.
    ///
    /// Then it does on the first server what the program wants there after its load.
    func follow(
        _ loaders: [Node: Loader],
        of stress: Stress,
        into folder: String,
        ending faults: [ArmedFault],
        _ note: Progress.Note,
        once begin: () async throws -> Void
    ) async -> Played {
        var played = await followLoaders(
            loaders,
            of: stress,
            into: folder,
            ending: faults,
            note,
            begin
        )
        guard !(played.failure is LoadLeft), let program = loaders.values.first?.program,
            let call = program.after(stress, servers: servers.count)
        else { return played }
        do {
            _ = try await withGrace(Self.stopGrace) {
                try await onEach(Array(servers.prefix(1))) { try await $0.execute(call) }
            }
        } catch {
            // What the load itself died of comes first.
            played.failure = played.failure ?? error
        }
        return played
    }

    private func followLoaders(
        _ loaders: [Node: Loader],
        of stress: Stress,
        into folder: String,
        ending faults: [ArmedFault],
        _ note: Progress.Note,
        _ begin: () async throws -> Void
    ) async -> Played {
        do {
            try await begin()
            if notes == nil {
                try await watch(loaders, of: stress, into: folder, note)
            } else {
                // Outside of a trial nobody could go on with it.
                try await ledger.following {
                    try await watch(loaders, of: stress, into: folder, note)
                }
            }
        } catch {
            if ledger.isLeft { return Played(failure: LoadLeft()) }
            // The first error is what the user must see; a node that cannot even be stopped
            // or read shows in it already.
            let ended = try? await withGrace(Self.stopGrace) { try await end(faults) }
            let left = try? await finish(loaders, into: folder, stress)
            return Played(results: left?.results ?? [:], faults: ended ?? [], failure: error)
        }
        do {
            var played = try await finish(loaders, into: folder, stress)
            played.faults = try await end(faults)
            note.show(LoadResult.totals(of: Array(played.results.values), of: stress))
            return played
        } catch {
            return Played(failure: error)
        }
    }

    /// After an interrupt a node may take so long to stop what runs on it.
    private static let stopGrace = Duration.seconds(60)
    /// After an interrupt of the load itself, what was written until then may take so long to fetch.
    private static let fetchGrace = Duration.seconds(10)

    func loaders(
        for stress: Stress,
        with program: any LoadProgram,
        as run: String,
        at start: Double
    ) -> [Node: Loader] {
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

    /// A name that no run had before.
    static func newRun() -> String { String(UUID().uuidString.prefix(8).lowercased()) }

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
        let start = loaders.values.first?.part.start ?? 0
        let toStart = Duration.seconds(start - Date().timeIntervalSince1970)
        let deadline = stress.duration.map { ContinuousClock.now + toStart + $0 + allowance }
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
            logs: loaders.values.first.map { logs(of: stress, by: $0.program, in: folder) } ?? [],
            results: Dictionary(
                uniqueKeysWithValues: results.compactMap { node, result in
                    result.map { (node.name, $0) }
                }
            )
        )
    }

    /// Where the logs of a stress lie here, in order of the clients; none if its program writes none.
    func logs(
        of stress: Stress,
        by program: any LoadProgram,
        in folder: String
    ) -> [String] {
        guard program.files(of: stress).log != nil else { return [] }
        return clients.map { "\(folder)/\(stress.name)/\($0.name)/log.hdr" }
    }
}
