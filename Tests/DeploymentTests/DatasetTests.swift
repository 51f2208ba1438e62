import Shell
import Testing

@testable import Deployment

@Suite("Datasets")
struct DatasetTests {
    private static let content = DatasetContent(keyCount: 10, valueBytes: 100)

    private static func notPopulated(_ found: Int) -> DatasetError {
        .notPopulated(expected: 10, found: found, emptying: "sudo redis-cli flushall")
    }

    private static func about(_ census: Int?, keys: Int = 10) -> Dataset.About {
        Dataset.About(
            servers: 2,
            database: "redis",
            census: census,
            content: DatasetContent(keyCount: keys, valueBytes: 100)
        )
    }

    /// Answers of two servers that hold so many keys and a dataset that was taken with so many.
    private static func answer(
        keys: [Int],
        taken: [Int]
    ) -> @Sendable (String, RemoteCall) -> RemoteResult {
        { node, call in
            let index = node == "server-0" ? 0 : 1
            if call.command.text.contains("dbsize") {
                return RemoteResult(output: "\(keys[index])\n")
            }
            guard call.input.contains("# inspect a dataset") else { return RemoteResult() }
            return RemoteResult(output: "base\n--\n" + about(taken[index]).text)
        }
    }

    @Test(
        "are taken only of servers that hold what they were populated with",
        arguments: [([0, 0], 0), ([4, 5], 9), ([10, 10], 20)]
    )
    func snapshot(keys: [Int], found: Int) async throws {
        let answer = Self.answer(keys: keys, taken: [5, 5])
        try await withScripted(["server-0", "server-1"], answer: answer) { deployment, remotes in
            await #expect(throws: Self.notPopulated(found)) {
                try await deployment.snapshotDataset("base", of: Self.content)
            }
            // Nothing was stopped or copied.
            let calls = remotes.flatMap(\.called).filter { $0.input.contains("# take a dataset") }
            #expect(calls.isEmpty)
        }
    }

    @Test("are taken of servers that hold all of it")
    func snapshotWhole() async throws {
        let answer = Self.answer(keys: [4, 6], taken: [5, 5])
        try await withScripted(["server-0", "server-1"], answer: answer) { deployment, remotes in
            try await deployment.snapshotDataset("base", of: Self.content)
            for remote in remotes {
                #expect(remote.called.contains { $0.input.contains("# take a dataset") })
            }
        }
    }

    @Test("that were taken of empty servers are refused before anything is stopped")
    func restoreEmpty() async throws {
        let answer = Self.answer(keys: [0, 0], taken: [0, 0])
        try await withScripted(["server-0", "server-1"], answer: answer) { deployment, remotes in
            await #expect(throws: DatasetError.uncounted(name: "base")) {
                try await deployment.restoreDataset("base")
            }
            await #expect(throws: DatasetError.uncounted(name: "base")) {
                try await deployment.verifyDataset("base")
            }
            let calls = remotes.flatMap(\.called).filter { $0.input.contains("# stop a unit") }
            #expect(calls.isEmpty)
        }
    }

    @Test("are whole again only if each server holds what its part held")
    func verify() async throws {
        let whole = Self.answer(keys: [4, 6], taken: [4, 6])
        try await withScripted(["server-0", "server-1"], answer: whole) { deployment, _ in
            try await deployment.verifyDataset("base")
        }
        let lost = Self.answer(keys: [4, 0], taken: [4, 6])
        try await withScripted(["server-0", "server-1"], answer: lost) { deployment, _ in
            let error = await #expect(throws: FanOutError.self) {
                try await deployment.verifyDataset("base")
            }
            #expect(
                error?.failures["server-1"] as? DatasetError
                    == .incomplete(name: "base", node: "server-1", expected: 6, found: 0)
            )
        }
    }

    @Test("of servers whose parts are of different populations are refused")
    func mixed() {
        #expect(throws: DatasetError.mixed(name: "base")) {
            try Deployment.content(of: [Self.about(5), Self.about(5, keys: 11)], name: "base")
        }
    }

    @Test("of a database that counts nothing are taken at its word")
    func uncountable() throws {
        #expect(RedisCluster().total(of: [nil, nil]) == nil)
        #expect(try Deployment.content(of: [Self.about(nil)], name: "base") == Self.content)
    }
}
