public import DeploymentState

/// What runs on the servers and is measured: what a deployment must know to install, start and watch it.
///
/// Every requirement is a value or a pure function: a ``Deployment`` decides when each call runs,
/// on which nodes, and what its failure means. Calls are idempotent. What a conformer does not say has
/// a default. One with datasets is a ``Database``.
public protocol System: Sendable {
    /// The name in configs, datasets and trials, such as `redis`.
    var name: String { get }
    /// The systemd unit of the server.
    var unit: String { get }
    /// The systemd unit of the Prometheus exporter on each server; `nil` if the server has its own.
    var exporterUnit: String? { get }
    /// Whether Prometheus can read metrics of the system.
    var exportsMetrics: Bool { get }
    /// The port at which Prometheus reads the system's metrics.
    var exporterPort: Int { get }
    /// The port at which clients connect.
    var clientPort: Int { get }
    /// The directories that hold its data, and everything that a dataset must bring back.
    var dataDirectories: [String] { get }
    /// The files that hold its settings, which are edited where they lie.
    var configurationFiles: [String] { get }
    /// Files whose last lines say why it did not start, beside the unit's journal.
    var logFiles: [String] { get }
    /// The server's executable, in whose place a build of the user's can stand; `nil` if only the unit
    /// knows it.
    var executable: String? { get }
    /// What a package or tarball may call the executable beside its name in ``executable``.
    var otherExecutableNames: [String] { get }
    /// In which order the servers behind the first may start.
    var joining: FanOutOrder { get }
    /// How long a server may take from its start to its first answer.
    var startLimit: Duration { get }
    /// What loads it unless a script names another program; `nil` if nothing is known that could.
    var loadProgram: (any LoadProgram)? { get }

    /// Installs the packages that are missing, with their services stopped.
    func install() -> RemoteCall

    /// Returns a configuration file's new text from its present one.
    ///
    /// - Parameters:
    ///   - file: One of ``configurationFiles``.
    ///   - current: The file as it is on the node.
    ///   - node: The server.
    ///   - servers: All servers, the first one first.
    ///   - settings: What the user tweaks, by the system's own names; an empty value removes. A file
    ///     passes over those that belong into another one.
    /// - Returns: The whole text; the same as `current` if nothing is to be done.
    /// - Throws: ``DatabaseError`` if `current` cannot be read or a setting is not the user's to set.
    func configuration(
        _ file: String,
        from current: String,
        for node: Node,
        in servers: [Node],
        settings: [String: String]
    ) throws -> String

    /// Fails, with the system's own words, if it would not start with these configuration files.
    ///
    /// - Parameters:
    ///   - texts: The text of each file, by its path.
    ///   - executable: What is to start: ``executable``, or a build that may come into its place.
    /// - Returns: A call that changes nothing; `nil` if that cannot be tried.
    func check(_ texts: [String: String], with executable: String) -> RemoteCall?

    /// Returns the settings that stand in the text of a configuration file, by name.
    func settings(in text: String, of file: String) throws -> [String: String]

    /// Other files that a server needs, which are written whole.
    func files(for node: Node, in servers: [Node]) -> [RemoteFile]

    /// Prints the password that a server was given, or nothing; `nil` if the system has none.
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

    /// Succeeds if this server has been a member before; `nil` if that makes no difference.
    ///
    /// Members start first and at once, since none of them may serve without the others.
    func isMember(_ node: Node) -> RemoteCall?

    /// Makes a server that is down, and was no member before, ready to start.
    ///
    /// - Parameters:
    ///   - node: The server.
    ///   - up: The servers through which it can join, all of them up; empty for the one that begins.
    /// - Returns: The call; `nil` if nothing is to be done.
    func beforeStart(_ node: Node, through up: [Node]) -> RemoteCall?

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
    ///   - servers: All servers, the first one first.
    ///   - answers: What ``standing(_:)`` printed on each of them just now.
    /// - Returns: What each server must do now.
    /// - Throws: ``DatabaseError`` if an answer cannot be read.
    func join(_ servers: [Node], standing answers: [Node: String]) throws -> JoinStep?

    /// Succeeds when no background work disturbs a measurement.
    func isQuiet(_ node: Node) -> RemoteCall

    /// The settings whose values are passwords, in lower case; they stand in no evidence.
    var secretSettings: Set<String> { get }

    /// Asks the running server what it is and which settings it has; fails within seconds if it hangs.
    func inForce(_ node: Node) -> RemoteCall

    /// Reads the answer of ``inForce(_:)``.
    ///
    /// - Throws: ``DatabaseError/unreadable(_:_:)``.
    func inForce(from answer: String) throws -> InForce
}

/// What holds for a system that says nothing else.
extension System {
    /// The system has its own metrics.
    public var exporterUnit: String? { nil }
    /// The system's own metrics lie at the clients' port.
    public var exporterPort: Int { clientPort }
    /// They can be read.
    public var exportsMetrics: Bool { true }
    /// It keeps nothing.
    public var dataDirectories: [String] { [] }
    /// It has no settings.
    public var configurationFiles: [String] { [] }
    /// The journal says all.
    public var logFiles: [String] { [] }
    /// Only the unit knows it.
    public var executable: String? { nil }
    /// It has but one name.
    public var otherExecutableNames: [String] { [] }
    /// All servers may start at once.
    public var joining: FanOutOrder { .parallel }
    /// Five minutes.
    public var startLimit: Duration { .seconds(300) }
    /// Nothing is known that loads it.
    public var loadProgram: (any LoadProgram)? { nil }
    /// No setting is a password.
    public var secretSettings: Set<String> { [] }
    /// Nothing of a file is changed, and no setting is known.
    public func configuration(
        _ file: String,
        from current: String,
        for node: Node,
        in servers: [Node],
        settings: [String: String]
    ) throws -> String { current }
    /// The configuration is not tried beforehand.
    public func check(_ texts: [String: String], with executable: String) -> RemoteCall? { nil }
    /// No setting stands in it.
    public func settings(in text: String, of file: String) throws -> [String: String] { [:] }
    /// No other file.
    public func files(for node: Node, in servers: [Node]) -> [RemoteFile] { [] }
    /// There is no password.
    public func readPassword() -> RemoteCall? { nil }
    /// There is no password.
    public func passwordFiles(_ password: String, for node: Node) -> [RemoteFile] { [] }
    /// There is no password.
    public func takePassword() -> RemoteCall? { nil }
    /// There is no password.
    public var clientPasswordFile: String? { nil }
    /// A server that was a member starts as any other.
    public func isMember(_ node: Node) -> RemoteCall? { nil }
    /// A server is ready to start.
    public func beforeStart(_ node: Node, through up: [Node]) -> RemoteCall? { nil }
    /// A server that is up serves.
    public func isServing(_ node: Node, in servers: [Node]) -> RemoteCall { isUp(node) }
    /// The servers find each other by themselves.
    public func standing(_ node: Node) -> RemoteCall? { nil }
    /// No step is missing.
    public func join(_ servers: [Node], standing answers: [Node: String]) -> JoinStep? { nil }
    /// A server that is up is quiet.
    public func isQuiet(_ node: Node) -> RemoteCall { isUp(node) }
}
