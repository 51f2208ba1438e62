import DeploymentState
import Foundation

@testable import Deployment

/// Calls `body` with a deployment whose nodes answer as the test says, in a folder of its own.
///
/// - Parameters:
///   - names: The nodes, such as `server-0`.
///   - addresses: Of the nodes, in their order; made up by default.
///   - system: What runs on the servers.
///   - answer: What each node answers; nothing and success by default.
///   - files: The text of a node's file by its path; `nil` leaves the download empty-handed.
///   - said: Gets what a person would see.
///   - body: The test; its remotes are in the order of `names`.
/// - Throws: What `body` throws.
func withScripted(
    _ names: [String],
    addresses: [String]? = nil,
    system: any System = RedisCluster(),
    answer: @escaping @Sendable (String, RemoteCall) async throws -> RemoteResult = { _, _ in
        RemoteResult()
    },
    files: @escaping @Sendable (String, String) async throws -> String? = { _, _ in nil },
    said: @escaping @Sendable (String) -> Void = { _ in },
    _ body: (Deployment, [ScriptedRemote]) async throws -> Void
) async throws {
    let folder = try Files.makeTemporaryDirectory("prov-scripted")
    defer { try? Files.remove(folder) }  // else the system's cleaning
    let state = folder + "/demo"
    try Files.makeDirectory(state)
    try DeploymentRecord(
        name: "demo",
        id: "0a1b2c3d",
        template: "/none",
        configs: [],
        createdAt: Date(timeIntervalSince1970: 1_000_000),
        createdBy: "me",
        status: .ready,
        identity: "id_ed25519",
        terraform: "/none"
    )
    .write(to: state + "/deployment.json")
    try Files.write("server_count: 1\n", to: state + "/config.yml")
    let nodes = try names.enumerated().map { index, name in
        try Node.made(name, address: addresses?[index] ?? "198.18.0.\(index + 10)")
    }
    let remotes = nodes.map { node in
        ScriptedRemote(
            node,
            answer: { try await answer(node.name, $0) },
            file: { try await files(node.name, $0) }
        )
    }
    let deployment = Deployment(
        state: try StateDirectory.open(state),
        system: system,
        nodes: nodes,
        remotes: remotes,
        progress: Progress(isTerminal: false, write: said)
    )
    try await body(deployment, remotes)
}
