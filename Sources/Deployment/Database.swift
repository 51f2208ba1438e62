public import DeploymentState

/// What the deployment must know of a database to install, start, fill and measure it.
///
/// Every requirement is a value or a pure function: a ``Deployment`` decides when each call runs,
/// on which nodes, and what its failure means. Calls are idempotent.
public protocol Database: Sendable {
    /// The name in datasets and trials, such as `redis`.
    var name: String { get }
    /// The systemd unit of the server.
    var unit: String { get }
    /// The systemd unit of the Prometheus exporter on each server; `nil` if the server has its own.
    var exporterUnit: String? { get }
    /// The port at which Prometheus reads the database's metrics.
    var exporterPort: Int { get }
    /// The port at which clients connect.
    var clientPort: Int { get }
    /// The directories that hold everything that a dataset must bring back.
    var dataDirectories: [String] { get }
    /// Where datasets lie on the server; on the same file system as the data, for reflinks.
    var datasetDirectory: String { get }
    /// The server's configuration file.
    var configurationFile: String { get }
    /// In which order the servers behind the seed may start.
    var joining: FanOutOrder { get }

    /// Installs the packages that are missing, with their services stopped.
    func install() -> RemoteCall

    /// Returns the configuration file's new text from its present one.
    ///
    /// - Parameters:
    ///   - current: The file as it is on the node.
    ///   - node: The server.
    ///   - servers: All servers, the seed first.
    ///   - settings: What the user tweaks, by the database's own names; an empty value removes.
    /// - Returns: The whole text; the same as `current` if nothing is to be done.
    /// - Throws: ``DatabaseError`` if `current` cannot be read or a setting is not the user's to set.
    func configuration(
        from current: String,
        for node: Node,
        in servers: [Node],
        settings: [String: String]
    ) throws -> String

    /// Fails, with the database's own words, if it would not start with this configuration file.
    ///
    /// Changes nothing; `nil` if that cannot be tried.
    func check(_ configuration: String) -> RemoteCall?

    /// Returns the settings in force, by name, from the configuration file's text.
    func settings(in configuration: String) throws -> [String: String]

    /// Other files that a server needs.
    func files(for node: Node) -> [RemoteFile]

    /// Prints the password that a server was given, or nothing; `nil` if the database has none.
    func readPassword() -> RemoteCall?

    /// The files through which a server and its exporter learn the password.
    ///
    /// - Parameters:
    ///   - password: Letters and digits; the same on all servers.
    ///   - node: The server.
    /// - Returns: Files with `isSecret`, so that none of them shows in a trial's journal.
    func passwordFiles(_ password: String, for node: Node) -> [RemoteFile]

    /// Has a server that runs take the password of its files, and its exporter too.
    ///
    /// It ends no connection, and does nothing where the server is down; `nil` if there is none.
    func takePassword() -> RemoteCall?

    /// Where the load tool finds the password on clients; `nil` if it needs none.
    var clientPasswordFile: String? { get }

    /// Succeeds when this server answers, whatever the others do.
    func isUp(_ node: Node) -> RemoteCall

    /// Succeeds when this server sees the whole cluster serving.
    func isServing(_ node: Node, in servers: [Node]) -> RemoteCall

    /// Prints what ``join(_:standing:)`` must know of this server; `nil` if it joins by itself.
    func standing(_ node: Node) -> RemoteCall?

    /// Decides the next step that makes one cluster of servers that are up; `nil` if none is missing.
    ///
    /// It is asked again after each step, so that it does not matter where an earlier call was cut
    /// short.
    ///
    /// - Parameters:
    ///   - servers: All servers, the seed first.
    ///   - answers: What ``standing(_:)`` printed on each of them just now.
    /// - Returns: What each server must do now.
    /// - Throws: ``DatabaseError`` if an answer cannot be read.
    func join(_ servers: [Node], standing answers: [Node: String]) throws -> JoinStep?

    /// Succeeds when no background work disturbs a measurement.
    func isQuiet(_ node: Node) -> RemoteCall

    /// Writes all data to disk, and returns when that is done.
    func flush(_ node: Node) -> RemoteCall

