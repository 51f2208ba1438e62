import DeploymentState
import Usage

/// The systems that a deployment's servers can run, by the name in its record.
enum Systems {
    private static let all: [any System] = [
        RedisCluster(), Etcd(), PostgreSQL(), CQLDatabase(.scylla), CQLDatabase(.cassandra),
        Service.undescribed,
    ]

    /// The names, in the order in which errors list them.
    static var names: [String] { all.map(\.name) }

    /// The option by which a script takes another system than the record's.
    static let option = Usage.Option(
        "system",
        value: "NAME",
        "what runs on the servers, if not what the deployment's config says: "
            + names.joined(separator: " or ")
    )

    /// Returns the system of that name.
    ///
    /// - Throws: ``Misuse/system(_:)`` if there is none.
    static func named(_ name: String) throws(Misuse) -> any System {
        guard let system = all.first(where: { $0.name == name }) else { throw .system(name) }
        return system
    }

    /// Returns the system that ``option`` names; `nil` if it was not given.
    static func named(by arguments: Arguments) throws(Misuse) -> (any System)? {
        guard let name = arguments.value(option.name) else { return nil }
        return try named(name)
    }

    /// Returns what runs on a deployment's servers: what a script chose, or what the record names.
    ///
    /// - Throws: ``Misuse/system(_:)`` if there is no such system; ``ServiceError`` if the deployment's
    ///   config does not describe its service.
    static func of(_ state: StateDirectory, chosen: (any System)?) throws -> any System {
        let system = try chosen ?? of(state.record)
        guard let service = system as? Service, !service.isDescribed else { return system }
        let place = state.files.config
        return try Service(config: try Files.read(place), at: place)
    }

    /// Returns the system that a record names, or the standard one.
    static func of(_ record: DeploymentRecord) throws(Misuse) -> any System {
        try named(record.system ?? DeploymentRecord.systems[0])
    }
}
