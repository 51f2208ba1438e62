import Foundation
import Histogram
import LoadResult
import TestSupport
import Testing

@testable import Bench
@testable import Load

@Suite("A window of a load whose server stood still", .serialized, .timeLimit(.minutes(4)))
struct DueWindowTests {
    /// A request of a trace.
    private struct Traced {
        let due: Int64
        let operation: String
        let response: Int64
        let service: Int64
        let outcome: String

        var failed: Bool { outcome != "done" && outcome != "missing" }
    }

    private func trace(_ path: String) throws -> [Traced] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
            .filter { !$0.hasPrefix("#") }
            .map { line in
                let words = line.split(separator: " ").map(String.init)
                try #require(words.count == 5)
                return Traced(
                    due: try #require(Int64(words[0])),
                    operation: words[1],
                    response: try #require(Int64(words[2])),
                    service: try #require(Int64(words[3])),
                    outcome: words[4]
                )
            }
    }

    /// The percentile of plain values, rounded up to what three digits discern.
    private func percentile(_ percentile: Double, of values: [Int64]) throws -> Int64 {
        let layout = try BucketLayout(
            lowestDiscernible: 1,
            highestTrackable: .max,
            significantDigits: 3
        )
        let rank = (percentile.nextDown * Double(values.count) / 100).rounded(.up)
        let value = values.sorted()[max(1, Int(rank)) - 1]
        return layout.highestEquivalent(at: layout.index(of: value))
    }

    @Test(
        "holds exactly the requests that were due in it, with the latencies that they had",
        arguments: [
            // The server stands still from about 3 s to 5 s, in the last case to the end.
            ("inside", 2, 6, true), ("across the start", 4, 7, true),
            ("across the end", 1, 4, true), ("for good", 2, 6, false),
        ]
    )
    func stopped(what: String, from: Int, to: Int, returns: Bool) async throws {
        let server = try await RedisServer.start()
        let folder = try TemporaryFolder()
        let timeout: Int64 = returns ? 10_000_000_000 : 1_200_000_000
        let call = try LoadCall(
            "\(server.address) --rate 1000 --duration 7s --keys 100 --write-fraction 0.3 "
                + "--timeout \(timeout / 1_000_000)ms --trace \(folder.path)/trace"
        )
        try await call.waitForReports(3)
        server.send(SIGSTOP)
        if returns {
            try await call.waitForReports(call.reports + 2)
            server.send(SIGCONT)
        }
        try await call.end()
        let requests = try trace("\(folder.path)/trace")
        #expect(requests.count == 7_000)
        let span = Int64(from) * 1_000_000_000..<Int64(to) * 1_000_000_000
        let inside = requests.filter { span.contains($0.due) }
        #expect(inside.count == 1_000 * (to - from))

        let window = Window(from: .seconds(from), to: .seconds(to))
        let summary = try await Summary(of: [call.log], in: window)
        #expect(summary.span == Span(start: .seconds(from), end: .seconds(to)))
        var counted: Int64 = 0
        for operation in ["READ", "WRITE"] {
            let own = inside.filter { $0.operation == operation }
            let failed = own.count(where: \.failed)
            let responses = own.map { $0.failed ? max($0.response, timeout) : $0.response }
            let services = zip(own, responses).map { $0.failed ? $1 : $0.service }
            for (suffix, values) in [("-rt", responses), ("-st", services)] {
                let tag = try #require(summary.tags.first { $0.tag == operation + suffix })
                #expect(tag.count == Int64(own.count))
                #expect(tag.errors == Int64(failed))
                for share in [0.1, 50, 90, 99, 99.9, 99.99, 100] {
                    let expected = try percentile(share, of: values)
                    #expect(tag.histogram.value(atPercentile: share) == expected)
                }
                if suffix == "-rt" { counted += tag.count }
            }
        }
        #expect(counted == Int64(1_000 * (to - from)))
        // The server did stand still.
        #expect(requests.map(\.response).max() ?? 0 >= 900_000_000)
        #expect(requests.contains(where: \.failed) == !returns)
    }

    @Test("counts fast refusals with the time limit, so that they better no percentile")
    func refusals() async throws {
        let server = try await RedisServer.start()
        try server.ask("config", "set", "maxmemory", "1")
        let call = try await LoadCall.run(
            "\(server.address) --rate 500 --requests 500 --write-fraction 0.5 --timeout 3s"
        )
        let sums = try call.sums()
        let failed = try #require(sums["WRITE-error"])
        #expect(failed.count == sums["WRITE-rt"]?.count)
        for tag in ["WRITE-error", "WRITE-rt", "WRITE-st"] {
            #expect(try #require(sums[tag]).min >= 2_990_000_000)
        }
        #expect(try #require(sums["READ-rt"]).max < 2_000_000_000)
    }

    @Test("covers the whole schedule in each part's log, also where a part has nothing to send")
    func sparse() async throws {
        let server = try await RedisServer.start()
        let calls = try (1...3).map {
            try LoadCall("\(server.address) --rate 1 --duration 3500ms --part \($0)/3")
        }
        for call in calls { try await call.end() }
        let folder = try TemporaryFolder()
        for (index, call) in calls.enumerated() {
            let text = try String(contentsOfFile: call.log, encoding: .utf8)
            #expect(text.contains("#\(LoggedSchedule.dueMarker)\n"))
            try folder.write(text, to: "client-\(index)/log.hdr")
        }
        let summary = try await Summary(of: [folder.path])
        #expect(summary.span == Span(start: .zero, end: .milliseconds(3_500)))
        let counts = summary.tags.filter { $0.tag.hasSuffix("-rt") }.map(\.count)
        #expect(counts.reduce(0, +) == 4)
    }
}