    /// Makes restored data ready for a start under the present configuration; `nil` if it is.
    func afterRestore(_ node: Node) -> RemoteCall?

    /// Prints how many rows or keys this server holds; `nil` if that cannot be told cheaply.
    func census(_ node: Node) -> RemoteCall?

    /// The settings whose values are passwords, in lower case; they stand in no evidence.
    var secretSettings: Set<String> { get }

    /// Asks the running server what it is and which settings it has; fails within seconds if it hangs.
    func inForce(_ node: Node) -> RemoteCall

    /// Reads the answer of ``inForce(_:)``.
    ///
    /// - Throws: ``DatabaseError/unreadable(_:_:)``.
    func inForce(from answer: String) throws -> InForce
}

/// What holds for a database that says nothing else.
extension Database {
    /// The database has its own metrics.
    public var exporterUnit: String? { nil }
    /// The database's own metrics lie at the clients' port.
    public var exporterPort: Int { clientPort }
    /// In `/var/lib/prov/datasets`, which is on the data's file system unless that has its own.
    public var datasetDirectory: String { "/var/lib/prov/datasets" }
    /// All servers may start at once.
    public var joining: FanOutOrder { .parallel }
    /// No setting is a password.
    public var secretSettings: Set<String> { [] }
    /// The configuration is not tried beforehand.
    public func check(_ configuration: String) -> RemoteCall? { nil }
    /// No other file.
    public func files(for node: Node) -> [RemoteFile] { [] }
    /// There is no password.
    public func readPassword() -> RemoteCall? { nil }
    /// There is no password.
    public func passwordFiles(_ password: String, for node: Node) -> [RemoteFile] { [] }
    /// There is no password.
    public func takePassword() -> RemoteCall? { nil }
    /// There is no password.
    public var clientPasswordFile: String? { nil }
    /// A server that is up serves.
    public func isServing(_ node: Node, in servers: [Node]) -> RemoteCall { isUp(node) }
    /// The servers find each other by themselves.
    public func standing(_ node: Node) -> RemoteCall? { nil }
    /// No step is missing.
    public func join(_ servers: [Node], standing answers: [Node: String]) -> JoinStep? { nil }
    /// A server that is up is quiet.
    public func isQuiet(_ node: Node) -> RemoteCall { isUp(node) }
    /// Restored data is ready.
    public func afterRestore(_ node: Node) -> RemoteCall? { nil }
    /// Nobody can count.
    public func census(_ node: Node) -> RemoteCall? { nil }
}

/// What a database cannot do as it was asked.
public enum DatabaseError: Error, Hashable, CustomStringConvertible {
    /// The setting belongs to the deployment, which would stop working without it.
    case reservedSetting(String, reason: String)
    /// The setting's name or value has characters that the configuration file cannot hold.
    case badSetting(String)
    /// Servers hold keys of another cluster, which nobody has allowed to delete; keys by node.
    case keysInTheWay([String: Int])
    /// Other values than those asked for are in force, each in words.
    case notInForce([String])
    /// After so many steps the servers are still no cluster.
    case noEnd(steps: Int)
    /// The database answered something that nobody expected; with the answer's beginning.
    case unreadable(String, String)

    /// The setting and the remedy.
    public var description: String {
        switch self {
        case .reservedSetting(let name, let reason):
            "setting \"\(name)\" is not free: \(reason)"
        case .unreadable(let database, let answer):
            "\(database) answered what cannot be read: \"\(answer)\""
        case .keysInTheWay(let keys):
            keys.sorted { $0.key < $1.key }.map { "\($0.key) holds \($0.value)" }
                .joined(separator: ", ")
                + " keys of another cluster: \"swift run setup\" deletes them and joins the servers;"
                + " datasets stay"
        case .notInForce(let differences):
            "not in force as asked: " + differences.joined(separator: ", ")
        case .noEnd(let steps):
            "the servers form no cluster after \(steps) steps: does another program change it?"
        case .badSetting(let text):
            "setting \"\(text)\" has a line break, or no name: write NAME=VALUE"
        }
    }
}
