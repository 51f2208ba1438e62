/// What one `bench load` was asked to do and what became of it, as it writes in its last moment.
///
/// The load tool writes it with `--result FILE`; scripts read it to judge a trial. A load that was
/// killed leaves no result. Times are in nanoseconds.
public struct LoadResult: Sendable, Hashable, Codable {
    /// How a load ended.
    public enum Ending: String, Sendable, Hashable, Codable {
        /// Every request of the schedule was taken up and settled.
        case complete
        /// A signal ended it early, or its first failure if that was asked for.
        case stopped
    }

    /// How it ended.
    public var ending: Ending
    /// The load tool's version.
    public var version: String

    // What was asked.

    /// Which part of the schedule this process played, from 1 to ``parts``.
    public var part: Int
    /// In how many parts the schedule was played.
    public var parts: Int
    /// Requests per second of all parts together; `nil` for a closed loop.
    public var rate: Double?
    /// How long the schedule lasts; `nil` if it ends by a number of requests.
    public var duration: Int?
    /// When the first request of the schedule was due, since 1970-01-01 UTC.
    public var start: Int
    /// The number of the first key.
    public var firstKey: Int
    /// How many keys there are.
    public var keys: Int
    /// How keys are drawn, such as `uniform`.
    public var distribution: String
    /// The share of writes, 0 to 1.
    public var writeFraction: Double
    /// The size of written values in bytes.
    public var valueSize: Int
    /// Connections of this process.
    public var connections: Int
    /// Event loops of this process.
    public var threads: Int
    /// The seed of its random numbers.
    public var seed: Int
    /// After this long a request has failed.
    public var timeout: Int
    /// So many requests may be under way before further ones fail unsent.
    public var maxOutstanding: Int
    /// Whether the loader's machine kept its processors out of their sleep states; `nil` if nothing is known of it.
    public var keepsAwake: Bool?

    // What became of it.

    /// Requests of this part that the schedule held until the end of the load.
    public var due: Int
    /// Of those, requests that were written to a connection.
    public var sent: Int
    /// Of those, requests whose fate is known: answered or failed.
    public var settled: Int
    /// Requests that a server answered with an error.
    public var refused: Int
    /// Requests without a reply within ``timeout``.
    public var timedOut: Int
    /// Requests whose connection broke before the reply.
    public var lost: Int
    /// Requests that failed unsent, because ``maxOutstanding`` were under way.
    public var overflowed: Int
    /// Reads, failed ones too.
    public var reads: Int
    /// Reads that found nothing under their key.
    public var missing: Int
    /// How many refusals began with which word, such as `CLUSTERDOWN`; the rarest are under `other`.
    public var refusals: [String: Int]
    /// Redirections to another server that were followed.
    public var redirected: Int
    /// Connections that broke or could not be made.
    public var brokenConnections: Int
    /// The most requests that were under way at once.
    public var mostOutstanding: Int
    /// Requests that this process itself took up more than 1 ms after they were due.
    public var late: Int
    /// How long after it was due the latest request was taken up.
    public var latest: Int
    /// Time on processors of this process.
    public var processorTime: Int
    /// The largest share of a core that one event loop took over the load, 0 to 1.
    public var busiestLoop: Double
    /// From the first due time to the last settled request.
    public var length: Int

    /// All failed requests.
    public var errors: Int { refused + timedOut + lost + overflowed }

    /// Makes a result of all its fields.
    public init(
        ending: Ending,
        version: String,
        part: Int,
        parts: Int,
        rate: Double?,
        duration: Int?,
        start: Int,
        firstKey: Int,
        keys: Int,
        distribution: String,
        writeFraction: Double,
        valueSize: Int,
        connections: Int,
        threads: Int,
        seed: Int,
        timeout: Int,
        maxOutstanding: Int,
        keepsAwake: Bool? = nil,
        due: Int,
        sent: Int,
        settled: Int,
        refused: Int,
        timedOut: Int,
        lost: Int,
        overflowed: Int,
        reads: Int,
        missing: Int,
        refusals: [String: Int],
        redirected: Int,
        brokenConnections: Int,
        mostOutstanding: Int,
        late: Int,
        latest: Int,
        processorTime: Int,
        busiestLoop: Double,
        length: Int
    ) {
        self.ending = ending
        self.version = version
        self.part = part
        self.parts = parts
        self.rate = rate
        self.duration = duration
        self.start = start
        self.firstKey = firstKey
        self.keys = keys
        self.distribution = distribution
        self.writeFraction = writeFraction
        self.valueSize = valueSize
        self.connections = connections
        self.threads = threads
        self.seed = seed
        self.timeout = timeout
        self.maxOutstanding = maxOutstanding
        self.keepsAwake = keepsAwake
        self.due = due
        self.sent = sent
        self.settled = settled
        self.refused = refused
        self.timedOut = timedOut
        self.lost = lost
        self.overflowed = overflowed
        self.reads = reads
        self.missing = missing
        self.refusals = refusals
        self.redirected = redirected
        self.brokenConnections = brokenConnections
        self.mostOutstanding = mostOutstanding
        self.late = late
        self.latest = latest
        self.processorTime = processorTime
        self.busiestLoop = busiestLoop
        self.length = length
    }
}
