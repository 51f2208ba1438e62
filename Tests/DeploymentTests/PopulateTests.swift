import LoadResult
import Testing

@testable import Deployment

@Suite("Populating")
struct PopulateTests {
    private let content = DatasetContent(keyCount: 600_000, valueBytes: 100)

    private func results(_ change: (inout LoadResult) -> Void = { _ in }) -> [String: LoadResult] {
        var second = Evidence.result(part: 2)
        change(&second)
        return ["client-0": Evidence.result(part: 1), "client-1": second]
    }

    private func check(_ results: [String: LoadResult]) throws {
        try PopulateError.check(
            results,
            clients: ["client-0", "client-1"],
            of: content,
            emptying: "sudo redis-cli flushall"
        )
    }

    @Test("is refused before a node is asked, if the load program cannot make the keys")
    func unplayable() async throws {
        let names = ["client-0", "server-0"]
        try await withScripted(names, system: PostgreSQL()) { deployment, remotes in
            try deployment.requirePopulatable(DatasetContent(keyCount: 300_000, valueBytes: 100))
            #expect(throws: Misuse.self) {
                try deployment.requirePopulatable(
                    DatasetContent(keyCount: 150_000, valueBytes: 100)
                )
            }
            #expect(remotes.allSatisfy { $0.called.isEmpty })
        }
    }

    @Test("says how many keys were made where no program counts requests")
    func totals() {
        let populate = Stress.populate(content)
        let results = [Evidence.result(part: 1), Evidence.result(part: 2)]
        #expect(LoadResult.totals(of: results, of: populate) == "600,000 requests, 0 errors")
        #expect(LoadResult.totals(of: [], of: populate) == "600,000 keys")
        #expect(LoadResult.totals(of: [], of: Evidence.stress) == "")
    }

    @Test("is done when every key was written once")
    func done() throws { try check(results()) }

    @Test("fails if a write failed, and says how it was refused")
    func failed() {
        let results = results {
            ($0.refused, $0.timedOut, $0.refusals) = (133_000, 307, ["OOM": 133_000])
        }
        let error = #expect(throws: PopulateError.self) { try check(results) }
        #expect(
            error?.description == """
                133,307 of 600,000 writes failed (133,000 refused with OOM): look for the cause on \
                the servers, delete all keys there with "sudo redis-cli flushall", then populate again
                """
        )
    }

    @Test("ends at the first write that fails, and says how it was refused and what was done")
    func ended() throws {
        func check(_ results: [String: LoadResult]) throws {
            try PopulateError.checkFailed(
                results,
                of: content,
                emptying: "sudo redis-cli flushall"
            )
        }
        let results = results {
            ($0.ending, $0.settled, $0.refused, $0.refusals) = (.stopped, 1_001, 1, ["OOM": 1])
        }
        let error = #expect(throws: PopulateError.self) { try check(results) }
        #expect(
            error?.description == """
                1 of 600,000 writes failed (1 refused with OOM), and the rest was not sent, 301,000 being done: \
                look for the cause on the servers, delete all keys there with "sudo redis-cli flushall", then \
                populate again
                """
        )
        // what a loader died of is told by itself
        try check(self.results { $0.ending = .stopped })
        try check([:])
    }

    @Test("fails if keys were left out, or a client left no result")
    func leftOut() {
        #expect(throws: PopulateError.self) { try check(results { $0.settled = 299_999 }) }
        #expect(throws: StressError(failures: ["client-1": "left no result"])) {
            try check(["client-0": Evidence.result(part: 1)])
        }
    }
}
