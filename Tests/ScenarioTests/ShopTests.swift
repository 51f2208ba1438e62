import Bench
import Foundation
import Histogram
import JSON
import TestSupport
import Testing

@Suite("The scenario shop", .timeLimit(.minutes(3)))
struct ShopTests {
    private let folder: TemporaryFolder
    private var trial: String { folder.path + "/trial" }

    init() throws { folder = try TemporaryFolder() }

    /// The example's server, on a port of its own.
    private func server() async throws -> NginxServer {
        let file = URL(filePath: #filePath).deletingLastPathComponent()
            .appending(path: "../../Scenarios/shop/nginx.conf")
        let text = try String(contentsOf: file, encoding: .utf8)
        return try await NginxServer.start { port, _ in
            text.replacing("127.0.0.1:8080", with: "127.0.0.1:\(port)")
        }
    }

    private func shop(_ server: String, _ words: [String]) throws -> ChildProcess {
        try ChildProcess(
            [
                try Programs.path("shop"), "--trial", trial, "--user-rate", "unlimited", "--set",
                "shop=\(server)",
            ] + words
        )
    }

    @Test("users look, put into the cart and buy; what is sold out is told by its status")
    func whole() async throws {
        let server = try await server()
        let run = try shop(
            server.address,
            [
                "--users", "30", "--for", "4s", "--set", "visitRate=3000", "--set",
                "thinking=20", "--set", "looks=2",
            ]
        )
        _ = try await run.wait()
        let record = try JSON(parsing: folder.read("trial/trial.json"))
        #expect(record["users"]?["removed"] == .integer(30), "\(run.output)\(run.errors)")
        let summary = try await Summary(of: [trial], invalidToo: true)
        #expect(
            summary.tags.map(\.tag) == ["buy-st", "cart-st", "look-st", "welcome-rt", "welcome-st"]
        )
        let counts = Dictionary(uniqueKeysWithValues: summary.tags.map { ($0.tag, $0) })
        let visits = try #require(counts["welcome-rt"])
        #expect((20...251).contains(visits.histogram.count), "\(run.output)")
        // A visit under way at the end has come to some step.
        for (tag, each) in [("look-st", 2), ("cart-st", 1), ("buy-st", 1)] {
            let count = try #require(counts[tag]).histogram.count
            #expect(count <= visits.histogram.count * Int64(each))
            #expect(count >= (visits.histogram.count - 30) * Int64(each))
        }
        // Only what is sold out goes wrong, and each of it has its status.
        for tag in summary.tags where tag.tag != "buy-st" { #expect(tag.errors == 0) }
        let refused = try #require(counts["buy-st"]).errors
        #expect(record["events"]?["status-410"] == (refused > 0 ? .integer(refused) : nil))
        #expect(record["events"]?["status-409"] == nil)
        #expect(record["failures"] == .object([]))
    }

    @Test("things that are always sold out are errors of each purchase, and end no user")
    func soldOut() async throws {
        let server = try await NginxServer.start(
            """
            location / { return 200; }
            location = /buy { return 410; }
            """
        )
        let run = try shop(
            server.address,
            ["--users", "5", "--for", "2s", "--set", "visitRate=6000", "--set", "thinking=0"]
        )
        _ = try await run.wait()
        let record = try JSON(parsing: folder.read("trial/trial.json"))
        let summary = try await Summary(of: [trial], invalidToo: true)
        let buy = try #require(summary.tags.first { $0.tag == "buy-st" })
        #expect(buy.errors > 5)
        #expect(buy.errors == buy.histogram.count)
        #expect(record["events"]?["status-410"] == .integer(buy.errors))
        #expect(record["users"]?["removed"] == .integer(5))
    }

    @Test("a server that is killed ends its users by the reason")
    func killed() async throws {
        let server = try await server()
        let run = try shop(
            server.address,
            ["--users", "8", "--set", "visitRate=60000", "--set", "thinking=50"]
        )
        try await ChildProcess.waitFor("users") { run.output.contains(" s  users 8") }
        server.send(SIGKILL)
        #expect(try await run.wait() == .exit(1), "\(run.output)\(run.errors)")
        let record = try JSON(parsing: folder.read("trial/trial.json"))
        #expect(record["users"]?["failed"] == .integer(8), "\(run.output)")
        #expect(run.output.contains("users failed: \(server.address): "), "\(run.output)")
    }
}
