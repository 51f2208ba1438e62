public import DeploymentState
import Shell
import Usage

/// The machines of one deployment, reached over SSH, with the system that runs on them.
///
/// A value: its state is on the nodes and in the state directory. Every method that acts can be
/// called again; each names the nodes that failed, all of them.
public struct Deployment: Sendable {
    /// The state directory that `prov provision` wrote.
    public let state: StateDirectory
    /// What runs on the servers.
    public let system: any System
    /// Nodes of the group `server`; the first is the seed.
    public let servers: [Node]
    /// Nodes of the group `client`, which run the load tool.
    public let clients: [Node]
    /// Nodes of the group `monitor`, which run Prometheus.
    public let monitors: [Node]
    /// What a person sees of the steps.
    public let progress: Progress

    let remotes: [String: any Remote]
    /// What is kept of the trial that runs; `nil` outside of one.
    let notes: TrialNotes?
    /// The invalid trials so far.
    let ledger: TrialLedger

    /// Makes a deployment of remotes, one for each node.
    init(
        state: StateDirectory,
        system: any System,
        nodes: [Node],
        remotes: [any Remote],
        progress: Progress,
        notes: TrialNotes? = nil,
        ledger: TrialLedger = TrialLedger()
    ) {
        self.notes = notes
        self.ledger = ledger
        self.state = state
        self.system = system
        self.servers = nodes.filter { $0.group == "server" }
        self.clients = nodes.filter { $0.group == "client" }
        self.monitors = nodes.filter { $0.group == "monitor" }
        self.progress = progress
        self.remotes = Dictionary(uniqueKeysWithValues: remotes.map { ($0.node.name, $0) })
    }

    /// Connects to every node of a deployment, all at once.
    ///
    /// - Parameters:
    ///   - state: The state directory, from `StateDirectory.open`.
    ///   - system: What runs on the servers; by default what the deployment's record names.
    ///   - progress: What a person sees of the steps.
    /// - Returns: The deployment, with every node reached once.
    /// - Throws: ``FanOutError`` with every node that did not answer; before, ``Misuse/system(_:)`` if the
    ///   record names a system that there is not, and what keeps OpenSSH from being used where it must be.
    public static func connect(
        to state: StateDirectory,
        system: (any System)? = nil,
        progress: Progress = Progress()
    ) async throws -> Deployment {
        try await connect(to: state, system: system, progress: progress, ledger: TrialLedger())
    }

    static func connect(
        to state: StateDirectory,
        system: (any System)?,
        progress: Progress,
        ledger: TrialLedger
    ) async throws -> Deployment {
        let system = try Systems.of(state, chosen: system)
        let nodes = state.inventory.nodes
        let made = try await Remotes.make(for: state)
        if let line = made.line { progress.say(line) }
        let remotes = made.remotes.map { RetryingRemote($0) }
        try await progress.step("connect to \(nodes.count.of("node")) of \(state.name)") { _ in
            _ = try await FanOut.run(over: remotes, in: .parallel) { remote in
                try await remote.execute(RemoteCall(["true"], timeLimit: .seconds(30)))
            }
        }
        return Deployment(
            state: state,
            system: system,
            nodes: nodes,
            remotes: remotes,
            progress: progress,
            ledger: ledger
        )
    }

    /// The system as one with datasets.
    ///
    /// - Throws: ``Misuse/noDatasets(_:)`` if it has none.
    var database: any Database {
        get throws(Misuse) {
            guard let database = system as? any Database else {
                throw .noDatasets(system: system.name)
            }
            return database
        }
    }

    /// All nodes: servers, clients, monitors.
    public var nodes: [Node] { servers + clients + monitors }

    /// Does `work` with each node's remote and returns the values by node.
    ///
    /// - Throws: ``FanOutError`` with every failure, after all nodes are done.
    @discardableResult
    public func onEach<Value: Sendable>(
        _ nodes: [Node],
        in order: FanOutOrder = .parallel,
        _ work: @Sendable @escaping (any Remote) async throws -> Value
    ) async throws -> [Node: Value] {
        let chosen = nodes.compactMap { remotes[$0.name] }
        precondition(chosen.count == nodes.count, "a node of another deployment")
        return try await FanOut.run(over: chosen, in: order, work)
    }

    /// Asks until the call succeeds on every node.
    ///
    /// - Parameters:
    ///   - nodes: The nodes to wait for.
    ///   - what: What is awaited, for the error.
    ///   - timeout: After this long the wait fails, with what the call said last.
    ///   - interval: The pause between two calls on one node.
    ///   - hope: Asked about each second meanwhile; when it fails, the wait does.
    ///   - call: The call for each node, which may run twice.
    /// - Throws: ``FanOutError`` with the nodes where it did not come about.
    public func waitFor(
        _ nodes: [Node],
        _ what: String,
        timeout: Duration,
        pollingEvery interval: Duration = .milliseconds(100),
        asLongAs hope: RemoteCall? = nil,
        _ call: @Sendable @escaping (Node) -> RemoteCall
    ) async throws {
        try await onEach(nodes) { remote in
            let deadline = ContinuousClock.now + timeout
            var asked = ContinuousClock.now
            while true {
                let result = try await remote.capture(call(remote.node).repeatable)
                if result.status.isSuccess { return }
                if let hope, ContinuousClock.now - asked > .seconds(1) {
                    try await remote.execute(hope)
                    asked = ContinuousClock.now
                }
                guard ContinuousClock.now < deadline else {
                    let said = result.errors.split(separator: "\n").suffix(20).map { "\n    " + $0 }
                    throw WaitError(what: what, timeout: timeout, said: said.joined())
                }
                try await Task.sleep(for: interval)
            }
        }
    }

    /// Ends all connections.
    public func close() async {
        await withTaskGroup { group in
            for remote in remotes.values { group.addTask { await remote.close() } }
        }
    }

    /// Returns this deployment with each remote command written to a trial's journal.
    func recording(to journal: Journal, _ notes: TrialNotes) -> Deployment {
        Deployment(
            state: state,
            system: system,
            nodes: nodes,
            remotes: remotes.values.map { RecordingRemote($0, journal: journal) },
            progress: progress,
            notes: notes,
            ledger: ledger
        )
    }
}

/// Something awaited on a node did not come about in time.
struct WaitError: Error, CustomStringConvertible {
    let what: String
    let timeout: Duration
    let said: String

    var description: String { "no \(what) within \(timeout.inSeconds) s\(said)" }
}
