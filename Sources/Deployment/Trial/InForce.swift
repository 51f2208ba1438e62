/// What a running database says of itself.
public struct InForce: Sendable, Hashable {
    /// Its version and build on one line, such as `7.0.15 build 1f2e3d`.
    public var version: String
    /// Every setting by the database's own name.
    public var settings: [String: String]
    /// What does not work any more, such as writing its log to a full disk; empty if all does.
    public var faults: [String]
    /// How many requests for data it has taken or refused since its start; `nil` if it does not count.
    ///
    /// Not what looks after it, such as health checks and exporters: only what a load could send.
    public var requests: Int?

    /// Makes what a database says of itself.
    public init(
        version: String,
        settings: [String: String],
        faults: [String] = [],
        requests: Int? = nil
    ) {
        self.requests = requests
        self.version = version
        self.settings = settings
        self.faults = faults
    }

    /// The names of settings that differ, sorted.
    func differences(from other: InForce) -> [String] {
        Set(settings.keys).union(other.settings.keys)
            .filter { settings[$0] != other.settings[$0] }.sorted()
    }
}
