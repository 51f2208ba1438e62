import Foundation
import Histogram
import LoadResult
import OpenLoop
import TestSupport
import Testing

@testable import Load

@Suite("The parts of one schedule")
struct LoadPartsTests {
    private func plan(rate: String, requests: Int) throws -> LoadPlan {
        LoadPlan(
            pace: .open(Throttle(try #require(Rate(rate)))),
            requests: requests,
            duration: nil,
            connections: 4,
            timeout: .seconds(1)
        )
    }

    @Test(
        "hold each request once, whatever the numbers of parts and loops",
        arguments: [(1, 1), (3, 1), (3, 2), (7, 3), (12, 1)]
    )
    func shares(parts: Int, loops: Int) throws {
        var plan = try plan(rate: "10", requests: 10)
        plan.parts = parts
        plan.loops = loops
        var indices: [Int] = []
        for part in 0..<parts {
            plan.part = part
            var own: [Int] = []
            for loop in 0..<loops {
                plan.loop = loop
                own += (0..<plan.share).map(plan.globalIndex)
            }
            #expect(own.count == plan.partShare)
            #expect(own.sorted() == Array(stride(from: part, to: 10, by: parts)))
            indices += own
        }
        #expect(indices.sorted() == Array(0..<10))
    }

    @Test("draw the same request for the same slot, and another for another slot or seed")
    func requests() {
        func workload(seed: UInt64) -> RedisWorkload {
            let settings = RequestMix(
                firstKey: 5,
                keys: 1_000_000_000,
                distribution: .uniform,
                writeFraction: 0.5,
                valueSize: 3,
                seed: seed
            )
            return RedisWorkload(
                settings,
                servers: [NodeAddress(host: "127.0.0.1", port: 1)],
                topology: nil
            )
        }
        let (one, other) = (workload(seed: 1), workload(seed: 1))
        let backwards = (0..<1_000).reversed().map(other.request)
        let requests = (0..<1_000).map(one.request)
        #expect(requests == backwards.reversed())
        #expect(Set(requests.map(\.key)).count > 990)
        #expect((400...600).contains(requests.count { $0.operation == 1 }))
        #expect(requests != (0..<1_000).map(workload(seed: 2).request))
    }

    @Test("that were all held up together send at most 15 in any 1 ms at 10,000/s of four")
    func catchingUp() throws {
        let rate = try #require(Rate(10_000))
        var sends: [Int64] = []
        for part in 0..<4 {
            var plan = try plan(rate: "10000", requests: 5_000)
            plan.part = part
            plan.parts = 4
            var bound = CatchUp(rate, parts: 4)
            var last: Int64 = 0
            for index in 0..<plan.share {
                let due = Throttle(rate).intendedNanoseconds(of: plan.globalIndex(index))
                var time = max(due, bound.earliest)
                if (100_000_000..<130_000_000).contains(time) { time = 130_000_000 }
                bound.send(at: time)
                sends.append(time)
                last = time - due
            }
            // Made good again before the end: nothing is late any more.
            #expect(last == 0)
        }
        sends.sort()
        let most = sends.indices.map { first in
            sends[first...].prefix { $0 < sends[first] + 1_000_000 }.count
        }.max()
        #expect(sends.count == 5_000)
        #expect(try #require(most) <= 15)
    }

    @Test("make a pause good in twice its length, and three requests late for each that it held up")
    func backInTime() throws {
        let rate = try #require(Rate(4_000))
        var plan = try plan(rate: "4000", requests: 2_000)
        plan.parts = 2
        var bound = CatchUp(rate, parts: 2)
        var late: [Int64] = []
        for index in 0..<plan.share {
            let due = Throttle(rate).intendedNanoseconds(of: plan.globalIndex(index))
            var time = max(due, bound.earliest)
            if (100_000_000..<130_000_000).contains(time) { time = 130_000_000 }
            bound.send(at: time)
            if time > due { late.append(time) }
        }
        // 60 were due in 30 ms, and 2 of 3 later ones replaced those that were made good.
        #expect((175...185).contains(late.count))
        #expect(try #require(late.last) <= 191_000_000)
    }

    @Test("may be as slow as there are rates")
    func slowest() throws {
        var plan = try plan(rate: "0.000001", requests: 1_000_000_000_000)
        plan.part = 9_999
        plan.parts = 10_000
        plan.loops = 256
        let bound = CatchUp(plan.rate, parts: plan.parts, loops: plan.loops)
        #expect(bound.earliest < 0)
        #expect(plan.firstDue == 9_000_000_000_000_000_000)
        #expect(plan.end == 9_000_000_000_000_000_000)
    }
}

@Suite("bench load in parts", .serialized, .timeLimit(.minutes(4)))
struct LoadPartsRunTests {
    private struct Part {
        let call: LoadCall
        let result: LoadResult
    }

    /// Runs all parts of a load at once.
    private func run(_ words: String, parts: Int) async throws -> [Part] {
        let calls = try (1...parts).map { try LoadCall("\(words) --part \($0)/\(parts)") }
        var done: [Part] = []
        for call in calls {
            try await call.end()
            done.append(Part(call: call, result: try call.result()))
        }
        return done
    }

    @Test("sends the whole schedule, however it divides")
    func rate() async throws {
        let server = try await RedisServer.start()
        let parts = try await run(
            "\(server.address) --rate 1000.5 --duration 2s --keys 500 --seed 3 --connections 2",
            parts: 3
        )
        #expect(parts.map(\.result.due) == [667, 667, 667])
        #expect(try server.calls("get") + server.calls("set") == 2_001)
        for (index, part) in parts.enumerated() {
            let result = part.result
            #expect(result.ending == .complete)
            #expect(result.version == LoadResult.toolVersion)
            #expect((result.part, result.parts) == (index + 1, 3))
            #expect(result.rate == 1000.5)
            #expect(result.duration == 2_000_000_000)
            #expect(result.keys == 500)
            #expect(result.seed == 3)
            #expect(result.connections == 2)
            #expect(result.sent == 667)
            #expect(result.settled == 667)
            #expect(result.errors == 0)
            #expect(result.missing > 0)
            #expect(Int64(result.reads) == (try part.call.sums()["READ-rt"]?.count))
            #expect(result.mostOutstanding >= 1)
            #expect((0...1).contains(result.busiestLoop))
            #expect(result.processorTime > 0)
            #expect(result.length >= 1_990_000_000)
        }
    }

    @Test("populates each key once in a closed loop")
    func sequence() async throws {
        let server = try await RedisServer.start()
        let parts = try await run(
            "\(server.address) --rate max --requests 1000 --first-key 7 --keys 1000 "
                + "--distribution sequence --write-fraction 1",
            parts: 3
        )
        #expect(parts.map(\.result.due) == [334, 333, 333])
        #expect(parts.map(\.result.rate) == [nil, nil, nil])
        #expect(try server.ask("dbsize").hasPrefix("1000"))
        #expect(try server.calls("set") == 1_000)
    }

    @Test("fails at once what would exceed the most requests under way")
    func overflow() async throws {
        let server = try await RedisServer.start()
        let call = try LoadCall(
            "\(server.address) --rate 1000 --duration 2s --timeout 500ms --write-fraction 0 "
                + "--max-outstanding 100"
        )
        try await call.waitForReports(1)
        server.send(SIGSTOP)
        try await call.end()
        server.send(SIGCONT)
        let result = try call.result()
        #expect(result.settled == 2_000)
        #expect(result.mostOutstanding == 100)
        #expect(result.overflowed > 100)
        #expect(result.timedOut >= 100)
        #expect(call.process.output.contains("never sent, as 100 were under way"))
    }

    @Test("writes a result when it was stopped, and says early where it cannot write")
    func resultFile() async throws {
        let server = try await RedisServer.start()
        let call = try LoadCall("\(server.address) --rate 100 --duration 60s")
        try await call.waitForReports(1)
        #expect(!FileManager.default.fileExists(atPath: call.resultPath))
        call.process.send(SIGTERM)
        try await call.end(status: 1)
        #expect(try call.result().ending == .stopped)
        #expect(try call.result().due < 6_000)
        let folder = try FileManager.default.contentsOfDirectory(
            atPath: URL(filePath: call.resultPath).deletingLastPathComponent().path
        )
        #expect(folder.sorted() == ["load.hdr", "result.json"])
        let nowhere = try await LoadCall.run(
            "\(server.address) --rate 10 --duration 60s --result /nowhere/r.json",
            status: 1
        )
        #expect(
            nowhere.process.errors == "bench load: /nowhere/r.json: no such file or directory\n"
        )
    }
}
