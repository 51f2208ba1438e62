public import Foundation
public import LoadResult

/// What a trial keeps of one stress: what was asked, what the loaders say, what the nodes said before and after.
public struct StressEvidence: Sendable, Hashable, Codable {
    /// What is known of all nodes at one moment.
    public struct Moment: Sendable, Hashable, Codable {
        /// When, UTC.
        public var time: Date
        /// What each node said of itself, by name.
        public var nodes: [String: NodeMoment] = [:]
        /// How far each node's clock is from this machine's, by name.
        var clocks: [String: ClockReading] = [:]
        /// The running database's version and build, by server.
        public var versions: [String: String] = [:]
        /// What the running database says does not work, by server; empty if all does.
        public var faults: [String: [String]] = [:]
        /// How many requests for data the running database had taken, by server.
        public var requests: [String: Int] = [:]
        /// What could not be read, and why, by node; such as `what time it is: no answer`.
        public var unread: [String: [String]] = [:]
    }

    /// How a script went on with a stress that another had begun.
    public struct Attached: Sendable, Hashable, Codable {
        /// When, UTC.
        public var time: Date
        /// How long the load had ended by then, in seconds; 0 if it still ran.
        public var secondsBehindEnd: Double
    }

    /// The stress's name.
    public var name: String
    /// What was asked of the load tool.
    public var load: Load
    /// The clients that played it.
    public var clients: [String]
    /// What each client's load tool says; those that were killed are missing.
    public var results: [String: LoadResult] = [:]
    /// What was so just before the first request.
    public var before: Moment
    /// What was so just after the last; `nil` if the stress failed or was interrupted.
    public var after: Moment?
    /// The database's settings in force before the first request, read from the running servers.
    ///
    /// What all share is under `all`, the rest by server. Passwords are `[redacted]`.
    public var settings: [String: [String: String]] = [:]
    /// The settings that were others after the stress, by server; empty if none.
    public var changed: [String: [String]] = [:]
    /// The faults that were injected, with what became of each; `nil` if there were none.
    public var injected: [InjectedFault]?
    /// When another script went on with it; `nil` if one script saw it whole.
    public var attached: Attached?
    /// Whether the cluster was restored from a dataset before, so that every key is there.
    public var isOnDataset: Bool
    /// Every setting before, with passwords, to compare with; in memory only.
    private var inForce: [String: InForce] = [:]
    /// What a script that went on with it does not know; in memory only.
    private var redaction: Redaction?

    private enum CodingKeys: String, CodingKey {
        case name, load, clients, results, before, after, settings, changed, injected, attached
        case isOnDataset
    }

    /// Begins with what was so before the first request.
    init(
        of stress: Stress,
        with program: any LoadProgram,
        clients: [String],
        before reading: Reading,
        isOnDataset: Bool,
        redaction: Redaction
    ) {
        name = stress.name
        load = Load(stress, with: program, clients: clients.count)
        self.clients = clients
        before = reading.moment
        inForce = reading.databases
        settings = TrialRecord.condensed(
            reading.databases.mapValues { redaction.settings($0.settings) }
        )
        self.isOnDataset = isOnDataset
    }

    /// Keeps what the load tools say, by client.
    mutating func take(_ results: [String: LoadResult]) {
        self.results = results
        load.loaderVersion = results.values.first?.version
    }

    /// Gets ready to compare what was read of a file: all settings but the secret ones.
    mutating func goOn(with redaction: Redaction) {
        self.redaction = redaction
        let all = settings["all"] ?? [:]
        for (node, version) in before.versions {
            let own = all.merging(settings[node] ?? [:]) { $1 }
            inForce[node] = InForce(version: version, settings: own)
        }
    }

    /// Keeps what is so after the last request.
    mutating func end(with reading: Reading) {
        after = reading.moment
        for (node, reading) in reading.databases {
            var now = reading
            if let redaction { now.settings = redaction.settings(now.settings) }
            let names = inForce[node]?.differences(from: now) ?? []
            if !names.isEmpty { changed[node] = names }
        }
    }
}

/// What was read of all nodes at one moment, with the settings of the databases.
struct Reading: Sendable {
    var moment: StressEvidence.Moment
    var databases: [String: InForce] = [:]
}

/// A stress as `trial.json` tells it.
public struct Load: Sendable, Hashable, Codable {
    /// The load program's name.
    public var program: String
    /// Whether its requests were due at random moments of the rate, not evenly.
    public var isRandom: Bool
    /// Whether the program sends at the rate asked for.
    public var keepsRate: Bool
    /// Whether the program says what came of its requests, and how late it was itself.
    public var isWitnessed: Bool
    /// Requests per second of all clients together; `nil` where each key is visited once.
    public var operationsPerSecond: Double?
    /// How long requests were due, in seconds; `nil` where each key is visited once.
    public var seconds: Double?
    /// The share of writes, 0 to 1.
    public var writeFraction: Double
    /// How many keys there are.
    public var keyCount: Int
    /// Bytes in each value.
    public var valueBytes: Int
    /// How the keys are drawn.
    public var keys: String
    /// Connections of each client.
    public var connectionsPerClient: Int
    /// How many requests of each client could be under way at once.
    public var maxOutstandingPerClient: Int
    /// After this long a request has failed, in seconds.
    public var requestTimeoutSeconds: Double
    /// In how many parts the schedule was played: one for each client.
    public var parts: Int
    /// The seeds of the parts' random numbers, in order.
    public var seeds: [Int]
    /// The load tool's version; `nil` until it has said so.
    public var loaderVersion: String?

    /// Makes the description of a stress on so many clients.
    init(_ stress: Stress, with program: any LoadProgram, clients: Int) {
        self.program = program.name
        isRandom = program.isRandom
        keepsRate = program.keepsRate
        isWitnessed = program.files(of: stress).result != nil
        if case .rate(let rate, let duration) = stress.pace {
            operationsPerSecond = rate
            seconds = duration.inSeconds
        }
        writeFraction = stress.writeFraction
        keyCount = stress.content.keyCount
        valueBytes = stress.content.valueBytes
        keys = stress.pace == .everyKeyOnce ? "sequence" : stress.keys.rawValue
        connectionsPerClient = stress.connectionsPerClient
        maxOutstandingPerClient = stress.maxOutstandingPerClient
        requestTimeoutSeconds = stress.requestTimeout.inSeconds
        parts = clients
        seeds = (0..<clients).map { LoadPart.seed(of: $0) }
    }

    /// What another load has otherwise, such as `operationsPerSecond is 4000.0 and not 20000.0`.
    func differences(from asked: Load) -> [String] {
        let pairs = zip(Mirror(reflecting: self).children, Mirror(reflecting: asked).children)
        return pairs.compactMap { own, other in
            guard let name = own.label, name != "loaderVersion" else { return nil }
            func text(_ value: Any) -> String { (value as? Double?)?.map { "\($0)" } ?? "\(value)" }
            let (found, wanted) = (text(own.value), text(other.value))
            return found == wanted ? nil : "\(name) is \(found) and not \(wanted)"
        }
    }
}
