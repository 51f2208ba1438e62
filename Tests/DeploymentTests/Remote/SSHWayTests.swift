import DeploymentState
import Foundation
import SSH
import TestSupport
import Testing

@testable import Deployment

@Suite("the choice between libssh2 and OpenSSH")
struct SSHWayTests {
    @Test(
        "is libssh2 unless something is beyond it",
        arguments: [
            (SSHWay.Facts(key: .usable), .libssh2), (SSHWay.Facts(key: .rsa), .openSSH(.rsaKey)),
            (SSHWay.Facts(key: .encrypted), .openSSH(.encryptedKey)),
            (SSHWay.Facts(key: .device), .openSSH(.deviceKey)),
            (SSHWay.Facts(key: .publicHalf), .openSSH(.keyInAgent)),
            (SSHWay.Facts(key: .missing, hasPublicHalf: true), .openSSH(.keyInAgent)),
            // What nobody can use is best explained by the first way.
            (SSHWay.Facts(key: .missing), .libssh2), (SSHWay.Facts(key: .unusable), .libssh2),
            (SSHWay.Facts(key: .usable, hasCertificate: true), .openSSH(.certificate)),
            (
                SSHWay.Facts(key: .usable, options: ["proxyjump": "bastion", "port": "22"]),
                .openSSH(.options(["ProxyJump"]))
            ),
            (
                SSHWay.Facts(
                    key: .rsa,
                    options: ["proxycommand": "nc %h", "hostname": "10.0.0.9"]
                ),
                .openSSH(.options(["ProxyCommand", "HostName"]))
            ),
            (
                SSHWay.Facts(
                    key: .usable,
                    options: [
                        "proxycommand": "none", "compression": "yes", "hostname": "198.18.0.10",
                        "user": "prov", "port": "22",
                    ]
                ), .libssh2
            ),
        ] as [(SSHWay.Facts, SSHWay)]
    )
    func choice(facts: SSHWay.Facts, way: SSHWay) throws {
        #expect(SSHWay.choose(facts, for: try .made("server-0")) == way)
    }

    @Test("is said in one line, with the reason, where it is not libssh2")
    func line() {
        let rsa = SSHWay.openSSH(.rsaKey)
        let jump = SSHWay.openSSH(.options(["ProxyJump", "Port"]))
        #expect(SSHWay.line([("server-0", .libssh2)], key: "/k") == nil)
        #expect(
            SSHWay.line([("server-0", rsa), ("client-0", rsa)], key: "/k")
                == "ssh: OpenSSH for all nodes, since /k is an RSA key"
        )
        #expect(
            SSHWay.line(
                [
                    ("server-0", jump), ("server-1", .libssh2), ("client-0", jump),
                    ("client-1", rsa),
                ],
                key: "/k"
            )
                == "ssh: OpenSSH for server-0, client-0, since ssh_config says ProxyJump, Port; "
                + "OpenSSH for client-1, since /k is an RSA key"
        )
    }

    @Test("reads what ssh-keygen writes, of each kind")
    func kinds() throws {
        let folder = try TemporaryFolder()
        let make: [(name: String, words: [String], kind: IdentityKind)] = [
            ("plain", ["-t", "ed25519", "-N", ""], .usable),
            ("ecdsa", ["-t", "ecdsa", "-N", ""], .usable),
            ("rsa", ["-t", "rsa", "-b", "2048", "-N", ""], .rsa),
            ("pem", ["-t", "rsa", "-b", "2048", "-N", "", "-m", "PEM"], .rsa),
            ("pkcs8", ["-t", "rsa", "-b", "2048", "-N", "", "-m", "PKCS8"], .rsa),
            ("ec8", ["-t", "ecdsa", "-N", "", "-m", "PKCS8"], .usable),
            ("secret", ["-t", "ed25519", "-N", "secret"], .encrypted),
            ("secret8", ["-t", "rsa", "-b", "2048", "-N", "secret", "-m", "PKCS8"], .encrypted),
        ]
        for (name, words, kind) in make {
            let path = folder.path + "/" + name
            try LoopbackSSHD.run(["ssh-keygen", "-q", "-f", path] + words)
            #expect(Identity.kind(of: path) == kind, "\(name)")
            #expect(Identity.kind(of: path + ".pub") == .publicHalf, "\(name)")
        }
        #expect(Identity.kind(of: folder.path + "/none") == .missing)
        #expect(Identity.kind(of: try folder.write("ssh-ed25519 hello\n", to: "x")) == .unusable)
    }
}

