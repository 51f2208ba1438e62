import DeploymentState

/// In which order a step visits its nodes.
public enum FanOutOrder: Sendable, Hashable {
    /// All at once.
    case parallel
    /// One after another, as listed; the first failure ends it.
    case sequence
}

/// All failures of one step over several nodes.
public struct FanOutError: Error, CustomStringConvertible {
    /// What failed, by node name.
    public let failures: [String: any Error]
    /// How many nodes the step visited.
    public let visited: Int

    /// How many failed, then each failure, in order of the nodes' names.
    public var description: String {
        let lines = failures.sorted { $0.key < $1.key }.map { name, error in
            let text = "\(error)"
            return text.hasPrefix(name) ? text : "\(name): \(text)"
        }
        return (["\(failures.count) of \(visited) nodes failed"] + lines).joined(separator: "\n")
    }
}

enum FanOut {
    /// Does `work` for each remote, waits for all, and returns the values by node.
    ///
    /// - Throws: ``FanOutError`` with every failure; `CancellationError` if the caller was cancelled.
    static func run<Value: Sendable>(
        over remotes: [any Remote],
        in order: FanOutOrder,
        _ work: @Sendable @escaping (any Remote) async throws -> Value
    ) async throws -> [Node: Value] {
        var results: [Node: Result<Value, any Error>] = [:]
        switch order {
        case .parallel:
            results = await parallel(over: remotes, work)
        case .sequence:
            for remote in remotes {
                let result = await attempt(remote, work)
                results[remote.node] = result
                if case .failure = result { break }
            }
        }
        try Task.checkCancellation()
        var failures: [String: any Error] = [:]
        for case (let node, .failure(let error)) in results {
            // A step within a step names the same node once.
            failures[node.name] = (error as? FanOutError)?.failures[node.name] ?? error
        }
        guard failures.isEmpty else {
            throw FanOutError(failures: failures, visited: results.count)
        }
        return try results.mapValues { try $0.get() }
    }

    private static func parallel<Value: Sendable>(
        over remotes: [any Remote],
        _ work: @Sendable @escaping (any Remote) async throws -> Value
    ) async -> [Node: Result<Value, any Error>] {
        await withTaskGroup(of: (Node, Result<Value, any Error>).self) { group in
            for remote in remotes {
                group.addTask { (remote.node, await attempt(remote, work)) }
            }
            return await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
        }
    }

    private static func attempt<Value: Sendable>(
        _ remote: any Remote,
        _ work: @Sendable (any Remote) async throws -> Value
    ) async -> Result<Value, any Error> {
        do { return .success(try await work(remote)) } catch { return .failure(error) }
    }
}
