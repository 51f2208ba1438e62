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
        if let ended = notes?.takeEnded(stress.name) {
            try ended.requireLoad(stress, with: program, clients: clients.count)
            return logs(of: stress, by: program, in: folder)
        }
        if let (running, evidence) = notes?.underWay(stress.name) {
            return try await attach(to: running, evidence, of: stress, with: program, into: folder)
        }
        try await requireLoadProgram(program)
        let faults = try faultUnits(for: stress)
        let run = Self.newRun()
        return try await progress.step("stress \(stress.name)") { note in
            guard let notes else {
                try await makeReady(for: stress, with: program)
                return try await play(stress, with: program, as: run, into: folder, note).whole()
                    .logs
            }
            try await makeReady(for: stress, with: program)
            let evidence = try await evidence(before: stress, with: program, notes)
            let running = RunningStress(
                run: run,
                start: Date().timeIntervalSince1970 + preparation(of: program, faults).inSeconds,
                stress: stress,
                program: program.name,
                faults: faults.map(\.armed)
            )
            try notes.begin(running, evidence)
            return try await conclude(running, evidence, notes) {
                await play(stress, with: program, as: run, into: folder, injecting: faults, note)
            }
        }
    }

    /// Goes on with a stress that a script left which is gone.
    private func attach(
        to running: RunningStress,
        _ begun: StressEvidence,
        of stress: Stress,
        with program: any LoadProgram,
        into folder: String
    ) async throws -> [String] {
        try begun.requireLoad(stress, with: program, clients: clients.count)
        // They are armed already.
        guard let notes, notes.takePlans().count == running.faults.count else {
            throw AttachError.otherLoad(
                stress.name,
                ["\(running.faults.count.of("fault")) were planned for it"]
            )
        }
        var evidence = begun
        let now = Date()
        let end = running.start + (stress.duration?.inSeconds ?? .infinity)
        evidence.attached = StressEvidence.Attached(
            time: now,
            secondsBehindEnd: max(0, now.timeIntervalSince1970 - end)
        )
        let loaders = loaders(for: stress, with: program, as: running.run, at: running.start)
        return try await progress.step("go on with stress \(stress.name)") { note in
            try await conclude(running, evidence, notes) {
                await follow(loaders, of: stress, into: folder, ending: running.faults, note) {}
            }
        }
    }

    /// Keeps what comes of a stress as evidence, also of one that failed.
    private func conclude(
        _ running: RunningStress,
        _ begun: StressEvidence,
        _ notes: TrialNotes,
        _ play: () async -> Played
    ) async throws -> [String] {
        let played = await play()
        // It has not ended: what is on disk of it stays.
        if let left = played.failure as? LoadLeft { throw left }
        var evidence = begun
        defer { notes.end(evidence) }
        evidence.take(played.results)
        if !running.faults.isEmpty { evidence.injected = played.faults }
        // Nodes that do not answer would be asked for minutes.
        if played.failure == nil || played.failure is StressError {
            evidence.end(with: try await reading())
        }
        return try played.whole().logs
    }

    /// Fails if the system's load program cannot write these keys; asks no node.
    ///
    /// - Throws: ``Misuse``, and what the program throws of what it cannot play.
    public func requirePopulatable(_ content: DatasetContent) throws {
        _ = try program(for: Stress.populate(content))
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
            try await makeReady(for: stress, with: program)
            let played = await play(
                stress,
                with: program,
                as: Self.newRun(),
                into: folder,
                note
            )
            // A loader ends at its first write that fails, and its result says more than its exit status.
            if played.failure is StressError {
                try PopulateError.checkFailed(
                    played.results,
                    of: content,
                    emptying: database.emptying
                )
            }
            return try played.whole().results
        }
        if program.files(of: stress).result != nil, DryRun.current == nil {
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
}

extension StressEvidence {
    /// Fails unless this is of the load that a script asks for.
    fileprivate func requireLoad(
        _ stress: Stress,
        with program: any LoadProgram,
        clients: Int
    ) throws {
        let differences = load.differences(from: Load(stress, with: program, clients: clients))
        guard differences.isEmpty else { throw AttachError.otherLoad(name, differences) }
    }
}
