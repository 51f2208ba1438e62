import DeploymentState
import Foundation
import LoadResult
import Shell
import Testing

@testable import Deployment

/// A stress on nodes that answer as a test says: what the user is told when it fails.
@Suite("A stress")
struct StressTests {
    private static let content = DatasetContent(keyCount: 600_000, valueBytes: 100)

    /// Says how the load tool's unit stands, and what it wrote last.
    private static func unit(_ active: String, _ sub: String, _ result: String, said: String)
        -> RemoteResult
    {
        RemoteResult(
            output: """
                LoadState=loaded
                ActiveState=\(active)
                SubState=\(sub)
                Result=\(result)
                ExecMainStatus=1
                --
                \(said)

                """
        )
    }

    /// The answers of two clients whose load tools stand so, and wrote each its key's half.
    private static func answer(
        _ status: @escaping @Sendable (String) -> RemoteResult,
        keys: Int = 600_000
    ) -> @Sendable (String, RemoteCall) throws -> RemoteResult {
        { node, call in
            if call.input.hasPrefix("# look at the load tool") { return status(node) }
            if call.command.text.contains("dbsize") { return RemoteResult(output: "\(keys)\n") }
            if call.command.text.contains("result.json"), !call.command.text.contains("bash") {
                let result = Evidence.result(part: node == "client-0" ? 1 : 2)
                let json = try JSONEncoder().encode(result)
                return RemoteResult(output: String(decoding: json, as: UTF8.self))
            }
            return RemoteResult()
        }
    }

    private static let names = ["client-0", "client-1", "server-0"]

    @Test("that populates fails if the servers do not hold what was written", arguments: [1, -1])
    func populated(more: Int) async throws {
        let done: @Sendable (String) -> RemoteResult = { _ in
            Self.unit("active", "exited", "success", said: "done")
        }
        try await withScripted(Self.names, answer: Self.answer(done)) { deployment, _ in
            try await deployment.populate(Self.content)
        }
        let answer = Self.answer(done, keys: 600_000 + more)
        try await withScripted(Self.names, answer: answer) { deployment, _ in
            let error = await #expect(throws: DatasetError.self) {
                try await deployment.populate(Self.content)
            }
            #expect(
                error
                    == .notPopulated(
                        expected: 600_000,
                        found: 600_000 + more,
                        emptying: "sudo redis-cli flushall"
                    )
            )
        }
    }

    @Test("that populates tells of the write at which a loader ended")
    func refused() async throws {
        let answer: @Sendable (String, RemoteCall) throws -> RemoteResult = { node, call in
            if call.input.hasPrefix("# look at the load tool") {
                return node == "client-0"
                    ? Self.unit("active", "running", "success", said: "1 s")
                    : Self.unit("failed", "failed", "exit-code", said: "stopped early")
            }
            guard call.command.text.contains("result.json"), !call.command.text.contains("bash")
            else { return RemoteResult() }
            var result = Evidence.result(part: node == "client-0" ? 1 : 2)
            (result.ending, result.settled) = (.stopped, 1_000)
            if node == "client-1" { (result.refused, result.refusals) = (1, ["OOM": 1]) }
            let json = try JSONEncoder().encode(result)
            return RemoteResult(output: String(decoding: json, as: UTF8.self))
        }
        try await withScripted(Self.names, answer: answer) { deployment, _ in
            let error = await #expect(throws: PopulateError.self) {
                try await deployment.populate(Self.content)
            }
            #expect(error?.failed == 1 && error?.done == 1_999)
            #expect(error?.refusals == ["OOM": 1])
        }
    }

    @Test("that fails tells the load tool's own reason")
    func reason() async throws {
        let refused = "bench load: 198.18.0.12:6379: its cluster serves no hash slot"
        let answer = Self.answer { node in
            node == "client-0"
                ? Self.unit("active", "running", "success", said: "1 s")
                : Self.unit("failed", "failed", "exit-code", said: "connecting\n" + refused)
        }
        try await withScripted(Self.names, answer: answer) { deployment, _ in
            let error = await #expect(throws: StressError.self) {
                try await deployment.populate(Self.content)
            }
            #expect(
                error?.description == """
                    client-1: the load tool failed: exit status 1
                        connecting
                        \(refused)
                    """
            )
        }
    }

    @Test("whose load tool does not even start tells the tool's own reason")
    func start() async throws {
        let folder = try Files.makeTemporaryDirectory("prov-start")
        defer { try? Files.remove(folder) }  // else the system's cleaning
        try Files.makeDirectory(folder + "/fake")
        // systemd-run knows only that the unit ended; what it said is in its file.
        let systemd = """
            #!/bin/bash
            for word; do
                case $word in StandardError=append:*) exec 2>>"${word#StandardError=append:}" ;; esac
            done
            echo "bench load: --rate must be a number above 0" >&2
            exit 1

            """
        try Files.write(systemd, to: folder + "/fake/systemd-run", mode: 0o755)
        // It compares the clocks, and the call waits here for longer than on its way to a node.
        try Files.write("#!/bin/sh\n", to: folder + "/fake/awk", mode: 0o755)
        try await withScripted(Self.names) { deployment, remotes in
            // Where this stress was to be written on its client is read from its call.
            _ = try? await deployment.populate(Self.content)  // its end does not matter here
            let call = try #require(
                remotes[0].called.first { $0.input.hasPrefix("# start the load tool") }
            )
            let words = try #require(call.command.text.range(of: "/var/lib/prov/stress/"))
            let run = call.command.text[words.upperBound...].prefix { $0.isHexDigit }
            let text = call.command.text.replacing("sudo -n ", with: "")
                .replacing("/var/lib/prov/stress/\(run)", with: "\(folder)/\(run)")
            var process = LocalProcess(
                "bash",
                ["-c", text],
                environment: ["PATH": "\(folder)/fake:/usr/bin:/bin"],
                timeLimit: .seconds(60)
            )
            process.input = Array(call.input.utf8)
            let outcome = try await process.run()
            #expect(outcome.status == .exited(1))
            #expect(outcome.errorText == "bench load: --rate must be a number above 0\n")
        }
    }

    @Test("whose load tool runs on behind every time limit is ended, and that is what is said")
    func overdue() async throws {
        let runs = Self.answer { node in
            node == "client-0"
                ? Self.unit("active", "exited", "success", said: "done")
                : Self.unit("active", "running", "success", said: "1 s")
        }
        var stress = Stress(
            "mixed",
            operationsPerSecond: 10,
            for: .milliseconds(1),
            writeFraction: 0,
            on: Self.content,
            requestTimeout: .milliseconds(500)
        )
        #expect(stress.patience == .seconds(60))
        stress.patience = .milliseconds(-400)
        let late = stress
        try await withScripted(Self.names, answer: runs) { deployment, remotes in
            let folder = Files.split(deployment.state.path).directory
            let error = await #expect(throws: StressError.self) {
                try await deployment.run(late, into: folder)
            }
            #expect(
                error?.description
                    == "client-1: the load tool still runs 0.1 s after its end"
            )
            for client in remotes.prefix(2) {
                #expect(client.called.contains { $0.input.hasPrefix("# stop the load tool") })
            }
        }
    }
}
