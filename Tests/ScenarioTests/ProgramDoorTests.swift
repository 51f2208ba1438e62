import Door
import Foundation
import JSON
import TestSupport
import Testing

@Suite("A program with a door", .timeLimit(.minutes(3)))
struct ProgramDoorTests {
    private let folder: TemporaryFolder
    private var trial: String { folder.path + "/trial" }

    init() throws { folder = try TemporaryFolder() }

    private func greet(_ words: String...) throws -> ChildProcess {
        try ChildProcess([Programs.path("scenario-template"), "--trial", trial] + words)
    }

    /// Calls `bench control` of the run; its output, or what it complains of.
    private func control(_ words: String..., run: String? = nil) async throws -> String {
        let call = try ChildProcess([Programs.path("bench"), "control", run ?? trial] + words)
        let ending = try await call.wait()
        return ending == .exit(0) ? call.output : "\(ending): \(call.errors)"
    }

    private func status() async throws -> JSON {
        try JSON(parsing: try await control("--json"))
    }

    private func running() async throws -> JSON? { try await status()["users"]?["running"] }

    private func waitForDoor(_ run: ChildProcess) async throws {
        try await ChildProcess.waitFor("the door") {
            try run.poll() != nil || DoorFile.find(in: trial)?.isOpen == true
        }
    }

    private func permits() async throws -> Int64 {
        guard case .array(let all) = try await status()["throttles"],
            case .integer(let permits) = all.first?["permits"]
        else { return -1 }
        return permits
    }

