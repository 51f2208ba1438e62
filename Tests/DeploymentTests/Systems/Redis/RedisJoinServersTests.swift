import DeploymentState
import Foundation
import Shell
import Synchronization
import TestSupport
import Testing

@testable import Deployment

/// Real servers on loopback addresses of their own; the calls run here, with systemd left out.
///
/// One after another: each is several processes, and other tests have their time limits.
@Suite("RedisCluster joins real servers", .serialized, .timeLimit(.minutes(3)))
struct RedisJoinServersTests {
    private struct Cut: Error {}

    /// Servers, and the commands that reach each under its node's name.
    private final class Machines: Sendable {
        let servers: [RedisServer]
        private let folder: URL
        /// How many changing calls are let through before each fails; `nil` for all.
        private let left = Mutex<Int?>(nil)

        var addresses: [String] { servers.map(\.host) }

        init(_ count: Int) async throws {
            var servers: [RedisServer] = []
            let net = "127.\(Int.random(in: 1...250)).\(Int.random(in: 1...250))"
            for index in 1...count {
                servers.append(
                    try await .start(cluster: true, host: "\(net).\(index)", port: 6_379)
                )
            }
            self.servers = servers
            folder = try ChildProcess.temporaryFolder()
            for (index, server) in servers.enumerated() {
                try """
                sudo() { shift; "$@"; }
                redis-cli() { command redis-cli -h \(server.host) "$@"; }

                """
                .write(
                    to: folder.appending(path: "server-\(index)"),
                    atomically: true,
                    encoding: .utf8
                )
            }
        }

        deinit {
            // Nothing is lost if the folder of a test stays.
            try? FileManager.default.removeItem(at: folder)
        }

        func allow(_ count: Int?) { left.withLock { $0 = count } }

        func answer(_ node: String, _ call: RemoteCall) async throws -> RemoteResult {
            guard (call.command.text + call.input).contains("redis-cli") else {
                return RemoteResult()
            }
            if !call.mayRunTwice {
                try left.withLock { left in
                    guard let count = left else { return }
                    guard count > 0 else { throw Cut() }
                    left = count - 1
                }
            }
            var environment = ProcessInfo.processInfo.environment
            // Each bash that is started reads it, and so has its node's functions.
            environment["BASH_ENV"] = folder.appending(path: node).path
            let outcome = try await LocalProcess(
                "bash",
                ["-c", call.command.text],
                environment: environment,
                input: Array(call.input.utf8),
                timeLimit: call.timeLimit
            )
            .run()
            guard case .exited(let status) = outcome.status else { throw Cut() }
            return RemoteResult(
                output: outcome.outputText,
                errors: outcome.errorText,
                status: .exited(status)
            )
        }

        /// Starts the cluster of the first `count` servers.
        func start(_ count: Int, discardingKeys: Bool = true) async throws {
            let names = (0..<count).map { "server-\($0)" }
            try await withScripted(
                names,
                addresses: Array(addresses.prefix(count)),
                answer: { try await self.answer($0, $1) }
            ) { deployment, _ in
                try await deployment.startCluster(discardingKeys: discardingKeys)
            }
        }

        func keys(_ count: Int) throws -> Int {
            try servers.prefix(count).map { Int(try $0.ask("dbsize").filter(\.isNumber)) ?? 0 }
                .reduce(0, +)
        }

        func fill() throws {
            for key in 0..<20 {
                let answer = try servers[0].ask("-c", "set", "key-\(key)", "value")
                #expect(answer == "OK\n")
            }
        }
    }

    @Test("from wherever an earlier call was cut short", arguments: [0, 1, 3, 4, 6, 8])
    func cutShort(after count: Int) async throws {
        let machines = try await Machines(3)
        machines.allow(count)
        await #expect(throws: (any Error).self) { try await machines.start(3) }
        machines.allow(nil)
        try await machines.start(3)
        try machines.fill()
        #expect(try machines.keys(3) == 20)
        // And once more changes nothing.
        machines.allow(0)
        try await machines.start(3, discardingKeys: false)
        #expect(try machines.keys(3) == 20)
    }

    @Test("after growing from 3 to 4 and shrinking to 3, cut short on the way", arguments: [0, 2])
    func resized(cut count: Int) async throws {
        let machines = try await Machines(4)
        try await machines.start(3)
        try machines.fill()

        let refusal = await #expect(throws: DatabaseError.self) {
            try await machines.start(4, discardingKeys: false)
        }
        let text = try #require(refusal).description
        #expect(text.contains("server-0 holds "))
        #expect(text.hasSuffix("deletes them and joins the servers; datasets stay"))
        #expect(try machines.keys(4) == 20)

        machines.allow(count)
        await #expect(throws: (any Error).self) { try await machines.start(4) }
        machines.allow(nil)
        try await machines.start(4)
        try machines.fill()
        #expect(try machines.keys(4) == 20)

        machines.allow(count)
        await #expect(throws: (any Error).self) { try await machines.start(3) }
        machines.allow(nil)
        try await machines.start(3)
        try machines.fill()
        #expect(try machines.keys(3) == 20)
    }
}
