import DeploymentState
import Shell
import Testing

@testable import Deployment

@Suite("FanOut")
struct FanOutTests {
    private struct Broken: Error, CustomStringConvertible {
        let description: String
    }

    private func remotes(_ count: Int) throws -> [any Remote] {
        try (0..<count).map { ScriptedRemote(try .made("server-\($0)")) }
    }

    @Test("returns each node's value")
    func values() async throws {
        let found = try await FanOut.run(over: remotes(3), in: .parallel) { $0.node.index * 10 }
        #expect(
            found.map { ($0.key.name, $0.value) }.sorted { $0.0 < $1.0 }.map(\.1) == [0, 10, 20]
        )
    }

    @Test("waits for all nodes and reports every failure, sorted by node")
    func failures() async throws {
        let error = await #expect(throws: FanOutError.self) {
            try await FanOut.run(over: remotes(4), in: .parallel) { remote in
                if remote.node.index % 2 == 1 { throw Broken(description: "no disk") }
            }
        }
        #expect(
            "\(try #require(error))" == "2 of 4 nodes failed\nserver-1: no disk\nserver-3: no disk"
        )
    }

    @Test("names a node once for a failure of a step within a step")
    func nested() async throws {
        let error = await #expect(throws: FanOutError.self) {
            try await FanOut.run(over: remotes(2), in: .parallel) { remote in
                try await FanOut.run(over: [remote], in: .parallel) { remote in
                    if remote.node.index == 1 { throw Broken(description: "no disk") }
                }
            }
        }
        #expect("\(try #require(error))" == "1 of 2 nodes failed\nserver-1: no disk")
    }

    @Test("visits one node after another in a sequence, and stops at the first failure")
    func sequence() async throws {
        let nodes = try (0..<3).map { ScriptedRemote(try .made("server-\($0)")) }
        let error = await #expect(throws: FanOutError.self) {
            try await FanOut.run(over: nodes, in: .sequence) { remote in
                try await remote.execute(RemoteCall(["true"]))
                if remote.node.index == 1 { throw Broken(description: "server-1: stuck") }
            }
        }
        #expect(nodes.map(\.called.count) == [1, 1, 0])
        #expect("\(try #require(error))" == "1 of 2 nodes failed\nserver-1: stuck")
    }

    @Test(
        "visits nodes in groups: all at once, one by one, or in waves that double",
        arguments: [
            (FanOutOrder.parallel, [[0, 1, 2, 3, 4]]), (.sequence, [[0], [1], [2], [3], [4]]),
            (.waves, [[0], [1, 2], [3, 4]]),
        ]
    )
    func groups(order: FanOutOrder, expected: [[Int]]) {
        #expect(order.groups(of: Array(0..<5)) == expected)
        #expect(order.groups(of: [Int]()) == [])
    }

    @Test("finishes a wave with a failure, and begins no other")
    func waves() async throws {
        let nodes = try (0..<5).map { ScriptedRemote(try .made("server-\($0)")) }
        let error = await #expect(throws: FanOutError.self) {
            try await FanOut.run(over: nodes, in: .waves) { remote in
                try await remote.execute(RemoteCall(["true"]))
                if remote.node.index == 1 { throw Broken(description: "server-1: stuck") }
            }
        }
        #expect(nodes.map(\.called.count) == [1, 1, 1, 0, 0])
        #expect("\(try #require(error))" == "1 of 3 nodes failed\nserver-1: stuck")
    }

    @Test("is a cancellation, not a failure, when the caller was cancelled")
    func cancellation() async throws {
        let nodes = try remotes(2)
        let task = Task {
            try await FanOut.run(over: nodes, in: .parallel) { _ in
                try await Task.sleep(for: .seconds(3_600))
            }
        }
        task.cancel()
        await #expect(throws: CancellationError.self) { try await task.value }
    }
}
