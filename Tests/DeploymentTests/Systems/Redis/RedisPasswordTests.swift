import DeploymentState
import Foundation
import Shell
import TestSupport
import Testing

@testable import Deployment

@Suite("the password of a deployment's Redis", .timeLimit(.minutes(2)))
struct RedisPasswordTests {
    private static let nodes = ["server-0", "server-1", "client-0", "monitor-0"]

    /// What each node was called with, after ``Deployment/sharePassword()``.
    private func shared(
        _ answers: [String: String]
    ) async throws -> [String: [RemoteCall]] {
        var calls: [String: [RemoteCall]] = [:]
        try await withScripted(Self.nodes) { node, call in
            let isQuestion = call.shown.hasSuffix("read the password that redis was given")
            return RemoteResult(output: isQuestion ? answers[node] ?? "" : "")
        } _: { deployment, remotes in
            try await deployment.sharePassword()
            for remote in remotes { calls[remote.node.name] = remote.called }
        }
        return calls
    }

    @Test("is made once, of 256 random bits, and written where root and Redis alone can read it")
    func fresh() async throws {
        let calls = try await shared([:])
        let client = try #require(calls["client-0"])
        #expect(client.map(\.shown) == ["write /etc/prov/redis-password"])
        let password = client[0].input.trimmingCharacters(in: .newlines)
        #expect(password.count == 64)
        #expect(!password.contains { !$0.isHexDigit })
        #expect(Set((0..<100).map { _ in DatabasePassword().text }).count == 100)
        for server in ["server-0", "server-1"] {
            let own = try #require(calls[server])
            #expect(
                own.map(\.shown) == [
                    "sudo -n bash -euo pipefail -s -- /etc/redis/password.conf"
                        + " <<< read the password that redis was given",
                    "write /etc/redis/password.conf",
                    "write /etc/default/prometheus-redis-exporter",
                    "sudo -n bash -euo pipefail -s -- 6379 /etc/redis/password.conf "
                        + "redis-server.service prometheus-redis-exporter.service"
                        + " <<< let a running redis take its password",
                ]
            )
            #expect(own[1].input == "requirepass \(password)\nmasterauth \(password)\n")
            #expect(own[1].command.text.hasSuffix(" redis:redis 0600"))
            #expect(own[2].command.text.hasSuffix(" root:root 0600"))
        }
        #expect(client[0].command.text.hasSuffix(" root:root 0600"))
        #expect(calls["monitor-0"] == [])
        // Nowhere but on standard input, which no record keeps.
        for call in calls.values.joined() where call.input.contains(password) {
            #expect(call.isInputSecret)
        }
        #expect(!calls.values.joined().contains { $0.command.text.contains(password) })
    }

    @Test("stays that of the first server that has one")
    func kept() async throws {
        let calls = try await shared(["server-1": "0a1b\n"])
        #expect(calls["client-0"]?.map(\.input) == ["0a1b\n"])
        #expect(calls["server-0"]?[1].input == "requirepass 0a1b\nmasterauth 0a1b\n")
    }

    @Test("is not taken from a file that holds something else, which is not shown")
    func strange() async throws {
        let error = await #expect(throws: BadPassword.self) {
            try await shared(["server-1": "hunter2 #\n"])
        }
        let text = try #require(error).description
        #expect(text.hasPrefix("server-1: the password is not of letters and digits"))
        #expect(!text.contains("hunter2"))
    }

    @Test("is the exporter's by its environment, and the exporter answers at the private address")
    func exporter() throws {
        let node = try Node.made("server-0", address: "fd00::10")
        let files = RedisCluster().passwordFiles("0a1b", for: node)
        #expect(
            files.last?.text == """
                ARGS="-redis.addr redis://127.0.0.1:6379 -web.listen-address [fd00::10]:9121"
                REDIS_PASSWORD=0a1b

                """
        )
        #expect(
            Prometheus.nodeExporterFile(for: try Node.made("client-0")).text
                .hasSuffix(" --web.listen-address=198.18.0.10:9100\"\n")
        )
    }

    @Test("stands in no trial's journal")
    func journal() async throws {
        let folder = try Files.makeTemporaryDirectory("prov-journal")
        defer { try? Files.remove(folder) }  // else the system's cleaning
        let journal = try Journal(
            path: folder + "/commands.jsonl",
            redaction: Redaction(names: RedisCluster().secretSettings)
        )
        let node = try Node.made("server-0")
        let remote = RecordingRemote(ScriptedRemote(node), journal: journal)
        for file in RedisCluster().passwordFiles("0a1b2c3d", for: node) {
            try await remote.execute(file.install)
        }
        let text = try Files.read(folder + "/commands.jsonl")
        #expect(text.split(separator: "\n").count == 2)
        #expect(text.contains("<<< [redacted]"))
        #expect(!text.contains("0a1b2c3d"))
    }
}

