/// One run of the load tool on all clients at once.
public struct Stress: Sendable, Hashable, Codable {
    /// How many requests are sent, and when.
    public enum Pace: Sendable, Hashable, Codable {
        /// Open loop: this many requests per second over all clients, for this long.
        case rate(operationsPerSecond: Double, for: Duration)
        /// Closed loop, as fast as replies come, until each key was visited once; for populating.
        case everyKeyOnce
    }

    /// How the keys are drawn.
    public enum Keys: String, Sendable, Hashable, Codable {
        /// Each as often as any other.
        case uniform
        /// Those in the middle of the range more often, as cassandra-stress does.
        case gauss
    }

    /// The name of its directory in the trial, such as `mixed`.
    public var name: String
    /// How many requests, and when.
    public var pace: Pace
    /// The share of writes, 0 to 1.
    public var writeFraction: Double
    /// The keys there are, and how long values are.
    public var content: DatasetContent
    /// How the keys are drawn; without meaning where each is visited once.
    public var keys: Keys
    /// Connections of each client, spread over the servers.
    public var connectionsPerClient: Int
    /// A request without a reply for this long counts as an error.
    public var requestTimeout: Duration
    /// So many requests of each client may be under way at once; what is due beyond fails unsent.
    public var maxOutstandingPerClient: Int
    /// How long its loaders may still run when even the last request's time limit is over.
    ///
    /// A minute, in which a busy client ends its process and a slow connection says so.
    var patience = Duration.seconds(60)

    /// Makes a load at a fixed rate.
    ///
    /// - Parameters:
    ///   - name: The name of its directory in the trial.
    ///   - operationsPerSecond: Over all clients, above 0.
    ///   - duration: How long requests are due.
    ///   - writeFraction: The share of writes, 0 to 1.
    ///   - content: The keys there are, and how long values are.
    ///   - keys: How keys are drawn.
    ///   - connectionsPerClient: Connections of each client.
    ///   - requestTimeout: After this long a request counts as an error.
    ///   - maxOutstandingPerClient: So many requests of each client may be under way at once.
    public init(
        _ name: String,
        operationsPerSecond: Double,
        for duration: Duration,
        writeFraction: Double,
        on content: DatasetContent,
        keys: Keys = .uniform,
        connectionsPerClient: Int = 24,
        requestTimeout: Duration = .seconds(10),
        maxOutstandingPerClient: Int = 1_000_000
    ) {
        self.name = name
        self.pace = .rate(operationsPerSecond: operationsPerSecond, for: duration)
        self.writeFraction = writeFraction
        self.content = content
        self.keys = keys
        self.connectionsPerClient = connectionsPerClient
        self.requestTimeout = requestTimeout
        self.maxOutstandingPerClient = maxOutstandingPerClient
    }

    /// Makes a load that writes every key once, each client every N-th.
    public static func populate(_ content: DatasetContent) -> Stress {
        var stress = Stress(
            "populate",
            operationsPerSecond: 1,
            for: .zero,
            writeFraction: 1,
            on: content
        )
        stress.pace = .everyKeyOnce
        return stress
    }

    /// How long it lasts if nothing is late; `nil` if that depends on the servers.
    public var duration: Duration? {
        guard case .rate(_, let duration) = pace else { return nil }
        return duration
    }
}
