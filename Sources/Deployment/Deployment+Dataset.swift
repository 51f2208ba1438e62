import DeploymentState
import Foundation
import Usage

/// Why a dataset cannot be used.
public enum DatasetError: Error, Hashable, CustomStringConvertible {
    /// The name is no plain file name.
    case badName(String)
    /// No such dataset on the node.
    case unknown(name: String, node: String, present: [String])
    /// It was taken of a cluster of another size.
    case otherSize(name: String, taken: Int, now: Int)
    /// It was taken of another database.
    case otherDatabase(name: String, taken: String, now: String)
    /// The servers' parts are of different populations, or there is no server.
    case mixed(name: String)
    /// The cluster holds another number of keys than it was populated with.
    case notPopulated(expected: Int, found: Int, emptying: String)
    /// It was taken of servers that held nothing, or that nobody counted.
    case uncounted(name: String)
    /// After the restore the server does not hold what the dataset held.
    case incomplete(name: String, node: String, expected: Int, found: Int)
    /// After the restore the server holds as much, and something else.
    case altered(name: String, node: String, expected: String, found: String)

    /// What is wrong and the remedy.
    public var description: String {
        switch self {
        case .badName(let name):
            "dataset name \"\(name)\" must be letters, digits, \".\", \"_\" and \"-\""
        case .unknown(let name, let node, let present):
            "\(node): no dataset \"\(name)\"; "
                + (present.isEmpty
                    ? "run populate-and-snapshot first"
                    : "there are: \(present.joined(separator: ", "))")
        case .otherSize(let name, let taken, let now):
            "dataset \"\(name)\" was taken with \(taken) servers, and there are \(now): "
                + "populate again, or provision \(taken) servers"
        case .otherDatabase(let name, let taken, let now):
            "dataset \"\(name)\" is of \(taken), and the servers run \(now)"
        case .mixed(let name):
            "the servers' parts of dataset \"\(name)\" differ in what they were populated with: "
                + "run populate-and-snapshot again"
        case .notPopulated(let expected, let found, let emptying):
            "the servers hold \(found.of("key")), and were to hold "
                + "\(expected.withCommas): delete all keys on all servers with "
                + "\"\(emptying)\", then populate again"
        case .uncounted(let name):
            "dataset \"\(name)\" was taken of servers that held no key: "
                + "run populate-and-snapshot again"
        case .incomplete(let name, let node, let expected, let found):
            "\(node): \(found) keys after the restore of dataset \"\(name)\", which has \(expected)"
        case .altered(let name, let node, let expected, let found):
            "\(node): other data after the restore of dataset \"\(name)\": \(found), "
                + "not \(expected): restore again"
        }
    }
}

extension Deployment {
    /// Writes all data to disk, stops the cluster, and keeps a copy under a name on each server.
    ///
    /// A dataset of the same name is replaced once the new one is whole. The cluster stays stopped.
    ///
    /// - Parameters:
    ///   - name: Letters, digits, `.`, `_` and `-`.
    ///   - content: What the cluster was populated with, for the loads to come.
    /// - Throws: ``DatasetError``, also if the servers do not hold that content's keys, or
    ///   ``FanOutError`` with every failure.
    public func snapshotDataset(_ name: String, of content: DatasetContent) async throws {
        let (dataset, database) = (try dataset(name), try database)
        let held = try await progress.step("flush \(database.name) to disk") { _ in
            try await onEach(servers) { remote in
                try await remote.execute(database.flush(remote.node))
                return try await holdings(of: remote)
            }
        }
        try check(held.values.map(\.keys), of: content)
        try await stopCluster()
        try await progress.step("take dataset \(name)") { _ in
            try await onEach(servers) { remote in
                let about = Dataset.About(
                    servers: servers.count,
                    database: database.name,
                    census: held[remote.node]?.keys,
                    fingerprint: held[remote.node]?.fingerprint,
                    content: content
                )
                _ = try await remote.execute(dataset.inspect)
                try await remote.execute(dataset.take(about))
            }
        }
    }

    /// Stops the cluster and replaces its data by a dataset; start it with ``startCluster()``.
    ///
    /// Nothing is stopped or deleted before every server has shown that it holds the dataset.
    ///
    /// - Returns: What the cluster had been populated with.
    /// - Throws: ``DatasetError`` within a ``FanOutError``.
    @discardableResult
    public func restoreDataset(_ name: String) async throws -> DatasetContent {
        let (dataset, database) = (try dataset(name), try database)
        let abouts = try await progress.step("look for dataset \(name)") { _ in
            try await about(dataset)
        }
        let content = try Self.content(of: Array(abouts.values), name: name)
        try await stopCluster()
        try await progress.step("restore dataset \(name)") { _ in
            try await onEach(servers) { remote in
                try await remote.execute(dataset.restore)
                if let finish = database.afterRestore(remote.node) {
                    try await remote.execute(finish)
                }
            }
        }
        notes?.restore(name, content)
        return content
    }

