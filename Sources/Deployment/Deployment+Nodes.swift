public import DeploymentState
import Shell

extension Deployment {
    /// Runs a command on nodes, all at once, and returns what each printed.
    ///
    /// - Parameters:
    ///   - words: The program and its arguments; each reaches it as it stands here.
    ///   - nodes: The nodes.
    ///   - isRoot: Whether it runs as root; else as the login user.
    ///   - timeLimit: After this long it is killed, and the call fails.
    /// - Returns: The standard output of each node.
    /// - Throws: ``FanOutError`` with every node where it did not exit with status 0.
    @discardableResult
    public func execute(
        _ words: [String],
        on nodes: [Node],
        asRoot isRoot: Bool = true,
        timeLimit: Duration = .seconds(60)
    ) async throws -> [Node: String] {
        let call = Self.call(words, asRoot: isRoot, timeLimit)
        return try await onEach(nodes) { try await $0.execute(call) }
    }

    /// Runs a command on nodes, all at once, and gives the lines of each to `body` while it runs.
    ///
    /// - Parameters:
    ///   - words: The program and its arguments; each reaches it as it stands here.
    ///   - nodes: The nodes.
    ///   - isRoot: Whether it runs as root; else as the login user.
    ///   - timeLimit: After this long it is killed, and the call fails.
    ///   - body: What is done with the lines of one node; the command is ended when it returns. See
    ///     ``Remote/stream(_:_:)``.
    /// - Returns: What `body` returned for each node.
    /// - Throws: ``FanOutError`` with every node where it did not exit with status 0, or `body` failed.
    @discardableResult
    public func stream<Value: Sendable>(
        _ words: [String],
        on nodes: [Node],
        asRoot isRoot: Bool = true,
        timeLimit: Duration,
        _ body: @Sendable @escaping (Node, RemoteLines) async throws -> Value
    ) async throws -> [Node: Value] {
        let call = Self.call(words, asRoot: isRoot, timeLimit)
        return try await onEach(nodes) { remote in
            try await remote.stream(call) { try await body(remote.node, $0) }
        }
    }

    private static func call(
        _ words: [String],
        asRoot isRoot: Bool,
        _ timeLimit: Duration
    ) -> RemoteCall {
        isRoot
            ? RemoteCall.root(Command(words), timeLimit: timeLimit)
            : RemoteCall(Command(words), timeLimit: timeLimit)
    }

    /// Copies a local file to a path on nodes that only root may write; whole or not at all.
    ///
    /// - Parameters:
    ///   - file: The local file.
    ///   - path: The absolute path on the nodes; missing folders are made.
    ///   - nodes: The nodes.
    ///   - mode: The permission bits, such as `0o755`.
    ///   - owner: The owner, `USER:GROUP`.
    /// - Throws: ``FanOutError`` with every failure.
    public func upload(
        _ file: String,
        to path: String,
        on nodes: [Node],
        mode: Int32 = 0o644,
        owner: String = "root:root"
    ) async throws {
        try await onEach(nodes) { remote in
            try await remote.withStaging { staging in
                let staged = "\(staging)/file"
                try await remote.upload(file, to: staged, mode: 0o600)
                try await remote.execute(
                    Uploading.install(staged, as: path, mode: mode, owner: owner)
                )
            }
        }
    }
}

/// The node's side of ``Deployment/upload(_:to:on:mode:owner:)``.
enum Uploading {
    /// Moves a file that the login user left to its place, in one step.
    static func install(
        _ staged: String,
        as path: String,
        mode: Int32,
        owner: String
    ) -> RemoteCall {
        .script(
            """
            # put an uploaded file in its place
            install -D --owner "${4%%:*}" --group "${4##*:}" --mode "$3" "$1" "$2.prov-new"
            mv -T "$2.prov-new" "$2"
            """,
            arguments: [
                .plain(staged), .plain(path), .plain(String(mode, radix: 8)), .plain(owner),
            ],
            timeLimit: .seconds(300)
        )
    }
}
