/// What a running database says of itself.
public struct InForce: Sendable, Hashable {
    /// Its version and build on one line, such as `7.0.15 build 1f2e3d`.
    public var version: String
    /// Every setting by the database's own name.
    public var settings: [String: String]
    /// What does not work any more, such as writing its log to a full disk; empty if all does.
    public var faults: [String]

    /// Makes what a database says of itself.
    public init(version: String, settings: [String: String], faults: [String] = []) {
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
