import Inventory

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
    /// After the restore the server does not hold what the dataset held.
    case incomplete(name: String, node: String, expected: Int, found: Int)

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
        case .incomplete(let name, let node, let expected, let found):
            "\(node): \(found) keys after the restore of dataset \"\(name)\", which has \(expected)"
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
    /// - Throws: ``DatasetError/badName(_:)``, or ``FanOutError`` with every failure.
    public func snapshotDataset(_ name: String, of content: DatasetContent) async throws {
        let dataset = try dataset(name)
        let sizes = try await progress.step("flush \(database.name) to disk") { _ in
            try await onEach(servers) { remote in
                try await remote.execute(database.flush(remote.node))
                return try await census(of: remote)
            }
        }
        try await stopCluster()
        try await progress.step("take dataset \(name)") { _ in
            try await onEach(servers) { remote in
                let about = Dataset.About(
                    servers: servers.count,
                    database: database.name,
                    census: sizes[remote.node] ?? nil,
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
        let dataset = try dataset(name)
        let abouts = try await progress.step("look for dataset \(name)") { _ in
            try await about(dataset)
        }
        let contents = Set(abouts.values.map(\.content))
        guard let content = contents.first, contents.count == 1 else {
            throw DatasetError.mixed(name: name)
        }
        try await stopCluster()
        try await progress.step("restore dataset \(name)") { _ in
            try await onEach(servers) { remote in
                try await remote.execute(dataset.restore)
                if let finish = database.afterRestore(remote.node) {
                    try await remote.execute(finish)
                }
            }
        }
        return content
    }

    /// Fails unless every server holds just as much as the dataset did; the cluster must run.
    public func verifyDataset(_ name: String) async throws {
        let dataset = try dataset(name)
        try await progress.step("count what was restored") { note in
            let expected = try await about(dataset)
            let found = try await onEach(servers) { remote in
                let found = try await census(of: remote)
                if let found, let census = expected[remote.node]?.census, census != found {
                    throw DatasetError.incomplete(
                        name: name,
                        node: remote.node.name,
                        expected: census,
                        found: found
                    )
                }
                return found
            }
            let total = found.values.compactMap { $0 }.reduce(0, +)
            note.show(total > 0 ? "\(total) keys" : "")
        }
    }

    private func about(_ dataset: Dataset) async throws -> [Node: Dataset.About] {
        try await onEach(servers) { remote in
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

    private func census(of remote: any Remote) async throws -> Int? {
        guard let call = database.census(remote.node) else { return nil }
        return Int(try await remote.execute(call).filter(\.isNumber))
    }

    private func dataset(_ name: String) throws -> Dataset {
        let isPlain = name.allSatisfy {
            $0.isASCII && ($0.isLetter || $0.isNumber || "._-".contains($0))
        }
        // A dataset in the making has the suffix .new, one that is being replaced .old.
        let isFinal = !name.hasSuffix(".new") && !name.hasSuffix(".old")
        guard isPlain, isFinal, name.first.map({ $0.isLetter || $0.isNumber }) == true else {
            throw DatasetError.badName(name)
        }
        return Dataset(name: name, database: database)
    }
}
