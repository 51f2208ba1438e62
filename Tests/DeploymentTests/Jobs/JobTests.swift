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
            is: "jobs-end.bash",
            "1 prov-stress-0a1b2c3d.service 812"
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
}
