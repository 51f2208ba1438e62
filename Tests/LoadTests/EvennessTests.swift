import Foundation
import Histogram
import LoadResult
import TestSupport
import Testing

/// What real loaders do with their parts of a schedule, their memory and their log.
@Suite("bench load, whatever its server does", .serialized, .timeLimit(.minutes(4)))
struct EvennessTests {
    @Test("plays with three others one schedule, evenly: one request each 100 µs at 10,000/s")
    func parts() async throws {
        let server = try await RedisServer.start()
        let folder = try TemporaryFolder()
        let calls = try (1...4).map { part in
            try LoadCall(
                "\(server.address) --rate 10000 --duration 2s --keys 100 --part \(part)/4 "
                    + "--trace \(folder.path)/trace-\(part)"
            )
        }
        for call in calls { try await call.end() }
        var due: [Int64] = []
        for part in 1...4 {
            let lines = try folder.read("trace-\(part)").split(separator: "\n").dropFirst()
            // Each has its fourth of every millisecond, none a burst.
            #expect(lines.count == 5_000)
            for line in lines { due.append(try #require(Int64(line.prefix { $0 != " " }))) }
        }
        #expect(due.sorted() == (0..<20_000).map { $0 * 100_000 })
    }

    @Test("takes no more memory in a stall than for as many requests as may be under way")
    func memory() async throws {
        let server = try await RedisServer.start()
        let call = try LoadCall(
            "\(server.address) --rate 20000 --duration 8s --keys 100 --max-outstanding 500"
        )
        try await call.waitForReports(2)
        let before = try call.peakMemory()
        server.send(SIGSTOP)
        // Up to 80,000 requests are due until then, fewer where the second report was seen late; each would take
        // 100 bytes.
        try await call.waitForReports(6)
        let stalled = try call.peakMemory()
        server.send(SIGCONT)
        try await call.end()
        #expect(try call.result().overflowed > 40_000)
        #expect(stalled - before < 3_000_000)
    }

    @Test("writes each second of the schedule at most one time limit after its end")
    func written() async throws {
        let server = try await RedisServer.start()
        let call = try LoadCall("\(server.address) --rate 200 --duration 7s --timeout 1s")
        try await call.waitForReports(1)
        server.send(SIGSTOP)
        for seen in 4...7 {
            try await call.waitForReports(seen)
            // The line of a second follows what is written by then: a time limit after its end,
            // and the second of the clock in which that falls.
            let log = try String(contentsOfFile: call.log, encoding: .utf8)
            let written = log.split(separator: "\n").filter { $0.hasPrefix("Tag=READ-rt,") }.count
            #expect((seen - 2...seen).contains(written), "\(written) after \(seen) s")
        }
        try await call.end(status: 0)
        server.send(SIGCONT)
        #expect(try call.sums()["READ-rt"]?.max ?? 0 >= 1_000_000_000)
    }
}
