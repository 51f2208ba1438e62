import DeploymentState
import Foundation
import Shell
import TestSupport
import Testing

@testable import Deployment

/// One of the two ways to a node.
enum Way: CaseIterable {
    case libssh2
    case openSSH
}

extension LoopbackSSHD {
    /// The server as a node.
    func node(_ name: String = "server-0", port: UInt16? = nil) throws -> Node {
        try #require(
            Node(
                name: name,
                publicIP: "127.0.0.1",
                privateIP: "127.0.0.1",
                user: user,
                port: Int(port ?? self.port)
            )
        )
    }

    /// A deployment of this server alone, in its folder.
    ///
    /// - Parameters:
    ///   - identity: The private key; the server's own by default.
    ///   - hosts: Of the nodes, as `known_hosts` has them; the right ones by default.
    ///   - port: Where the node is; the server's own by default.
    ///   - options: What stands first in its `ssh_config`.
    /// - Returns: Its state directory.
    /// - Throws: If a file of it cannot be written.
    func state(
        identity: String? = nil,
        hosts: String? = nil,
        port: UInt16? = nil,
        options: String = ""
    ) throws -> StateDirectory {
        let path = folder.appending(path: "demo").path
        try Files.makeDirectory(path)
        let identity = identity ?? identityFile
        try DeploymentRecord(
            name: "demo",
            id: "0a1b2c3d",
            template: "/none",
            configs: [],
            createdAt: Date(timeIntervalSince1970: 1_000_000),
            createdBy: "me",
            status: .ready,
            identity: identity,
            terraform: "/none"
        )
        .write(to: path + "/deployment.json")
        let files = StateFiles(path)
        let hosts = try hosts ?? String(contentsOfFile: knownHostsFile, encoding: .utf8)
        try Files.write(hosts, to: files.knownHosts)
        let node = try node(port: port)
        try Files.write(
            Inventory([node]).ini(identityFile: identity, knownHostsFile: files.knownHosts),
            to: files.inventory
        )
        let config = """
            \(options)
            Host \(node.name)
                HostName \(node.publicIP)
                User \(node.user)
                Port \(node.port)
            Host \(node.name)
                IdentityFile "\(identity)"
                IdentitiesOnly yes
                UserKnownHostsFile "\(files.knownHosts)"
                GlobalKnownHostsFile /dev/null
                StrictHostKeyChecking yes

            """
        try Files.write(config, to: files.sshConfig)
        return try StateDirectory.open(path)
    }

    /// A node of a deployment, reached in one way.
    func remote(_ way: Way, in state: StateDirectory) -> any Remote {
        let node = state.inventory.nodes[0]
        return switch way {
        case .libssh2: SSHRemote(to: node, in: state)
        case .openSSH: OpenSSHRemote(to: node, in: state, keyHint: "is it the right key?")
        }
    }

    /// Reaches one of its own in one way, and closes the connection after `body`.
    static func reached<Value>(
        _ way: Way,
        options: [String] = [],
        _ body: (any Remote, LoopbackSSHD) async throws -> Value
    ) async throws -> Value {
        try await with(options: options) { server in
            let remote = server.remote(way, in: try server.state())
            let result: Result<Value, any Error>
            do {
                result = .success(try await body(remote, server))
            } catch {
                result = .failure(error)
            }
            await remote.close()
            return try result.get()
        }
    }
}

extension RemoteCall {
    /// A call of shell text.
    init(text: String, input: String = "", timeLimit: Duration = .seconds(60)) {
        self.init(Command([.literal(text)]), input: input, timeLimit: timeLimit)
    }
}

/// Waits until `condition` holds, at most 20 s.
func waitUntil(_ condition: () async throws -> Bool) async rethrows {
    let deadline = ContinuousClock.now + .seconds(20)
    while ContinuousClock.now < deadline {
        if try await condition() { return }
        // A cancelled sleep only makes the next look come sooner.
        try? await Task.sleep(for: .milliseconds(5))
    }
    Issue.record("the awaited condition did not come to hold within 20 s")
}

/// A number of seconds that no other test sleeps.
func unusedSeconds() -> String { "7\(Int.random(in: 100_000_000...999_999_999))" }

/// The command lines with a word in them, but for those that end others.
func running(_ word: String) -> [String] {
    let table = ProcessTable.current()
    return table.processes(with: word).map(table.commandLine)
        .filter { !$0.hasPrefix("/bin/sh -c sessions=") && !$0.hasPrefix("ssh ") }
}
