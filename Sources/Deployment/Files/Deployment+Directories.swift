public import DeploymentState
import Foundation
import Usage

extension Deployment {
    /// Copies what is in a local folder to a folder on nodes, by rsync: only what differs is sent.
    ///
    /// Every node is looked at first, and nothing is changed if one lacks rsync. Each file appears whole; links
    /// stay links, permissions and times are kept. Running it twice is safe.
    ///
    /// - Parameters:
    ///   - folder: The local folder.
    ///   - path: The absolute path of the folder on the nodes; missing folders are made.
    ///   - nodes: The nodes.
    ///   - isRoot: Whether root writes there; else the login user.
    ///   - owner: The owner, `USER:GROUP`, if root writes.
    ///   - isMirror: Whether what the local folder lacks is removed there.
    ///   - timeLimit: For all of it.
    /// - Throws: ``FanOutError`` with every failure.
    public func uploadDirectory(
        _ folder: String,
        to path: String,
        on nodes: [Node],
        asRoot isRoot: Bool = true,
        owner: String = "root:root",
        mirroring isMirror: Bool = false,
        timeLimit: Duration = .seconds(900)
    ) async throws {
        let copy = DirectoryCopy(
            direction: .upload(owner: isRoot ? owner : nil),
            local: folder,
            remote: path,
            isRoot: isRoot,
            isMirror: isMirror,
            timeLimit: timeLimit
        )
        try Self.require(absolute: path)
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder),
            isFolder.boolValue
        else { throw Misuse.noFolder(folder) }
        try await progress.step("upload \(folder) to \(path) on \(nodes.count.of("node"))") { _ in
            try await look(for: copy, on: nodes)
            try await onEach(nodes) { remote in
                try await remote.execute(copy.prepare)
                try await remote.copy(copy)
            }
        }
    }

    /// Copies what is in a folder on nodes into `folder/NODE/`, by rsync: only what differs is sent.
    ///
    /// Nothing of a node is believed: what comes is this user's and private, has no setuid bit, and is a file or
    /// a folder; links and devices are left out. ``collect(_:from:into:entryLimit:)`` takes patterns and brings links.
    ///
    /// - Parameters:
    ///   - path: The absolute path of the folder on the nodes.
    ///   - nodes: The nodes.
    ///   - folder: The local folder; what it holds already stays, but for files of the same path.
    ///   - isRoot: Whether root reads there; else the login user.
    ///   - isMirror: Whether what a node lacks is removed in its local folder.
    ///   - limit: The most that a node's local folder may hold then, in bytes: looked at each second.
    ///   - entryLimit: The most files and folders that it may hold.
    ///   - timeLimit: For all of it.
    /// - Returns: Each node's own folder.
    /// - Throws: ``FanOutError`` with every failure.
    @discardableResult
    public func downloadDirectory(
        _ path: String,
        from nodes: [Node],
        into folder: String,
        asRoot isRoot: Bool = true,
        mirroring isMirror: Bool = false,
        limit: Int = 64 << 30,
        entryLimit: Int = 100_000,
        timeLimit: Duration = .seconds(900)
    ) async throws -> [Node: String] {
        try Self.require(absolute: path)
        let copy = { @Sendable (local: String) in
            DirectoryCopy(
                direction: .download(bytes: limit, entries: entryLimit),
                local: local,
                remote: path,
                isRoot: isRoot,
                isMirror: isMirror,
                timeLimit: timeLimit
            )
        }
        let count = nodes.count.of("node")
        return try await progress.step("download \(path) from \(count)") { _ in
            try await look(for: copy(folder), on: nodes)
            return try await onEach(nodes) { remote in
                let local = "\(folder)/\(remote.node.name)"
                try FileManager.default.createDirectory(
                    atPath: local,
                    withIntermediateDirectories: true
                )
                try await remote.copy(copy(local))
                return local
            }
        }
    }

    /// Fails unless every node has what a copy needs.
    private func look(for copy: DirectoryCopy, on nodes: [Node]) async throws {
        try await onEach(nodes) { remote in
            let result = try await remote.capture(copy.look.repeatable)
            if case .exited(let status) = result.status,
                let missing = DirectoryCopy.Need(rawValue: status)
            {
                throw DirectoryCopyError(node: remote.node.name, copy: copy, missing: missing)
            }
            guard result.status.isSuccess else {
                throw RemoteError(node: remote.node.name, call: copy.look, result: result)
            }
        }
    }

    private static func require(absolute path: String) throws(Misuse) {
        guard path.hasPrefix("/"), !path.contains("\0") else { throw .relativePath(path) }
    }
}
