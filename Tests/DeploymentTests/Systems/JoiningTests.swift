import DeploymentState
import Shell
import Synchronization
import Testing

@testable import Deployment

/// A service without datasets whose members join in an order of the test's.
private struct Club: System {
    let name = "club"
    let unit = "club.service"
    let clientPort = 7_000
    let joining: FanOutOrder

    func install() -> RemoteCall { RemoteCall(["install"]) }
    func isMember(_ node: Node) -> RemoteCall? { RemoteCall(["is-member"]) }
    func beforeStart(_ node: Node, through up: [Node]) -> RemoteCall? {
        RemoteCall(Command(["join"] + up.map { .plain($0.name) }))
    }
    func isUp(_ node: Node) -> RemoteCall { RemoteCall(["is-up"]) }
    func inForce(_ node: Node) -> RemoteCall { RemoteCall(["in-force"]) }
    func inForce(from answer: String) -> InForce { InForce(version: answer, settings: [:]) }
}

@Suite("Members of a system")
struct JoiningTests {
    /// Starts five servers, of which some are members, and returns what was said to those that join.
    private func joining(
        _ order: FanOutOrder,
        members: Set<String> = [],
        fails: String = ""
    ) async throws -> [String] {
        let said = Mutex<[String]>([])
        let names = (0..<5).map { "server-\($0)" }
        try await withScripted(names, system: Club(joining: order)) { node, call in
            let text = call.command.text
            if text == "is-member" {
                return RemoteResult(status: .exited(members.contains(node) ? 0 : 1))
            }
            if text.hasPrefix("join") {
                said.withLock { $0.append("\(node) \(text)") }
                if node == fails { return RemoteResult(status: .exited(1)) }
            }
            return RemoteResult()
        } _: { deployment, _ in
            if fails.isEmpty {
                try await deployment.startCluster()
            } else {
                await #expect(throws: FanOutError.self) { try await deployment.startCluster() }
            }
        }
        return said.withLock { $0 }.sorted()
    }

    @Test("begin with the first server, and each joins through those that are up")
    func sequence() async throws {
        #expect(
            try await joining(.sequence) == [
                "server-0 join", "server-1 join server-0", "server-2 join server-0 server-1",
                "server-3 join server-0 server-1 server-2",
                "server-4 join server-0 server-1 server-2 server-3",
            ]
        )
    }

    @Test("join in waves that double, or all at once")
    func waves() async throws {
        #expect(
            try await joining(.waves) == [
                "server-0 join", "server-1 join server-0", "server-2 join server-0 server-1",
                "server-3 join server-0 server-1",
                "server-4 join server-0 server-1 server-2 server-3",
            ]
        )
        #expect(
            try await joining(.parallel) == [
                "server-0 join", "server-1 join server-0", "server-2 join server-0",
                "server-3 join server-0", "server-4 join server-0",
            ]
        )
    }

    @Test("that were members before start first, also where the first server lost its data")
    func again() async throws {
        #expect(try await joining(.sequence, members: Set((0..<5).map { "server-\($0)" })) == [])
        #expect(
            try await joining(.sequence, members: ["server-1", "server-2", "server-3"]) == [
                "server-0 join server-1 server-2 server-3",
                "server-4 join server-1 server-2 server-3 server-0",
            ]
        )
    }

    @Test("do not go on joining where one failed")
    func failure() async throws {
        #expect(
            try await joining(.sequence, fails: "server-1") == [
                "server-0 join", "server-1 join server-0",
            ]
        )
    }

    @Test("of a system without datasets are neither filled, snapshotted nor restored")
    func noDatasets() async throws {
        try await withScripted(["server-0", "client-0"], system: Club(joining: .parallel)) {
            deployment,
            remotes in
            let content = DatasetContent(keyCount: 1, valueBytes: 1)
            await #expect(throws: Misuse.noDatasets(system: "club")) {
                try await deployment.snapshotDataset("base", of: content)
            }
            await #expect(throws: Misuse.noDatasets(system: "club")) {
                try await deployment.restoreDataset("base")
            }
            await #expect(throws: Misuse.noLoad(system: "club")) {
                try await deployment.populate(content)
            }
            #expect(remotes.flatMap(\.called) == [])
        }
    }
}