@Suite("OpenSSH where libssh2 cannot serve", .timeLimit(.minutes(2)))
struct SSHWayOnNodesTests {
    @Test("takes an RSA key, and says so once")
    func rsa() async throws {
        let keys = try Keys("-t", "rsa", "-b", "2048", "-N", "")
        try await LoopbackSSHD.with(options: keys.options) { server in
            let state = try server.state(identity: keys.identity)
            let said = try await Self.said(in: state)
            #expect(said == "ssh: OpenSSH for all nodes, since \(keys.identity) is an RSA key")
        }
    }

    @Test("asks an agent for an encrypted key, and for one whose private half is nowhere here")
    func agent() async throws {
        let keys = try Keys("-t", "ed25519", "-N", "secret")
        let agent = try await Agent(keys)
        try await LoopbackSSHD.with(options: keys.options) { server in
            var state = try server.state(identity: keys.identity)
            #expect(
                try await Self.said(in: state, agent: agent.socket)
                    == "ssh: OpenSSH for all nodes, since \(keys.identity) is encrypted (its agent is asked)"
            )
            try Files.remove(keys.identity)
            for identity in [keys.identity, keys.identity + ".pub"] {
                state = try server.state(identity: identity)
                #expect(
                    try await Self.said(in: state, agent: agent.socket)
                        == "ssh: OpenSSH for all nodes, "
                        + "since \(identity) has no private half here (its agent is asked)"
                )
            }
        }
    }

    @Test("says what to do without an agent, and where the agent has another key")
    func noAgent() async throws {
        let keys = try Keys("-t", "ed25519", "-N", "secret")
        let agent = try await Agent(nil)
        try await LoopbackSSHD.with(options: keys.options) { server in
            let state = try server.state(identity: keys.identity)
            for agent in [nil, ""] {
                let error = await #expect(throws: Remotes.NoAgent.self) {
                    _ = try await Remotes.make(for: state, agent: agent)
                }
                #expect(
                    error?.description
                        == "\(keys.identity) is encrypted (its agent is asked), and there is no agent "
                        + "(SSH_AUTH_SOCK is not set): start one with eval \"$(ssh-agent)\", and give it "
                        + "the key with ssh-add"
                )
            }
            let remote = try #require(
                try await Remotes.make(for: state, agent: agent.socket).remotes.first
            )
            let error = await #expect(throws: SSHError.self) {
                try await remote.execute(RemoteCall(text: "true"))
            }
            await remote.close()
            #expect(error?.reason == .authenticationRefused)
            #expect(
                error?.description.hasSuffix(
                    "; has the agent the key \"\(keys.identity)\"? \"ssh-add -l\" lists what it has, "
                        + "\"ssh-add\" adds one"
                ) ?? false
            )
        }
    }

    @Test("shows a certificate")
    func certificate() async throws {
        let keys = try Keys("-t", "ed25519", "-N", "")
        let authority = keys.folder.path + "/authority"
        try LoopbackSSHD.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", authority)
        let user = NSUserName()
        try LoopbackSSHD.run(
            ["ssh-keygen", "-q", "-s", authority, "-I", "test", "-n", user, keys.identity + ".pub"]
        )
        let options = ["AuthorizedKeysFile none", "TrustedUserCAKeys \(authority).pub"]
        try await LoopbackSSHD.with(options: options) { server in
            let state = try server.state(identity: keys.identity)
            #expect(
                try await Self.said(in: state)
                    == "ssh: OpenSSH for all nodes, since \(keys.identity) has a certificate"
            )
        }
    }

    @Test("jumps over another host, whose key is checked as well")
    func jump() async throws {
        try await LoopbackSSHD.with { bastion in
            try await LoopbackSSHD.with { server in
                func options(_ knownHosts: String) -> String {
                    """
                    Host server-0
                        ProxyJump bastion
                    Host bastion
                        HostName 127.0.0.1
                        Port \(bastion.port)
                        User \(bastion.user)
                        IdentityFile \(bastion.identityFile)
                        UserKnownHostsFile \(knownHosts)
                    """
                }
                var state = try server.state(options: options(bastion.knownHostsFile))
                #expect(
                    try await Self.said(in: state)
                        == "ssh: OpenSSH for all nodes, since ssh_config says ProxyJump"
                )
                #expect(bastion.log.contains("Accepted publickey for \(bastion.user)"))
                // One that is not known there.
                state = try server.state(options: options("/dev/null"))
                let error = await #expect(throws: FanOutError.self) {
                    try await Deployment.connect(
                        to: state,
                        progress: .init(isTerminal: false) { _ in }
                    )
                }
                #expect("\(error.map { "\($0)" } ?? "")".contains("Host key verification failed"))
            }
        }
    }

    @Test("is not for those that libssh2 reaches, whatever else ssh_config says")
    func libssh2() async throws {
        try await LoopbackSSHD.with { server in
            let state = try server.state(
                options: "Host other\n ProxyJump x\nHost *\n Compression yes"
            )
            #expect(try await Self.said(in: state) == nil)
        }
    }

    @Test("tells what ssh cannot read")
    func badConfiguration() async throws {
        try await LoopbackSSHD.with { server in
            let state = try server.state(options: "Host *\n    ProxyJmp bastion")
            let path = state.files.sshConfig
            let error = await #expect(throws: Remotes.BadConfiguration.self) {
                _ = try await Remotes.make(for: state)
            }
            #expect(
                error?.description.hasPrefix(
                    "\(path): ssh cannot read it: \(path): line 2: Bad configuration option: proxyjmp"
                ) ?? false
            )
        }
    }

    @Test("leaves no process behind when closed, and none when killed by -9")
    func noProcess() async throws {
        let keys = try Keys("-t", "rsa", "-b", "2048", "-N", "")
        let options = keys.options + ["ForceCommand sleep \(unusedSeconds())"]
        try await LoopbackSSHD.with(options: options) { server in
            let state = try server.state(identity: keys.identity)
            let config = state.files.sshConfig
            let remote = try #require(try await Remotes.make(for: state).remotes.first)
            await withTaskGroup { group in
                group.addTask { _ = try? await remote.execute(RemoteCall(text: "true")) }
                await waitUntil { server.log.contains("Starting session") }
                #expect(Self.processes(of: config).count == 1)
                await remote.close()
            }
            #expect(Self.processes(of: config) == [])

            let program = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
                .deletingLastPathComponent().appending(path: "prov-jobs").path
            let sessions = server.log.components(separatedBy: "Starting session").count
            let jobs = try ChildProcess([program, state.path])
            await waitUntil {
                server.log.components(separatedBy: "Starting session").count > sessions
            }
            #expect(Self.processes(of: config).count == 1, "\(jobs.errors)")
            jobs.send(SIGKILL)
            await waitUntil { Self.processes(of: config).isEmpty }
        }
    }

    /// The processes that hold connections by a configuration.
    private static func processes(of config: String) -> [pid_t] {
        ProcessTable.current().processes(with: "ssh -F \(config) -N")
    }

    /// What is said when a deployment is connected to, of which a node must then answer.
    private static func said(
        in state: StateDirectory,
        agent: String? = nil
    ) async throws -> String? {
        let (remotes, line) = try await Remotes.make(for: state, agent: agent)
        for remote in remotes {
            let answer = try await remote.execute(RemoteCall(text: "echo here"))
            await remote.close()
            #expect(answer == "here\n")
            #expect((remote is SSHRemote) == (line == nil))
        }
        return line
    }

    /// A key pair outside of the server's folder, which the server lets in.
    private struct Keys {
        let folder: TemporaryFolder
        var identity: String { folder.path + "/key" }
        var options: [String] { ["AuthorizedKeysFile \(identity).pub"] }

        init(_ words: String...) throws {
            folder = try TemporaryFolder()
            try LoopbackSSHD.run(["ssh-keygen", "-q", "-f", folder.path + "/key"] + words)
        }
    }

    /// A real `ssh-agent` with a key whose passphrase is `secret`.
    private final class Agent {
        let socket: String
        private let folder: TemporaryFolder
        private let process: ChildProcess

        init(_ keys: Keys?) async throws {
            folder = try TemporaryFolder()
            let socket = folder.path + "/agent"
            self.socket = socket
            process = try ChildProcess(["ssh-agent", "-D", "-a", socket])
            await waitUntil { Files.exists(socket) }
            guard let keys else { return }
            let ask = try folder.write("#!/bin/sh\necho secret\n", to: "ask")
            chmod(ask, 0o700)
            try LoopbackSSHD.run(
                "env",
                "SSH_AUTH_SOCK=\(socket)",
                "SSH_ASKPASS=\(ask)",
                "SSH_ASKPASS_REQUIRE=force",
                "ssh-add",
                "-q",
                keys.identity
            )
        }
    }
}
