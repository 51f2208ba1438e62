import Foundation
import Inventory
import Shell

/// Why a stress is worth nothing: the loaders that died, and how.
public struct StressError: Error, Hashable, CustomStringConvertible {
    /// What became of each loader that failed, by node.
    public let failures: [String: String]

    /// Each loader that failed, with its last lines.
    public var description: String {
        failures.sorted { $0.key < $1.key }
            .map { "\($0.key): the load tool \($0.value)" }
            .joined(separator: "\n")
    }
}

/// Writes of a populating load that failed: keys are missing, or nobody knows.
public struct PopulateError: Error, Hashable, CustomStringConvertible {
    /// How many keys were to be written.
    public let writes: Int
    /// How many of the writes failed.
    public let failed: Int

    /// Both counts and the remedy.
    public var description: String {
        "\(failed.formatted()) of \(writes.formatted()) writes failed: "
            + "look for the cause on the servers, delete all keys there with "
            + "\"redis-cli flushall\", then populate again"
    }
}

extension Deployment {
    /// Puts the load tool on all clients; one that is there already, byte for byte, is kept.
    ///
    /// - Parameter tool: The local path of the static executable, which `bin/build bench` prints.
    /// - Throws: ``FanOutError`` with every failure.
    public func installLoadTool(_ tool: String) async throws {
        try await progress.step("install the load tool on \(clients.count) clients") { _ in
            let digest = try await LocalProcess("sha256sum", ["--", tool], timeLimit: .seconds(60))
                .execute().outputText.prefix(64)
            try await onEach(clients) { remote in
                let check = RemoteCall(["sha256sum", "--", .plain(Loader.tool)])
                let present = try await remote.capture(check)
                guard !present.output.hasPrefix(digest) else { return }
                let staged = "/tmp/prov-bench-\(digest.prefix(16))"
                try await remote.upload(tool, to: staged, mode: 0o755)
                let install: Command = [
                    "install", "-D", "--mode", "0755", .plain(staged), .plain(Loader.tool),
                ]
                try await remote.execute(.root(install))
                try await remote.execute(RemoteCall(["rm", .plain(staged)]))
            }
        }
    }

    /// Runs a stress from all clients and fetches their logs into `folder/NAME/client-N/`.
    ///
    /// The loaders begin at the same instant. A lost connection ends nothing: the loaders are units
    /// on the nodes. If one dies, the others are stopped, because their run is worth nothing; what
    /// the loaders wrote is fetched all the same.
    ///
    /// - Returns: The paths of the logs, in order of the clients.
    /// - Throws: ``Misuse`` before anything runs; ``StressError`` naming each loader that failed.
    @discardableResult
    public func run(_ stress: Stress, into folder: String) async throws -> [String] {
        try stress.check(clients: clients.count, servers: servers.count)
        let loaders = loaders(for: stress)
        return try await progress.step("stress \(stress.name)") { note in
            do {
                try await startLoaders(loaders)
                try await watch(loaders, of: stress, note)
            } catch {
                // The first error is what the user must see; a node that cannot even be stopped
                // or read shows in it already.
                _ = try? await withoutCancellation {
                    try await finish(loaders, into: folder, stress)
                }
                throw error
            }
            let logs = try await finish(loaders, into: folder, stress)
            note.show(try LoadCounts(logs: logs).description)
            return logs
        }
    }

    /// Writes every key once, as fast as the servers take them.
    ///
    /// - Throws: ``Misuse`` before anything runs; ``StressError`` if a loader or a write failed;
    ///   ``DatasetError`` if the servers do not hold what was written. What was written stays.
    public func populate(_ content: DatasetContent) async throws {
        let folder = FileManager.default.temporaryDirectory.path + "/prov-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }  // else the system's cleaning
        let stress = Stress.populate(content)
        try stress.check(clients: clients.count, servers: servers.count)
        try await endLeftoverLoads()
        let counts = try LoadCounts(logs: try await run(stress, into: folder))
        guard counts.errors == 0 else {
            throw PopulateError(writes: counts.requests, failed: counts.errors)
        }
        try await progress.step("count what was written") { note in
            guard let found = try await keyCount() else { return }
            note.show("\(found.formatted()) keys")
            try Self.check([found], of: content)
        }
    }

    /// Ends loads that an earlier script left running when it was killed.
    func endLeftoverLoads() async throws {
        try await onEach(clients) { try await $0.execute(Loader.endLeftovers) }
    }

    private func loaders(for stress: Stress) -> [Node: Loader] {
        let run = UUID().uuidString.prefix(8).lowercased()
        var loaders: [Node: Loader] = [:]
        for (place, client) in clients.enumerated() {
            loaders[client] = Loader(
                run: "\(run)",
                stress: stress,
                place: place,
                clients: clients.count
            )
        }
        return loaders
    }

    private func startLoaders(_ loaders: [Node: Loader]) async throws {
        let addresses = servers.map { "\($0.privateIP):\(database.clientPort)" }
        // 2 s: enough for every unit to start and connect before the first request is due.
        let start = Date().timeIntervalSince1970 + 2
        try await onEach(clients) { remote in
            guard let loader = loaders[remote.node] else { return }
            let now = Date().timeIntervalSince1970
            try await remote.execute(loader.start(servers: addresses, start: start, now: now))
        }
    }

    /// Returns when every loader ended well; throws as soon as one did not.
    private func watch(
        _ loaders: [Node: Loader],
        of stress: Stress,
        _ note: Progress.Note
    ) async throws {
        // Behind the last request its reply may take the whole timeout; 60 s is for the rest.
        let allowance = stress.requestTimeout + .seconds(60)
        let deadline = stress.duration.map { ContinuousClock.now + $0 + allowance }
        while true {
            let polled = try await onEach(clients) { remote -> Loader.Status? in
                guard let loader = loaders[remote.node] else { return nil }
                return loader.status(from: try await remote.execute(loader.poll.repeatable))
            }
            let statuses = polled.compactMapValues { $0 }
            note.show(Self.line(statuses))
            var failures: [String: String] = [:]
            for (node, status) in statuses {
                guard case .failed(let reason) = status.state else { continue }
                let said = status.lastLines.map { "\n    " + $0 }.joined()
                failures[node.name] = "ended early: \(reason)\(said)"
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
            try await Task.sleep(for: .milliseconds(500))
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

    /// Stops what still runs, fetches what the loaders wrote, and cleans up after them.
    private func finish(
        _ loaders: [Node: Loader],
        into folder: String,
        _ stress: Stress
    ) async throws -> [String] {
        let paths = try await onEach(clients) { remote -> String in
            guard let loader = loaders[remote.node] else { return "" }
            let local = "\(folder)/\(stress.name)/\(remote.node.name)"
            try FileManager.default.createDirectory(
                atPath: local,
                withIntermediateDirectories: true
            )
            try await remote.execute(loader.stop.repeatable)
            try await remote.download(loader.output, to: "\(local)/output.log")
            try await remote.download(loader.log, to: "\(local)/log.hdr")
            try await remote.execute(loader.clean)
            return "\(local)/log.hdr"
        }
        return clients.compactMap { paths[$0] }
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
