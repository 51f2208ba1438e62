import Shell
import TestSupport
import Testing

@testable import Deployment

@Suite("whether a server was set up", .timeLimit(.minutes(1)))
struct SetUpTests {
    @Test("is asked before anything is changed, whatever the system; a new server is named")
    func newServer() async throws {
        let systems: [any System] = [RedisCluster(), Etcd(), PostgreSQL()]
        for system in systems {
            let answer = { @Sendable (node: String, call: RemoteCall) in
                node == "server-1" && call.input.hasPrefix("# look whether this server was set up")
                    ? RemoteResult(status: .exited(SetUp.missing)) : RemoteResult()
            }
            try await withScripted(["server-0", "server-1"], system: system, answer: answer) {
                deployment,
                remotes in
                func refused(_ work: () async throws -> Void) async {
                    let error = await #expect(throws: FanOutError.self) { try await work() }
                    #expect(
                        error?.description == """
                            1 of 2 nodes failed
                            server-1 has not been set up for \(system.name); run: swift run setup demo
                            """
                    )
                }
                await refused { try await deployment.startCluster() }
                await refused { _ = try await deployment.measure("x", in: "/none") { _, _ in } }
                #expect(Set(remotes.flatMap(\.called)) == [SetUp.look(for: system)])
            }
        }
    }

    @Test("is seen by a mark that setup makes last")
    func mark() async throws {
        let folder = try TemporaryFolder()
        let system = RedisCluster()
        let call = SetUp.look(for: system)
        let words = call.command.text.replacing("sudo -n ", with: "")
            .replacing(SetUp.path(of: system), with: "\(folder.path)/redis")
        func look() async throws -> Outcome.Status {
            try await LocalProcess(
                "/bin/sh",
                ["-c", words],
                input: Array(call.input.utf8),
                timeLimit: .seconds(20)
            )
            .run().status
        }
        #expect(try await look() == .exited(SetUp.missing))
        try folder.write("", to: "redis")
        #expect(try await look() == .exited(0))
        try await withScripted(
            ["server-0"],
            answer: { _, call in
                // the owner of a file, and the text of one
                RemoteResult(output: call.command.text.contains("stat") ? "root:root 0644\n" : "")
            }
        ) { deployment, remotes in
            try await deployment.installSystem()
            #expect(remotes[0].called.last == SetUp.mark(system))
        }
    }
}