/// The remote shell text, run here on a real Redis, with systemd left out.
@Suite("the password of a real Redis", .serialized, .timeLimit(.minutes(2)))
struct RedisPasswordServerTests {
    private let server: RedisServer
    private let folder: URL
    private let file: String

    init() async throws {
        server = try await RedisServer.start()
        folder = try ChildProcess.temporaryFolder()
        file = folder.appending(path: "password.conf").path
        try "sudo() { shift; \"$@\"; }\nsystemctl() { :; }\n"
            .write(to: folder.appending(path: "env"), atomically: true, encoding: .utf8)
        let client = folder.appending(path: "redis-cli").path
        try RedisCluster.client.text.replacing(RedisCluster.passwordFile, with: file)
            .write(toFile: client, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: client)
    }

    private func run(_ words: [String], input: String = "") async throws -> Outcome {
        var environment = ProcessInfo.processInfo.environment
        environment["BASH_ENV"] = folder.appending(path: "env").path
        environment["PATH"] = folder.path + ":" + (environment["PATH"] ?? "")
        return try await LocalProcess(
            "bash",
            words,
            environment: environment,
            input: Array(input.utf8),
            timeLimit: .seconds(30)
        )
        .run()
    }

    /// Has the server take the password of its file.
    private func take(_ password: String) async throws -> Outcome {
        try "requirepass \(password)\nmasterauth \(password)\n"
            .write(toFile: file, atomically: true, encoding: .utf8)
        let call = try #require(RedisCluster().takePassword())
        let words = ["-euo", "pipefail", "-s", "--", "\(server.port)", file, "redis", "exporter"]
        return try await run(words, input: call.input)
    }

    @Test("is taken while it runs, taken again, and never replaced by another one")
    func take() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }  // nothing is lost if it stays
        let first = try await take("0a1b")
        #expect(first.status == .exited(0), "\(first.errorText)")
        #expect(try server.ask("ping").hasPrefix("NOAUTH"))
        #expect(try await take("0a1b").status == .exited(0))
        // As root calls it: with the password of the file.
        let ping = try await run(["-c", "redis-cli -e -p \(server.port) ping"])
        #expect(ping.outputText == "PONG\n")
        let masterauth = try server.tell(["config get masterauth"], password: "0a1b")
        #expect(masterauth.contains("0a1b"))

        let other = try await take("2c3d")
        #expect(other.status == .exited(1))
        #expect(other.errorText.contains("redis runs with another password than that in \(file)"))
        #expect(!(other.errorText + other.outputText).contains("2c3d"))
    }

    @Test("lets redis-cli ask a server that does not want it yet")
    func early() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }  // nothing is lost if it stays
        try "requirepass 0a1b\n".write(toFile: file, atomically: true, encoding: .utf8)
        let ping = try await run(["-c", "redis-cli -e -p \(server.port) ping"])
        #expect(ping.outputText == "PONG\n")
        #expect(ping.status == .exited(0))
    }

    @Test("is read from the file, and from none")
    func read() async throws {
        defer { try? FileManager.default.removeItem(at: folder) }  // nothing is lost if it stays
        let call = try #require(RedisCluster().readPassword())
        let words = ["-euo", "pipefail", "-s", "--", file]
        let absent = try await run(words, input: call.input)
        #expect(absent.outputText == "")
        #expect(absent.status == .exited(0))
        try "requirepass 0a1b\nmasterauth 0a1b\n"
            .write(toFile: file, atomically: true, encoding: .utf8)
        #expect(try await run(words, input: call.input).outputText == "0a1b\n")
    }
}
