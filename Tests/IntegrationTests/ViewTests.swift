import DeploymentState
import Foundation
import Shell
import TestSupport
import Testing

@Suite(
    "bin/view",
    .timeLimit(.minutes(2)),
    .enabled(if: LocalProcess.find("prometheus") != nil, "Debian's prometheus is not installed")
)
struct ViewTests {
    private static let program = LocalMachines.repository + "/bin/view"

    /// Makes a trial whose monitor saw `up` 0 or 1 at one moment.
    private static func makeTrial(in folder: String) async throws -> String {
        let trial = folder + "/trial"
        let data = trial + "/monitoring/monitor-0"
        for path in [trial, trial + "/monitoring", data] { try Files.makeDirectory(path) }
        try Files.write("  \"ended\" : \"2020-01-01T00:10:00Z\",\n", to: trial + "/trial.json")
        let samples = """
            # TYPE up gauge
            up{instance="server-0"} 1 1577836800
            # EOF

            """
        try Files.write(samples, to: folder + "/samples")
        let words = ["tsdb", "create-blocks-from", "openmetrics", folder + "/samples", data]
        try await LocalProcess("promtool", words, timeLimit: .seconds(60)).execute()
        return trial
    }

    /// Every file of a trial with its digest.
    private static func digests(of trial: String) async throws -> String {
        let script = "cd \"$1\" && find . -type f -exec sha256sum {} + | sort; find . | sort"
        return try await LocalProcess(
            "bash",
            ["-c", script, "bash", trial],
            timeLimit: .seconds(20)
        ).execute().outputText
    }

    @Test("serves a copy of an old trial's metrics on loopback, and leaves the evidence as it was")
    func serves() async throws {
        let folder = try Files.makeTemporaryDirectory("prov-view")
        defer { try? Files.remove(folder) }  // else the system's cleaning
        let trial = try await Self.makeTrial(in: folder)
        let before = try await Self.digests(of: trial)
        try Files.makeDirectory(folder + "/tmp")
        // A shell takes over which signals are blocked, and on a test's thread all may be.
        let unblock = """
            import os, signal, sys
            signal.pthread_sigmask(signal.SIG_SETMASK, [])
            os.execvp(sys.argv[1], sys.argv[1:])
            """
        let view = try ChildProcess([
            "python3", "-c", unblock, "env", "TMPDIR=\(folder)/tmp", Self.program, trial,
        ])
        defer { view.send(SIGTERM) }  // else Prometheus would outlive a failure
        try await ChildProcess.waitFor("the page's address") {
            view.output.contains("\n") || view.poll() != nil
        }
        let address = try #require(
            view.output.prefix { $0 != "\n" }.firstMatch(of: /http:\/\/127\.0\.0\.1:[0-9]+/)?
                .output,
            "\(view.errors)"
        )
        #expect(view.output.contains("g0.end_input=2020-01-01%2000:10:00"))
        let url = "\(address)/api/v1/query?query=up&time=1577836801"
        let answer = try await LocalProcess(
            "curl",
            ["--silent", "--show-error", "--fail", url],
            timeLimit: .seconds(20)
        ).execute().outputText
        #expect(answer.contains(#""instance":"server-0"},"value":[1577836801,"1"]"#))
        view.send(SIGTERM)
        #expect(try await view.wait() == .exit(0))
        #expect(try await Self.digests(of: trial) == before)
        #expect(try Files.list(folder + "/tmp") == [])
    }

    @Test("--help says what it takes", arguments: ["--help", "-h"])
    func help(word: String) async throws {
        let outcome = try await LocalProcess(Self.program, [word], timeLimit: .seconds(20)).run()
        #expect(outcome.isSuccess)
        #expect(outcome.outputText.contains("usage: bin/view TRIAL [PORT]\n"))
        #expect(outcome.outputText.hasPrefix("Shows a trial's metrics in Prometheus's page"))
    }

    @Test("says what is wrong with its words")
    func wrong() async throws {
        for (words, status, text) in [
            ([], 2, "usage: bin/view TRIAL [PORT]"), (["/tmp", "x"], 2, #"port "x" is no number"#),
            (["/nowhere"], 1, #"/nowhere: no folder "monitoring" in it"#),
        ] as [([String], Int32, String)] {
            let outcome = try await LocalProcess(
                Self.program,
                words,
                timeLimit: .seconds(20)
            ).run()
            #expect(outcome.status == .exited(status))
            #expect(outcome.errorText.contains(text))
        }
    }
}
