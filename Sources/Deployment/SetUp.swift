import DeploymentState
import Shell

/// The mark that a server bears once it has been set up.
///
/// The packages alone say nothing: an image may have brought them, with the distribution's own
/// configuration and the service running.
enum SetUp {
    /// The exit status of ``look(for:)`` that says that the mark is missing.
    static let missing: Int32 = 66  // EX_NOINPUT of sysexits.h

    /// Where the mark is; another system has another.
    static func path(of system: any System) -> String { "/var/lib/prov/set-up/\(system.name)" }

    /// Makes the mark.
    static func mark(_ system: any System) -> RemoteCall {
        RemoteFile(path: path(of: system), text: "").install
    }

    /// Succeeds if the mark is there.
    static func look(for system: any System) -> RemoteCall {
        .script(
            """
            # look whether this server was set up
            [ -e "$1" ] || exit 66
            """,
            arguments: [.plain(path(of: system))]
        )
        .repeatable
    }
}

/// A server on which setup never came to its end.
struct NotSetUp: Error, Hashable, CustomStringConvertible {
    let node: String
    let system: String
    let deployment: String

    var description: String {
        "\(node) has not been set up for \(system); run: swift run setup \(deployment)"
    }
}

extension Deployment {
    /// Fails unless every server has been set up for the system; changes nothing.
    ///
    /// ``startCluster(discardingKeys:)`` and ``measure(_:limits:in:_:)`` ask by themselves.
    ///
    /// - Throws: ``FanOutError`` with each server that has not, such as one that was added since.
    public func requireSetUp() async throws {
        let call = SetUp.look(for: system)
        try await onEach(servers) { remote in
            let result = try await remote.capture(call)
            guard result.status != .exited(SetUp.missing) else {
                throw NotSetUp(
                    node: remote.node.name,
                    system: system.name,
                    deployment: state.name
                )
            }
            guard result.status.isSuccess else {
                throw RemoteError(node: remote.node.name, call: call, result: result)
            }
        }
    }
}
