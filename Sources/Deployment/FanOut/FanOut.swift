import DeploymentState

/// In which order a step visits its nodes.
public enum FanOutOrder: Sendable, Hashable {
    /// All at once.
    case parallel
    /// One after another, as listed; the first failure ends it.
    case sequence
    /// One, then two, then four, and so on, as listed; a wave with a failure is the last.
    case waves

    /// The elements in groups, of which each is visited at once, one group after the other.
    func groups<Element>(of all: [Element]) -> [[Element]] {
        var groups: [[Element]] = []
        var rest = all[...]
        while !rest.isEmpty {
            let size =
                switch self {
                case .parallel: rest.count
                case .sequence: 1
                case .waves: 1 << groups.count
                }
            groups.append(Array(rest.prefix(size)))
            rest = rest.dropFirst(size)
        }
        return groups
    }
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
        let retry = FanOutRetry.current
        var results: [Node: Result<Value, any Error>] = [:]
        for group in order.groups(of: remotes) {
            // A step within this one is part of it, and is repeated with it.
            results.merge(
                await FanOutRetry.$current.withValue(nil) { await parallel(over: group, work) }
            ) { $1 }
            var times = 0
            while let retry, let error = Self.error(of: results), !Task.isCancelled,
                await retry.wants(error, times)
            {
                times += 1
                let failed = group.filter { error.failures[$0.node.name] != nil }
                results.merge(
                    await FanOutRetry.$current.withValue(nil) { await parallel(over: failed, work) }
                ) { $1 }
            }
            if Self.error(of: results) != nil { break }
        }
        try Task.checkCancellation()
        if let error = Self.error(of: results) { throw error }
        return try results.mapValues { try $0.get() }
    }

    /// All failures together; `nil` if there is none.
    private static func error<Value>(of results: [Node: Result<Value, any Error>]) -> FanOutError? {
        var failures: [String: any Error] = [:]
        for case (let node, .failure(let error)) in results {
            // A step within a step names the same node once.
            failures[node.name] = (error as? FanOutError)?.failures[node.name] ?? error
        }
        return failures.isEmpty ? nil : FanOutError(failures: failures, visited: results.count)
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