    /// Stops the cluster and deletes all of its data; datasets and settings stay.
    ///
    /// The next ``startCluster(discardingKeys:)`` makes a new cluster.
    public func resetToEmpty() async throws {
        let directories = try database.dataDirectories
        try await stopCluster()
        try await progress.step("delete all data of \(system.name)") { _ in
            try await onEach(servers) { try await $0.execute(Dataset.delete(directories)) }
        }
    }

    /// Fails unless every server holds just as much as the dataset did; the cluster must run.
    public func verifyDataset(_ name: String) async throws {
        let dataset = try dataset(name)
        try await progress.step("count what was restored") { note in
            let expected = try await about(dataset)
            let found = try await onEach(servers) { remote in
                let found = try await holdings(of: remote)
                try expected[remote.node]?.check(found, dataset: name, node: remote.node.name)
                return found.keys
            }
            let content = try Self.content(of: Array(expected.values), name: name)
            try check(found.values, of: content)
            note.show(try database.total(of: found.values)?.of("key") ?? "")
            notes?.count(name)
        }
    }

    /// Fails unless the servers together hold as many keys as the content has.
    ///
    /// A database that cannot count cheaply is taken at its word.
    func check(_ sizes: some Collection<Int?>, of content: DatasetContent) throws {
        let database = try database
        guard let total = database.total(of: sizes), total != content.keyCount else { return }
        throw DatasetError.notPopulated(
            expected: content.keyCount,
            found: total,
            emptying: database.emptying
        )
    }

    /// The content that the servers' parts of a dataset have in common.
    static func content(
        of abouts: [Dataset.About],
        name: String
    ) throws(DatasetError) -> DatasetContent {
        let contents = Set(abouts.map(\.content))
        guard let content = contents.first, contents.count == 1 else { throw .mixed(name: name) }
        let counted = abouts.compactMap(\.census)
        guard counted.isEmpty || counted.reduce(0, +) > 0 else { throw .uncounted(name: name) }
        return content
    }

    /// Returns how many keys all servers hold together; `nil` if the database cannot count them.
    func keyCount() async throws -> Int? {
        let database = try database
        return database.total(of: try await onEach(servers) { try await census(of: $0) }.values)
    }

    func about(_ dataset: Dataset) async throws -> [Node: Dataset.About] {
        let database = dataset.database
        return try await onEach(servers) { remote in
            let answer = try await remote.execute(dataset.inspect)
            let parts = answer.split(separator: "--\n", omittingEmptySubsequences: false)
            guard let text = parts.last, let about = Dataset.About(String(text)) else {
                let present = parts[0].split(separator: "\n").map(String.init)
                throw DatasetError.unknown(
                    name: dataset.name,
                    node: remote.node.name,
                    present: present
                )
            }
            guard about.database == database.name else {
                throw DatasetError.otherDatabase(
                    name: dataset.name,
                    taken: about.database,
                    now: database.name
                )
            }
            guard about.servers == servers.count else {
                throw DatasetError.otherSize(
                    name: dataset.name,
                    taken: about.servers,
                    now: servers.count
                )
            }
            return about
        }
    }

    private func holdings(of remote: any Remote) async throws -> Dataset.Holdings {
        var holdings = Dataset.Holdings(keys: try await census(of: remote))
        if let call = try database.fingerprint(remote.node) {
            let answer = try await remote.execute(call)
            holdings.fingerprint = answer.split(whereSeparator: \.isWhitespace)
                .joined(separator: " ")
        }
        return holdings
    }

    private func census(of remote: any Remote) async throws -> Int? {
        let database = try database
        guard let call = database.census(remote.node) else { return nil }
        let answer = try await remote.execute(call)
        if DryRun.current != nil { return nil }
        // So many that counting them would take too long.
        guard !answer.allSatisfy(\.isWhitespace) else { return nil }
        guard let count = NodeNumber.whole(answer.filter { !$0.isWhitespace }) else {
            throw DatabaseError.unreadable(database.name, String(answer.prefix(200)))
        }
        return count
    }

    func dataset(_ name: String) throws -> Dataset {
        // A dataset in the making has the suffix .new, one that is being replaced .old.
        let isFinal = !name.hasSuffix(".new") && !name.hasSuffix(".old")
        guard Misuse.isPlain(name), isFinal else { throw DatasetError.badName(name) }
        return Dataset(name: name, database: try database)
    }
}
