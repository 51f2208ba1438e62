import Bench
import Foundation
import Histogram
import JSON
import TestSupport
import Testing

@testable import Scenario

@Suite("A scenario as a program")
struct ProgramTests {
    private func chat(_ words: String...) throws -> ChildProcess {
        try ChildProcess([Programs.path("chat")] + words)
    }

    /// Waits for the end of a run to which nothing happened but, on a machine with much to do, a late loop.
    private func record(of run: ChildProcess, _ trial: String) async throws -> JSON {
        let ending = try await run.wait()
        let text = try String(contentsOfFile: trial + "/trial.json", encoding: .utf8)
        let record = try JSON(parsing: text)
        guard case .array(let reasons) = record["reasons"] else {
            Issue.record("no reasons: \(text)")
            return record
        }
        #expect(ending == .exit(reasons.isEmpty ? 0 : 1), "\(run.output)\(run.errors)")
        #expect(record["valid"] == .bool(reasons.isEmpty))
        #expect(reasons.allSatisfy { $0.text.hasPrefix("\"the loop was late by p99") }, "\(text)")
        return record
    }

    private func lines(_ path: String) throws -> [String] {
        try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n").map(String.init)
    }

    @Test("chat: users meet and write, and bench summary reads what was measured")
    func whole() async throws {
        let (server, address) = try await Programs.chatServer()
        let folder = try TemporaryFolder()
        let trial = folder.path + "/trial"
        let run = try chat(
            "--users",
            "40",
            "--user-rate",
            "200/s",
            "--for",
            "3s",
            "--trial",
            trial,
            "--set",
            "server=\(address)",
            "--set",
            "messageRate=6000"
        )
        let record = try await record(of: run, trial)
        let summary = try await Summary(of: [trial], invalidToo: true)
        #expect(summary.isByDueTime)
        #expect(summary.tags.map(\.tag) == ["deliver-rt", "deliver-st", "login-st"])
        let deliver = try #require(summary.tags.first)
        // At most 100 a second, and the loop, held up, makes up for what it is late by.
        #expect((50...301).contains(deliver.histogram.count), "\(run.output)")
        #expect(deliver.errors == 0)
        #expect(summary.tags[2].histogram.count == 40)

        #expect(record["ending"] == .string("complete"))
        #expect(record["users"]?["removed"] == .integer(40))
        #expect(record["settings"]?["messageRate"] == .string("6000"))
        let events = try lines(trial + "/events.jsonl").map { try JSON(parsing: $0) }
        func count(_ kind: String) -> Int { events.count { $0["kind"] == .string(kind) } }
        #expect(count("user-started") == 40 && count("user-ended") == 40)
        #expect(count("coordinator") >= 20)
        #expect(count("prepare") == 1 && count("finish") == 1)
        // A line for each second, and the path at the end.
        #expect(run.output.contains("    1 s  users 40"))
        #expect(run.output.hasSuffix("\(trial)\n"))
        _ = server
    }

    @Test(
        "Ctrl-C stops gently: users end, and the log says that the load was stopped",
        .timeLimit(.minutes(1))
    )
    func interrupted() async throws {
        let (server, address) = try await Programs.chatServer()
        let folder = try TemporaryFolder()
        let trial = folder.path + "/trial"
        let run = try chat(
            "--users",
            "6",
            "--user-rate",
            "unlimited",
            "--trial",
            trial,
            "--set",
            "server=\(address)"
        )
        try await ChildProcess.waitFor("a line") { run.output.contains(" s  users 6") }
        run.send(SIGINT)
        let record = try await record(of: run, trial)
        #expect(run.errors == "chat: stopping; once more ends it at once\n")
        #expect(try lines(trial + "/measures.hdr").last?.hasPrefix("#[Stopped:") == true)
        #expect(record["ending"] == .string("stopped"))
        _ = server
    }

