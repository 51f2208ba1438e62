import DeploymentState
import Shell

/// What a load program needs on a client, looked for.
enum LoadNeeds {
    /// The exit status of ``look(for:)`` that says that something is missing.
    static let missing: Int32 = 66  // EX_NOINPUT of sysexits.h

    /// Prints the programs and files that are not there, a line each.
    ///
    /// As the login user, but in root's `PATH`, as which the load will run.
    static func look(for needs: [ClientNeed]) -> RemoteCall {
        RemoteCall(
            Command(
                ["bash", "-euo", "pipefail", "-s", "--"]
                    + needs.compactMap(\.path).map(Command.Word.plain)
            ),
            input: """
                # look for what a load needs
                PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
                status=0
                for name; do
                    command -v -- "$name" >/dev/null || { echo "$name"; status=66; }
                done
                exit $status

                """,
            timeLimit: .seconds(20)
        )
        .repeatable
    }
}

/// A client lacks what a load program needs.
struct MissingNeed: Error, Hashable, CustomStringConvertible {
    /// The programs and files that are not there.
    let missing: [String]
    let program: String
    let deployment: String

    var description: String {
        "no " + missing.map { "\"\($0)\"" }.joined(separator: " and ")
            + ", which \(program) needs; run: swift run setup \(deployment)"
    }
}

extension Deployment {
    /// Fails unless every client has what a load program needs; changes nothing.
    ///
    /// ``measure(_:limits:in:_:)``, ``populate(_:)`` and ``run(_:with:into:)`` ask by themselves, before
    /// data is touched.
    ///
    /// - Parameter program: The program; by default that of the system, which may have none.
    /// - Throws: ``FanOutError`` with what each client lacks.
    public func requireLoadProgram(_ program: (any LoadProgram)? = nil) async throws {
        guard let program = program ?? system.loadProgram else { return }
        let call = LoadNeeds.look(for: program.needs)
        try await onEach(clients) { remote in
            let result = try await remote.capture(call)
            guard result.status != .exited(LoadNeeds.missing) else {
                let names = result.output.split(separator: "\n").map(String.init)
                throw MissingNeed(
                    missing: names,
                    program: program.name,
                    deployment: state.name
                )
            }
            guard result.status.isSuccess else {
                throw RemoteError(node: remote.node.name, call: call, result: result)
            }
        }
    }
}