    @Test("bench control steers it while it runs, and its trial says that it was stopped")
    func steered() async throws {
        let run = try greet(
            "--users",
            "2",
            "--user-rate",
            "unlimited",
            "--set",
            "greetingRate=60000"
        )
        try await waitForDoor(run)
        while try await running() != .integer(2) { try await Task.sleep(for: .milliseconds(20)) }
        #expect(try await control("add", "3") == "3 users added\n")
        while try await running() != .integer(5) { try await Task.sleep(for: .milliseconds(20)) }
        #expect(try await control("remove", "1") == "1 user told to end\n")
        #expect(try await control("user-rate", "5/s") == "users start at 5/s\n")
        #expect(try await control("pause").contains("paused"))
        let paused = try await permits()
        try await Task.sleep(for: .milliseconds(200))
        #expect(try await permits() == paused)
        _ = try await control("resume", "greetings")
        while try await permits() == paused { try await Task.sleep(for: .milliseconds(20)) }
        #expect(
            try await control("ramp", "greetings", "100/s", "--over", "60s").contains("ramping")
        )
        let again = try await control("rate", "greetings", "5/s")
        #expect(
            again.hasPrefix("exit(1): bench control: throttle \"greetings\" changes"),
            "\(again)"
        )
        let fixed = try await control("set", "greetingRate=5")
        #expect(
            fixed.hasPrefix("exit(1): bench control: setting \"greetingRate\" cannot"),
            "\(fixed)"
        )
        #expect(try await control("stop") == "the run is stopping\n")
        _ = try await run.wait()
        #expect(
            run.output.contains("5 users in ") && run.output.contains("5 were told to end"),
            "\(run.output)\(run.errors)"
        )
        #expect(try folder.names() == ["trial"])
        let names = try FileManager.default.contentsOfDirectory(atPath: trial).sorted()
        #expect(names == ["events.jsonl", "measures.hdr", "trial.json"])
        let log = try String(contentsOfFile: trial + "/measures.hdr", encoding: .utf8)
        #expect(log.split(separator: "\n").last?.hasPrefix("#[Stopped:") == true)
        let record = try JSON(
            parsing: String(contentsOfFile: trial + "/trial.json", encoding: .utf8)
        )
        #expect(record["ending"] == .string("stopped"))
        guard case .array(let steered) = record["steered"] else {
            Issue.record("no commands: \(record.line)")
            return
        }
        let commands = steered.map { "\($0["command"]?.line ?? "") \($0["with"]?.line ?? "")" }
        // what was refused changed nothing
        #expect(
            commands == [
                #""users/add" {"users": 3}"#, #""users/remove" {"users": 1}"#,
                #""users/rate" {"rate": "5/s"}"#, #""throttles/pause" {}"#,
                #""throttles/resume" {"throttle": "greetings"}"#,
                #""throttles/ramp" {"throttle": "greetings", "to": "100/s", "over": "60s"}"#,
            ]
        )
        #expect(record["asked"]?["users"] == .integer(2))
        #expect(record["asked"]?["user_rate"] == .string("unlimited"))
        let check = try ChildProcess([Programs.path("bench"), "verify", trial])
        #expect(try await check.wait() == .exit(0), "\(check.output)\(check.errors)")
        #expect(try await control().hasPrefix("exit(1): bench control: \(trial): no run"))
    }

    @Test("waits to be started if it is told to; its time counts from then")
    func waits() async throws {
        let run = try greet("--wait", "--for", "2s", "--users", "9", "--user-rate", "unlimited")
        try await waitForDoor(run)
        #expect(try await status()["status"] == .string("idle"))
        #expect(run.output.hasPrefix("door http://127.0.0.1:"))
        try await Task.sleep(for: .seconds(3))
        #expect(try await control("start", "--users", "3").contains("the run is preparing"))
        _ = try await run.wait()
        #expect(run.output.contains("3 users in 2."), "\(run.output)\(run.errors)")
        let record = try JSON(
            parsing: String(contentsOfFile: trial + "/trial.json", encoding: .utf8)
        )
        #expect(record["ending"] == .string("complete"))
        #expect(record["users"]?["removed"] == .integer(3))
    }

    @Test("is told to end before it was started by Ctrl-C or a stop, and says so")
    func neverStarted() async throws {
        let run = try greet("--wait")
        try await waitForDoor(run)
        run.send(SIGINT)
        #expect(try await run.wait() == .exit(1))
        #expect(run.output.contains("INVALID: it was told to end before it was started"))
        let other = try ChildProcess([
            Programs.path("scenario-template"), "--trial", trial + "2", "--wait",
        ])
        try await ChildProcess.waitFor("the door") {
            try other.poll() != nil || DoorFile.find(in: trial + "2")?.isOpen == true
        }
        _ = try await control("stop", run: trial + "2")
        #expect(try await other.wait() == .exit(1))
    }

    @Test("that names a port of this machine lets everybody on it in; else it wants the token")
    func tokens() async throws {
        let run = try greet("--wait", "--door", "127.0.0.1:0")
        try await waitForDoor(run)
        let open = try #require(try DoorFile.find(in: trial)).content
        #expect(open.token == nil)
        #expect(try await control("status", run: "\(open.place)").hasPrefix("NAME: idle, 0.0 s\n"))
        run.send(SIGKILL)
        _ = try await run.wait()
        // What a kill leaves is known for what it is.
        #expect(try #require(try DoorFile.find(in: trial)).isOpen == false)
        #expect(try await control().hasPrefix("exit(1): bench control: \(trial): no run"))

        let path = try folder.write("0123456789abcdef\n", to: "token")
        chmod(path, 0o600)
        let second = trial + "2"
        let closed = try ChildProcess([
            Programs.path("scenario-template"), "--trial", second, "--wait", "--door",
            "127.0.0.1:0",
            "--door-token", path,
        ])
        try await ChildProcess.waitFor("the door") {
            try closed.poll() != nil || DoorFile.find(in: second)?.isOpen == true
        }
        let place = try #require(try DoorFile.find(in: second)).content.place
        let refused = try await control("status", run: "\(place)")
        #expect(refused.hasPrefix("exit(1): bench control: \(place) wants a token: "))
        let told = try await control("status", "--token-file", path, run: "\(place)")
        #expect(told.hasPrefix("NAME: idle"))
        #expect(try await control("status", run: second).hasPrefix("NAME: idle"))
        let wrong = try folder.write("fedcba9876543210\n", to: "wrong")
        chmod(wrong, 0o600)
        let lie = try await control("status", "--token-file", wrong, run: "\(place)")
        #expect(lie.contains("\(place) does not take this token"))
    }

    @Test(
        "is nowhere that others may reach, and only where it can be",
        arguments: [
            (
                ["--door", "0.0.0.0:9200"],
                "--door 0.0.0.0:9200: others may reach this address; take one of loopback or of a private network"
            ),
            (
                ["--door", "localhost:1"],
                "--door localhost:1: the address must be an IPv4 address in figures"
            ),
            (
                ["--door", "none", "--wait"],
                "--door none goes with neither --wait nor --door-token"
            ),
        ]
    )
    func places(words: [String], problem: String) async throws {
        let run = try ChildProcess([Programs.path("scenario-template"), "--trial", trial] + words)
        #expect(try await run.wait() == .exit(2))
        #expect(run.errors.contains(problem), "\(run.errors)")
        // Nothing was begun.
        #expect(try folder.names() == [])
    }

    @Test("at a port that is taken says so, and without one it has no file of a door")
    func taken() async throws {
        let first = try greet("--wait", "--door", "127.0.0.1:0")
        try await waitForDoor(first)
        let place = try #require(try DoorFile.find(in: trial)).content.place
        let second = try ChildProcess([
            Programs.path("scenario-template"), "--trial", trial + "2", "--door", "\(place)",
        ])
        #expect(try await second.wait() == .exit(1))
        #expect(
            second.errors
                == "NAME: \(place): nothing can listen there: address already in use\n"
        )
        let none = try ChildProcess([
            Programs.path("scenario-template"), "--trial", trial + "3", "--door", "none",
        ])
        try await ChildProcess.waitFor("a line") { none.output.contains(" s  users 1") }
        #expect(try DoorFile.find(in: trial + "3") == nil)
    }

    @Test("and shells complete the commands of bench control")
    func completion() async throws {
        func words(_ given: String...) async throws -> [String] {
            let call = try ChildProcess([Programs.path("bench"), "complete", "--"] + given)
            #expect(try await call.wait() == .exit(0))
            return call.output.split(separator: "\n").map { String($0.prefix { $0 != "\t" }) }
        }
        #expect(try await words("control", "chat", "st") == ["status", "start", "stop"])
        #expect(try await words("control", "chat", "ramp", "") == [])
        #expect(try await words("control", "chat", "ramp", "--ov") == ["--over"])
        #expect(try await words("control", "") == [])
    }
}
