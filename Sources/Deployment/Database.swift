public import DeploymentState

/// A system with datasets: it can be filled, snapshotted and restored.
public protocol Database: System {
    /// Where datasets lie on the server; on the same file system as the data, for reflinks.
    var datasetDirectory: String { get }
    /// Whether every server holds all keys, instead of a share of them.
    var isReplicated: Bool { get }
    /// The command by which a person deletes all keys, as it is typed on a server.
    var emptying: String { get }

    /// Writes all data to disk, and returns when that is done.
    func flush(_ node: Node) -> RemoteCall

    /// Makes restored data ready for a start under the present configuration; `nil` if it is.
    func afterRestore(_ node: Node) -> RemoteCall?

    /// Prints how many rows or keys this server holds, or nothing if counting them would take too long;
    /// `nil` if that cannot be told cheaply.
    func census(_ node: Node) -> RemoteCall?

    /// Prints one line that is another one for any other data; `nil` if that cannot be told cheaply.
    ///
    /// It stays the same while the data are copied and a server starts from the copy.
    func fingerprint(_ node: Node) -> RemoteCall?
}

/// What holds for a database that says nothing else.
extension Database {
    /// In `/var/lib/prov/datasets`, which is on the data's file system unless that has its own.
    public var datasetDirectory: String { "/var/lib/prov/datasets" }
    /// Each server holds a share.
    public var isReplicated: Bool { false }
    /// Restored data is ready.
    public func afterRestore(_ node: Node) -> RemoteCall? { nil }
    /// Nobody can count.
    public func census(_ node: Node) -> RemoteCall? { nil }
    /// Nobody can compare.
    public func fingerprint(_ node: Node) -> RemoteCall? { nil }

    /// How many keys all servers hold together; `nil` if one of them cannot tell.
    func total(of counts: some Collection<Int?>) -> Int? {
        let counted = counts.compactMap { $0 }
        guard counted.count == counts.count, !counts.isEmpty else { return nil }
        // Of servers that hold the same, one that holds less shows.
        return isReplicated ? counted.min() : counted.reduce(0, +)
    }
}