    @Test(
        "a server that goes away ends its users with an error, and nothing hangs",
        .timeLimit(.minutes(1))
    )
    func lostServer() async throws {
        let (server, address) = try await Programs.chatServer()
        let folder = try TemporaryFolder()
        let trial = folder.path + "/trial"
        let run = try chat(
            "--users",
            "6",
            "--user-rate",
            "unlimited",
            "--trial",
            trial,
            "--set",
            "server=\(address)"
        )
        try await ChildProcess.waitFor("a line") { run.output.contains(" s  users 6") }
        server.send(SIGKILL)
        #expect(try await run.wait() == .exit(1), "\(run.output)\(run.errors)")
        #expect(run.output.contains("6 users in "))
        #expect(run.output.contains(" 0 ended, 6 failed, 0 were told to end"))
    }

    @Test("users that reach no server fail, and their error is told with its number")
    func noServer() async throws {
        let folder = try TemporaryFolder()
        let run = try chat(
            "--users",
            "7",
            "--user-rate",
            "unlimited",
            "--trial",
            folder.path + "/trial",
            "--set",
            "server=127.0.0.1:1",
            "--quiet"
        )
        #expect(try await run.wait() == .exit(1), "\(run.output)\(run.errors)")
        #expect(
            run.output.contains("7 users failed: 127.0.0.1:1: no connection: connection refused\n")
        )
    }

    @Test("wrong settings and words are refused before anything runs, all at once")
    func wrong() async throws {
        let settings = try chat(
            "--set",
            "mesageRate=1",
            "--set",
            "messageRate=-1",
            "--trial",
            "/nowhere/x"
        )
        #expect(try await settings.wait() == .exit(2))
        #expect(
            settings.errors == """
                unknown setting "mesageRate" (did you mean "messageRate"?); --settings lists them
                setting "messageRate" must be a whole number from 0 to 60000000, not "-1" (from the call)

                """
        )
        let address = try chat(
            "--set",
            "server=nowhere",
            "--trial",
            try TemporaryFolder().path + "x",
            "--quiet"
        )
        #expect(try await address.wait() == .exit(1))
        #expect(
            address.output.contains(
                "the scenario's preparation failed: nowhere: the port is missing"
            )
        )
        let word = try chat("--user", "1")
        #expect(try await word.wait() == .exit(2))
        #expect(word.errors.contains("unknown option \"--user\" (did you mean \"--users\"?)"))
        let folder = try TemporaryFolder()
        let there = try chat("--trial", folder.path)
        #expect(try await there.wait() == .exit(1))
        #expect(there.errors.contains("file exists"))
    }

    @Test("--settings and --settings-schema say what can be given")
    func settings() async throws {
        let table = try chat("--settings", "--set", "messageRate=7")
        #expect(try await table.wait() == .exit(0))
        #expect(
            table.output.contains(
                "messageRate=7  messages a minute, of all users together (a whole number"
            )
        )
        let schema = try chat("--settings-schema")
        #expect(try await schema.wait() == .exit(0))
        let properties = try JSON(parsing: schema.output)["properties"]
        #expect(properties?["messageRate"]?["default"] == .string("6000"))
    }

    @Test(
        "rates are read as people write them",
        arguments: [
            ("200/s", Throttle.Pace.perSecond(200)), ("1200/min", .perMinute(1_200)),
            ("0.5/s", .permits(5, in: 10_000_000_000)),
            ("100/h", .permits(100, in: 3_600_000_000_000)),
            ("0/s", .perSecond(0)), ("unlimited", .unlimited),
            ("12.345/s", .permits(12_345, in: 1_000_000_000_000)),
        ]
    )
    func rates(text: String, pace: Throttle.Pace) { #expect(Throttle.Pace(text) == pace) }

    @Test(
        "other texts are no rates",
        arguments: [
            "", "5", "/s", "5/", "5/d", "-1/s", "1e3/s", "1./s", ".5/s", "1.2345/s",
            "99999999999/s", "5 /s",
        ]
    )
    func noRates(text: String) { #expect(Throttle.Pace(text) == nil) }
}
