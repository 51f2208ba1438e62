import Foundation
import DeploymentState
import LoadResult
import Shell
import TestSupport
import Testing

@testable import Deployment

@Suite("Requests of others", .timeLimit(.minutes(1)))
struct OthersTests {
    /// What is found of a stress of 600,000 requests after which the server's counter reads so.
    private func found(_ count: Int?) throws -> [String] {
        let evidence = try Evidence.whole { $0.moment.requests["server-0"] = count }
        return Validity(of: [evidence], limits: ValidityLimits()).findings
            .map { "\($0.kind) \($0.verdict.rawValue): \($0.text)" }
    }

    @Test("are what the servers took and the loaders did not send, within limits")
    func limits() throws {
        let before = 5_000
        #expect(try found(before + 600_000) == [])
        #expect(try found(before + 600_600) == [])
        #expect(try found(before + 300_000) == [])
        #expect(try found(nil) == [])
        let text = "that this load did not send"
        let ask = "does anything else use the database?"
        #expect(
            try found(before + 606_000) == [
                "others_share questionable: mixed: the servers took 6,000 requests \(text) "
                    + "(1 % of it, limit 0.1 %): \(ask)"
            ]
        )
        #expect(
            try found(before + 660_000) == [
                "others_share invalid: mixed: the servers took 60,000 requests \(text) "
                    + "(10 % of it, limit 5 %): \(ask)"
            ]
        )
    }

    @Test("count redirected requests as ours, and a counter that began anew from its beginning")
    func redirected() throws {
        var evidence = try Evidence.whole { $0.moment.requests["server-0"] = 605_000 + 6_000 }
        evidence.results["client-0"]?.redirected = 6_000
        #expect(Validity(of: [evidence], limits: ValidityLimits()).findings == [])
        #expect(try found(4_000) == [])
    }

    @Test("are not those of another stress of the trial at the same time")
    func together() throws {
        let both = try Evidence.whole { $0.moment.requests["server-0"] = 5_000 + 1_200_000 }
        var other = both
        other.name = "other"
        #expect(Validity(of: [both, other], limits: ValidityLimits()).findings == [])
        let time = Date(timeIntervalSince1970: 5_000)
        other.before.time = time
        other.after?.time = time + 30
        let kinds = Validity(of: [both, other], limits: ValidityLimits()).findings.map(\.kind)
        #expect(kinds == ["others_share", "others_share"])
    }

    /// What a real Redis says of itself, asked as a node is.
    private func ask(_ server: RedisServer) async throws -> InForce {
        let redis = RedisCluster()
        let call = redis.inForce(try Node.made("server-0"))
        let answer = try await LocalProcess(
            "bash",
            ["-euo", "pipefail", "-s", "--", "\(server.port)"],
            input: Array(call.input.utf8),
            timeLimit: .seconds(20)
        )
        .execute()
        return try redis.inForce(from: answer.outputText)
    }

    @Test("are counted by a real Redis: data, also if refused; no health check, exporter or backup")
    func real() async throws {
        let server = try await RedisServer.start()
        let before = try #require(try await ask(server).requests)
        for words in [
            ["ping"], ["info"], ["config", "get", "hz"], ["dbsize"], ["slowlog", "len"],
            ["latency", "latest"], ["client", "list"], ["memory", "usage", "x"], ["save"],
        ] {
            try server.ask(words)
        }
        #expect(try await ask(server).requests == before)
        try server.ask("set", "x", "1")
        try server.ask("get", "x")
        try server.ask("keys", "*")
        try server.ask("lpush", "x", "1")  // fails, and was work
        try server.ask("config", "set", "maxmemory", "1")
        #expect(try server.ask("set", "y", "1").hasPrefix("OOM"))
        #expect(try await ask(server).requests == before + 5)
    }

    @Test("of a replica are not told apart from its master's, so they are not counted")
    func replica() {
        let info: [Substring: Substring] = ["role": "slave", "cmdstat_set": "calls=7"]
        #expect(RedisRequests.count(in: info) == nil)
        #expect(RedisRequests.count(in: ["role": "master", "cmdstat_set": "calls=7"]) == 7)
    }
}
