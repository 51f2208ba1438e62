import Foundation
import SSH
import TestSupport
import Testing

@Suite("connect", .timeLimit(.minutes(2)))
struct ConnectTests {
    @Test("takes IPv4, IPv6 and host names", arguments: ["127.0.0.1", "::1", "localhost"])
    func hosts(host: String) async throws {
        try await LoopbackSSHD.with { server in
            let result = try await Self.run("echo there", at: server.target(host: host))
            #expect(result.text == "there\n")
        }
    }

    @Test("takes the kind of host key that is known, though the server has others")
    func hostKeyKinds() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        // Nothing else knows of the folder.
        defer { try? FileManager.default.removeItem(at: folder) }
        let key = folder.appending(path: "key").path
        try LoopbackSSHD.run("ssh-keygen", "-q", "-t", "ecdsa", "-N", "", "-f", key)
        try await LoopbackSSHD.with(options: ["HostKey \(key)"]) { server in
            #expect(try await Self.run("true", at: server.target()).status == .exited(0))
            let line = try String(contentsOfFile: key + ".pub", encoding: .utf8)
            try Data("[127.0.0.1]:\(server.port) \(line)".utf8)
                .write(to: URL(filePath: server.knownHostsFile))
            #expect(try await Self.run("true", at: server.target()).status == .exited(0))
        }
    }

    @Test(
        "takes the kinds of identity that libssh2 signs as sshd wants",
        arguments: [["ed25519"], ["ecdsa"], ["ecdsa", "-m", "PEM"], ["ecdsa", "-m", "PKCS8"]]
    )
    func identities(kind: [String]) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        // Nothing else knows of the folder.
        defer { try? FileManager.default.removeItem(at: folder) }
        let key = folder.appending(path: "key").path
        try LoopbackSSHD.run(["ssh-keygen", "-q", "-N", "", "-f", key, "-t"] + kind)
        try await LoopbackSSHD.with(options: ["AuthorizedKeysFile \(key).pub"]) { server in
            let result = try await Self.run("true", at: server.target(identityFile: key))
            #expect(result.status == .exited(0))
        }
    }

    @Test("takes hashed known hosts")
    func hashed() async throws {
        try await LoopbackSSHD.with { server in
            try LoopbackSSHD.run("ssh-keygen", "-q", "-H", "-f", server.knownHostsFile)
            #expect(try await Self.run("true", at: server.target()).status == .exited(0))
        }
    }

    @Test("serves many connections at once to a server that drops most of them")
    func dropping() async throws {
        try await LoopbackSSHD.with(options: ["MaxStartups 3:70:8"]) { server in
            let target = server.target()
            let count = try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<60 {
                    group.addTask {
                        let result = try await Self.run("true", at: target)
                        #expect(result.status == .exited(0))
                    }
                }
                return try await group.reduce(into: 0) { count, _ in count += 1 }
            }
            #expect(count == 60)
        }
    }

    @Test("runs more commands at once than the server allows sessions", arguments: [10, 3, 1])
    func sessions(limit: Int) async throws {
        try await LoopbackSSHD.connected(options: ["MaxSessions \(limit)"]) { connection, _ in
            try await withThrowingTaskGroup(of: (Int, String).self) { group in
                for index in 0..<40 {
                    group.addTask {
                        let text = "echo \(index)"
                        return (
                            index, try await connection.execute(text, timeout: .seconds(60)).text
                        )
                    }
                }
                for try await (index, text) in group { #expect(text == "\(index)\n") }
            }
        }
    }

    @Test("is cancelled with its task")
    func cancellation() async throws {
        let listener = try SilentListener()
        try await LoopbackSSHD.with { server in
            let target = server.target(port: listener.port)
            let start = ContinuousClock.now
            await withTaskGroup(of: SSHError?.self) { group in
                group.addTask {
                    await #expect(throws: SSHError.self) {
                        try await SSHConnection.connect(to: target, timeout: .seconds(60))
                    }
                }
                group.cancelAll()
                for await error in group { #expect(error?.reason == .cancelled) }
            }
            #expect(ContinuousClock.now - start < .seconds(20))
        }
    }

    static func run(_ text: String, at target: SSHTarget) async throws -> ExecutionResult {
        let connection = try await SSHConnection.connect(to: target, timeout: .seconds(60))
        let result = try await connection.execute(text, timeout: .seconds(60))
        await connection.close()
        return result
    }
}
