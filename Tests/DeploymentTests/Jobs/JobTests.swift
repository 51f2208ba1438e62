import DeploymentState
import Foundation
import Shell
import Testing

@testable import Deployment

@Suite("Jobs of a node")
struct JobTests {
    private static let loader = """
        --job
        kind=stress
        id=prov-stress-0a1b2c3d.service
        what=stress mixed (bench load)
        state=runs
        seconds=3725
        line=3725 s   10,000/s   p99 0.4 ms

        """

    @Test("are asked for, and ended, by these texts")
    func calls() throws {
        try Golden.expect(JobCalls.list, is: "jobs-list.bash")
        let command = Job(
            kind: .command,
            id: "812",
            what: "sleep 99",
            state: "runs",
            seconds: 9,
            lastLine: ""
        )
        try Golden.expect(
            JobCalls.end(Job.read(Self.loader) + [command]),
            is: "jobs-end.bash"
        )
    }

    @Test("are read as the node prints them, and nothing else that it says")
    func read() {
        let jobs = Job.read(
            "noise\n" + Self.loader + "--job\nkind=other\nid=x\n--job\nkind=fault\n"
        )
        #expect(
            jobs == [
                Job(
                    kind: .stress,
                    id: "prov-stress-0a1b2c3d.service",
                    what: "stress mixed (bench load)",
                    state: "runs",
                    seconds: 3_725,
                    lastLine: "3725 s   10,000/s   p99 0.4 ms"
                )
            ]
        )
    }

    @Test(
        "say for how long in two units",
        arguments: [
            (0, "0 s"), (59, "59 s"), (61, "1 min 1 s"), (3_600, "1 h"), (90_061, "25 h 1 min"),
        ]
    )
    func since(seconds: Int, text: String) {
        var job = Job.read(Self.loader)[0]
        job.seconds = seconds
        #expect(job.since == text)
    }

    @Test("stand in a table that obeys no terminal's commands")
    func table() {
        var other = Job.read(Self.loader)[0]
        other.lastLine = "\u{1B}[2J gone"
        let table = Job.table([("client-0", Job.read(Self.loader)), ("client-10", [other])])
        #expect(
            table
                == """
                NODE       WHAT                       STATE  FOR       LAST LINE
                client-0   stress mixed (bench load)  runs   1 h 2 min  3725 s 10,000/s p99 0.4 ms
                client-10  stress mixed (bench load)  runs   1 h 2 min  \u{FFFD}[2J gone
                """.replacing("FOR       LAST", with: "FOR        LAST")
        )
    }

    @Test("are asked of all nodes; one that does not answer is named, and hides none of the others")
    func look() async throws {
        struct Gone: Error, CustomStringConvertible { let description = "no route" }
        let here = ScriptedRemote(try .made("client-0")) { _ in RemoteResult(output: Self.loader) }
        let gone = ScriptedRemote(try .made("server-0")) { _ in throw Gone() }
        let (jobs, failures) = await Jobs.look(at: [gone, here])
        #expect(jobs.map(\.node) == ["client-0"])
        #expect(failures == ["server-0: no route"])
        try await Jobs.end(jobs, on: [gone, here])
        #expect(gone.called.count == 1)
        #expect(here.called.last == JobCalls.end(jobs[0].jobs))
    }

    /// Runs a script here, with a systemd that knows 300 loads, one that failed and a fault that waits.
    private static func run(_ call: RemoteCall) async throws -> (output: String, asked: [String]) {
        let folder = try Files.makeTemporaryDirectory("prov-jobs-test")
        defer { try? Files.remove(folder) }  // else the system's cleaning
        let states =
            (0..<300).map { ("prov-stress-f\($0).service", "active", "running") }
            + [
                ("prov-stress-bad.service", "failed", "failed"),
                ("prov-stress-old.service", "inactive", "dead"),
                ("prov-fault-1.timer", "active", "waiting"),
                ("prov-fault-1.service", "inactive", "dead"),
            ]
        let blocks = states.map { id, active, sub in
            """
            Id=\(id)
            Description=about=\(id)
            ActiveState=\(active)
            SubState=\(sub)
            ActiveEnterTimestamp=Thu 2026-01-01 00:00:00 UTC
            InactiveEnterTimestamp=

            """
        }
        try Files.write(
            """
            systemctl() { echo "$*" >>'\(folder)/asked'; cat '\(folder)/shown'; }
            date() { if [ "$*" = +%s ]; then echo 1767225607; else command date "$@"; fi; }
            ps() { echo; }

            """,
            to: folder + "/functions",
            durably: false
        )
        try Files.write(blocks.joined(separator: "\n"), to: folder + "/shown", durably: false)
        var environment = ProcessInfo.processInfo.environment
        environment["BASH_ENV"] = folder + "/functions"
        let text = try await LocalProcess(
            "/bin/sh",
            ["-c", String(call.command.text.trimmingPrefix("sudo -n "))],
            environment: environment,
            input: Array(call.input.utf8),
            timeLimit: .seconds(60)
        )
        .execute().outputText
        return (text, try Files.read(folder + "/asked").split(separator: "\n").map(String.init))
    }

    @Test("are hundreds, of which systemd is asked but once, and which end at once")
    func many() async throws {
        let (output, asked) = try await Self.run(JobCalls.list)
        let jobs = Job.read(output)
        #expect(asked.count == 1)
        #expect(jobs.count == 302)
        #expect(
            jobs.first
                == Job(
                    kind: .stress,
                    id: "prov-stress-f0.service",
                    what: "about=prov-stress-f0.service",
                    state: "runs",
                    seconds: 7,
                    lastLine: ""
                )
        )
        #expect(jobs.suffix(2).map(\.state) == ["failed", "waits"])
        #expect(jobs.suffix(2).map(\.seconds) == [nil, 7])
        let call = JobCalls.end(jobs)
        #expect(call.command.text == "sudo -n bash -euo pipefail -s --")
        let ended = try await Self.run(call).asked
        let all = jobs.map(\.id).joined(separator: " ")
        #expect(ended == ["stop \(all)", "reset-failed \(all)"])
    }

    @Test("are said to be none only when every node has said so")
    func none() {
        let none: [(node: String, jobs: [Job])] = [("client-0", [])]
        let some = [(node: "client-0", jobs: Job.read(Self.loader))]
        #expect(Jobs.nothing(none, [], of: "demo") == "nothing runs on 1 node of demo")
        #expect(Jobs.nothing(none, ["server-0: no route"], of: "demo") == nil)
        #expect(Jobs.nothing([], ["client-0: timed out"], of: "demo") == nil)
        #expect(Jobs.nothing(some, [], of: "demo") == nil)
    }
}
