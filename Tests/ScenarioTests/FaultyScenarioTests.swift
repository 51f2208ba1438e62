import Engine
import Foundation
import JSON
import TestSupport
import Testing

@testable import Scenario

/// What a person is told whose scenario has a mistake: an end, and never a program that hangs.
@Suite("A scenario with a mistake", .timeLimit(.minutes(2)))
struct FaultyScenarioTests {
    private let folder: TemporaryFolder
    private var trial: String { folder.path + "/trial" }

    init() throws { folder = try TemporaryFolder() }

    private func run(_ fault: String, _ words: String...) throws -> ChildProcess {
        try ChildProcess(
            [
                Programs.path("faulty-scenario"), "--trial", trial, "--quiet", "--set",
                "fault=\(fault)",
            ] + words
        )
    }

    private func record() throws -> JSON { try JSON(parsing: folder.read("trial/trial.json")) }

    @Test("that never lets others run is ended after 10 s, with the reason")
    func neverYields() async throws {
        let run = try run("loop", "--users", "3", "--user-rate", "unlimited")
        #expect(try await run.wait() == .exit(1))
        #expect(
            run.errors == """
                faulty: a user has not let others run for 10 s: it computes, or waits without "await", in a loop; \
                nothing can be measured any more

                """
        )
    }

    @Test("whose users do not hear that they must end comes to its end after 10 s, and names them")
    func deaf() async throws {
        let run = try run("deaf", "--users", "3", "--user-rate", "unlimited", "--for", "1s")
        #expect(try await run.wait() == .exit(1), "\(run.output)\(run.errors)")
        #expect(
            run.output.contains(
                "INVALID: users that did not end within 10 s of being told to: 3, such as 1, 2, 3; "
                    + "a user must let CancellationError through\n"
            )
        )
        #expect(try record()["valid"] == .bool(false))
    }

    @Test("whose users leave connections open has them closed, and is told how many")
    func leaks() async throws {
        let listener = try SilentListener()
        let run = try run(
            "leak",
            "--users",
            "5",
            "--user-rate",
            "unlimited",
            "--set",
            "server=127.0.0.1:\(listener.port)"
        )
        _ = try await run.wait()
        #expect(
            run.output.contains("connections that users left open when they ended: 15\n"),
            "\(run.output)\(run.errors)"
        )
        #expect(run.output.contains("5 ended, 0 failed"))
    }

    @Test(
        "that throws says where and what",
        arguments: [
            ("preparation", "INVALID: the scenario's preparation failed: out of luck\n"),
            ("user", "4 users failed: out of luck\n"),
            ("finish", "INVALID: the scenario's finish failed: out of luck\n"),
        ]
    )
    func throwing(fault: String, line: String) async throws {
        let run = try run(fault, "--users", "4", "--user-rate", "unlimited")
        #expect(try await run.wait() == .exit(1))
        #expect(run.output.contains(line), "\(run.output)\(run.errors)")
    }
}
