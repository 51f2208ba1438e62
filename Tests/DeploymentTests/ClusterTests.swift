import DeploymentState
import Foundation
import SSH
import Shell
import Synchronization
import TestSupport
import Testing

@testable import Deployment

@Suite("starting and configuring a cluster", .timeLimit(.minutes(1)))
struct ClusterTests {
    /// A server of a whole cluster of one.
    private static let whole =
        "0\na1 198.18.0.10:6379@16379 myself,master - 0 0 1 connected 0-16383\n"

    private static func answer(_ call: RemoteCall) -> RemoteResult {
        RemoteResult(output: call.input.contains("cluster nodes") ? whole : "")
    }

    @Test("starts a server that is down, and changes nothing of a cluster that is whole")
    func start() async throws {
        try await withScripted(["server-0"], answer: { Self.answer($1) }) { deployment, remotes in
            try await deployment.startCluster()
            let script = "sudo -n bash -euo pipefail -s --"
            #expect(
                remotes[0].called.map(\.shown) == [
                    "\(script) /var/lib/prov/set-up/redis <<< look whether this server was set up",
                    "\(script) redis-server.service /usr/bin/redis-server /etc/redis/redis.conf"
                        + " <<< is a unit's configuration in force",
                    "\(script) redis-server.service 6379 /var/lib/redis <<< start a unit",
                    "\(script) 6379 <<< redis answers",
                    "\(script) prometheus-redis-exporter.service '' / <<< start a unit",
                    "\(script) 6379 <<< ask redis what it knows of its cluster",
                    "\(script) 6379 1 <<< redis cluster serves",
                ]
            )
        }
    }

    @Test("writes the data of a server with an old configuration to disk and starts it anew")
    func outdated() async throws {
        try await withScripted(["server-0"]) { _, call in
            call.shown.hasSuffix("is a unit's configuration in force")
                ? RemoteResult(status: .exited(3)) : Self.answer(call)
        } _: { deployment, remotes in
            try await deployment.start(deployment.servers, in: .parallel)
            let script = "sudo -n bash -euo pipefail -s --"
            #expect(
                remotes[0].called.dropFirst().map(\.shown) == [
                    "\(script) 6379 <<< redis answers",
                    "sudo -n redis-cli -e -p 6379 save",
                    "\(script) redis-server.service <<< stop a unit",
                    "\(script) <<< make the append-only files of a restored redis",
                    "\(script) redis-server.service 6379 /var/lib/redis <<< start a unit",
                    "\(script) 6379 <<< redis answers",
                ]
            )
        }
    }

    @Test("names each server that does not start once, with what its node says")
    func failedStart() async throws {
        let said = "state: ActiveState=failed\nport in use: LISTEN 0 511 0.0.0.0:6379\n"
        try await withScripted(["server-0", "server-1"]) { node, call in
            call.shown.hasSuffix("start a unit") && node == "server-0"
                ? RemoteResult(errors: said, status: .exited(1)) : Self.answer(call)
        } _: { deployment, _ in
            let error = await #expect(throws: FanOutError.self) {
                try await deployment.start(deployment.servers, in: .parallel)
            }
            #expect(
                error?.description == """
                    1 of 2 nodes failed
                    server-0: exit status 1 from: sudo -n bash -euo pipefail -s -- redis-server.service 6379 \
                    /var/lib/redis <<< start a unit
                        state: ActiveState=failed
                        port in use: LISTEN 0 511 0.0.0.0:6379
                    """
            )
        }
    }

    @Test("writes no configuration before every server has shown that it would take it")
    func refusedSetting() async throws {
        try await withScripted(["server-0", "server-1"]) { node, call in
            guard call.name == "try the redis configuration", node == "server-1" else {
                return RemoteResult()
            }
            return RemoteResult(errors: ">>> 'hzz 10'\nBad directive\n", status: .exited(1))
        } _: { deployment, remotes in
            let error = await #expect(throws: FanOutError.self) {
                try await deployment.configureSystem(settings: ["hzz": "10"])
            }
            #expect(
                error?.description == """
                    1 of 2 nodes failed
                    server-1: exit status 1 from: try the redis configuration
                        >>> 'hzz 10'
                        Bad directive
                    """
            )
            let written = remotes.flatMap(\.called).map(\.shown).filter { $0.hasPrefix("write ") }
            #expect(written == [])
        }
    }

    @Test("an answer without the owner of a file is an error, and no crash")
    func noOwner() async throws {
        try await withScripted(["server-0"]) { deployment, _ in
            let error = await #expect(throws: FanOutError.self) {
                try await deployment.configureSystem(settings: [:])
            }
            #expect(
                error?.description == """
                    1 of 1 nodes failed
                    server-0: stat /etc/redis/redis.conf answered what cannot be read: ""
                    """
            )
        }
    }

    @Test("a time limit's error names the command, without its secrets")
    func timeLimit() async throws {
        try await LoopbackSSHD.with { server in
            let state = server.folder.appending(path: "demo")
            try await withScripted(["server-0"]) { deployment, _ in
                try FileManager.default.moveItem(atPath: deployment.state.path, toPath: state.path)
            }
            let hosts = state.appending(path: "known_hosts").path
            try FileManager.default.copyItem(atPath: server.knownHostsFile, toPath: hosts)
            let identity = state.appending(path: "id_ed25519").path
            try FileManager.default.copyItem(atPath: server.identityFile, toPath: identity)
            let node = try #require(
                Node(
                    name: "server-0",
                    publicIP: "127.0.0.1",
                    privateIP: "127.0.0.1",
                    user: server.user,
                    port: Int(server.port)
                )
            )
            let remote = SSHRemote(to: node, in: try StateDirectory.open(state.path))
            let error = await #expect(throws: SSHError.self) {
                let command: Command = ["sh", "-c", "sleep 60", .secret("pass")]
                try await remote.execute(RemoteCall(command, timeLimit: .milliseconds(300)))
            }
            await remote.close()
            #expect(
                error?.description
                    == "server-0: sh -c 'sleep 60' [redacted]: timed out after 0.3 seconds"
            )
        }
    }
}
