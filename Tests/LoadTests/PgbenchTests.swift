import Foundation
import Histogram
import TestSupport
import Testing
import Usage

@testable import Load

@Suite("bench pgbench")
struct PgbenchTests {
    private func transaction(_ line: String) -> PgbenchTransaction? {
        PgbenchTransaction(Array(line.utf8))
    }

    @Test("reads a transaction with its times, in ns")
    func line() {
        #expect(
            transaction("3 17 2650 1 1795219201 250 1200")
                == PgbenchTransaction(
                    connection: 3,
                    script: 1,
                    ended: 1_795_219_201_000_250_000,
                    latency: 2_650_000,
                    lag: 1_200_000
                )
        )
        // with --max-tries, the number of tries stands behind
        #expect(transaction("0 0 1 0 1 0 0 2")?.lag == 0)
        for word in ["failed", "serialization", "deadlock"] {
            let failed = transaction("3 17 \(word) 0 1795219201 250 0")
            #expect(failed?.latency == nil && failed?.connection == 3)
        }
    }

    @Test(
        "takes nothing else for a transaction",
        arguments: [
            "", "0 0 1 0 1 0", "0 0 -1 0 1 0 0", "a 0 1 0 1 0 0", "0 0 skipped 0 1 0 0",
            "0 0 1 0 1 1000000 0", "0 0 1 0 99999999999999 0 0",
            "0 0 99999999999999999999 0 1 0 0", "0 0 1 0 1 0 -4",
        ]
    )
    func other(line: String) {
        #expect(transaction(line) == nil)
    }

    /// A tally of ten seconds from second 1,000 on, at 10/s.
    private func tally(_ transactions: [PgbenchTransaction]) -> PgbenchTally {
        var tally = PgbenchTally(
            .init(start: 1_000_000_000_000, duration: 10_000_000_000, ownRate: 10)
        )
        for transaction in transactions { tally.add(transaction) }
        return tally
    }

    /// One that was due so many ms after the start, begun and ended so many ms after that.
    private func one(
        _ due: Int64,
        begun: Int64 = 0,
        ended: Int64,
        connection: Int = 0,
        script: Int = 0
    ) -> PgbenchTransaction {
        PgbenchTransaction(
            connection: connection,
            script: script,
            ended: 1_000_000_000_000 + (due + ended) * 1_000_000,
            latency: ended * 1_000_000,
            lag: begun * 1_000_000
        )
    }

    @Test("counts what was due in the time, in the second in which it was due")
    func window() throws {
        let all = [
            one(-1, ended: 5), one(0, ended: 2_500), one(3_000, ended: 1, script: 1),
            one(9_999, ended: 400), one(10_000, ended: 1),
        ]
        let tally = tally(all)
        #expect(tally.counts.finished == 3 && tally.reads == 2)
        #expect(tally.intervals.keys.sorted() == [0, 3, 9])
        #expect(tally.end == 10_399_000_000)
        #expect(tally.missed == 0)
        var latencies = Latencies(operations: 2)
        latencies.add(try #require(tally.intervals[0]))
        // the latency from the time of being due, whatever the second of the answer
        #expect(abs(latencies.series[0].response.max - 2_500_000_000) < 3_000_000)
    }

    @Test("is late itself only while its connection was free")
    func lateness() {
        // The first is begun 3 ms late for no reason; the second waits for the first.
        let tally = tally([
            one(-5, ended: 1, connection: 7), one(100, begun: 3, ended: 50),
            one(110, begun: 40, ended: 60), one(10_000, ended: 1),
        ])
        #expect(tally.counts.late == 1)
        #expect(tally.latest == 3_000_000)
        var latencies = Latencies(operations: 2)
        for interval in tally.intervals.values { latencies.add(interval) }
        // The wait is in the response time, not in the service time.
        #expect(abs(latencies.series[0].response.max - 60_000_000) < 100_000)
        #expect(abs(latencies.series[0].service.max - 47_000_000) < 100_000)
    }

    @Test("says how many were due and never taken up, having stopped early or begun late")
    func missed() {
        #expect(tally([]).missed == 100)
        // Nothing was due behind 9 s: 1 s of 10/s, and the one that shows it.
        #expect(tally([one(-1, ended: 1), one(9_000, ended: 900)]).missed == 11)
        #expect(tally([one(5_000, ended: 1), one(10_001, ended: 1)]).missed == 50)
        // By chance a second is empty.
        #expect(tally([one(1_000, ended: 1), one(10_001, ended: 1)]).missed == 0)
    }

    @Test("counts one that failed from when the one before it was due")
    func failed() throws {
        let failed = PgbenchTransaction(
            connection: 0,
            script: 1,
            ended: 1_000_200_000_000,
            latency: nil,
            lag: 0
        )
        let tally = tally([one(-1, ended: 1, connection: 1), one(100, ended: 20), failed])
        #expect(tally.counts.refused == 1 && tally.counts.finished == 2 && tally.counts.late == 0)
        var latencies = Latencies(operations: 2)
        latencies.add(try #require(tally.intervals[0]))
        #expect(latencies.series[1].failed.count == 1)
        #expect(abs(latencies.series[1].failed.max - 100_000_000) < 100_000)
    }

    @Test("makes a log and a result of pgbench's files, and names the line that it cannot read")
    func command() async throws {
        let folder = try ChildProcess.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }  // nothing is lost if it stays
        let path = folder.path + "/run.1"
        // One ends every 0.1 s from second 999 to second 1,003, reads and writes in turn.
        let lines = (9_990..<10_030).map { tenth in
            "0 \(tenth) 700 \(tenth & 1) \(tenth / 10) \(tenth % 10 * 100_000) 0\n"
        }
        try lines.joined().write(toFile: path, atomically: true, encoding: .utf8)
        let words = [
            path, "--start-at", "1000.0", "--duration", "2.0", "--rate", "20", "--part", "1/2",
            "--processor-times", "0m0.250s 0m1.5s", "--log", folder.path + "/log.hdr",
            "--result", folder.path + "/result.json",
        ]
        #expect(try PgbenchCommand.run(PgbenchCommand.usage.parse(words)) == 0)
        let log = try String(contentsOfFile: folder.path + "/log.hdr", encoding: .utf8)
        let heads = log.split(separator: "\n").filter { $0.hasPrefix("Tag=") }.map { $0.prefix(24) }
        #expect(
            heads == [
                "Tag=READ-rt,0.000,1.000,", "Tag=READ-st,0.000,1.000,",
                "Tag=WRITE-rt,0.000,1.000", "Tag=WRITE-st,0.000,1.000",
                "Tag=READ-rt,1.000,1.000,", "Tag=READ-st,1.000,1.000,",
                "Tag=WRITE-rt,1.000,1.000", "Tag=WRITE-st,1.000,1.000",
            ]
        )
        #expect(
            log.contains("hold the requests that were due in them") && !log.contains("[Schedule")
        )
        let result = try #require(
            try JSONSerialization.jsonObject(
                with: Data(contentsOf: URL(filePath: folder.path + "/result.json"))
            ) as? [String: Any]
        )
        // Each was due 0.7 ms before its end: those that ended from 1,000.1 s to 1,002.0 s count.
        #expect(result["due"] as? Int == 20 && result["settled"] as? Int == 20)
        #expect(result["processorTime"] as? Int == 1_750_000_000)
        #expect(result["part"] as? Int == 1 && result["parts"] as? Int == 2)
        try "0 0 700 0 1000 0 0\nrubbish\n".write(toFile: path, atomically: true, encoding: .utf8)
        let error = #expect(throws: LoadError.self) {
            try PgbenchCommand.run(PgbenchCommand.usage.parse(words))
        }
        #expect(error?.description == "\(path):2: no transaction of pgbench --rate")
    }

    @Test(
        "refuses words that make no sense",
        arguments: [
            ["run.1"], ["run.1", "--start-at", "1", "--duration", "2", "--rate", "x"],
            ["run.1", "--start-at", "1", "--duration", "2", "--rate", "2", "--part", "3/2"],
            [
                "run.1", "--start-at", "1", "--duration", "2", "--rate", "2", "--processor-times",
                "5",
            ],
        ]
    )
    func usage(words: [String]) {
        #expect(throws: UsageError.self) {
            try PgbenchCommand.run(PgbenchCommand.usage.parse(words))
        }
    }
}
