/// What an experiment says of one metric.
public enum Verdict: String, Sendable, Hashable, Codable {
    /// B is worse than A.
    case slower
    /// B is better than A.
    case faster
    /// Whatever difference there is, is smaller than the effect asked for.
    case same
    /// The trials so far cannot tell.
    case undecided
}

/// Which direction of a metric is the better one.
public enum Better: String, Sendable, Hashable, Codable {
    /// Latencies.
    case less
    /// Throughput.
    case more
}
