import DeploymentState
import Shell
import Testing

@testable import Deployment

@Suite("Loader")
struct LoaderTests {
    private func loader(_ program: any LoadProgram = BenchLoad(["--cluster"])) -> Loader {
        Loader(run: "0a1b2c3d", program: program, part: .example())
    }

    @Test("starts a unit for its part, with the password's file where the client has one")
    func start() throws {
        let words = BenchLoad(["--cluster"]).command(.example())
        try Golden.expect(
            loader().start(now: 1),
            is: "load-start.bash",
            "prov-stress-0a1b2c3d.service /var/lib/prov/stress/0a1b2c3d 1.0 --password-file "
                + "/etc/prov/redis-password 'stress populate (bench load)' "
                + "/run/prov-metrics/stress-0a1b2c3d.prom "
                + words.joined(separator: " ")
        )
        // one that takes none by an option gets none
        try Golden.expect(
            loader(CommandLoad("redis-benchmark") { ["-h", $0.servers[0]] }).start(now: 1),
            is: "load-start.bash",
            "prov-stress-0a1b2c3d.service /var/lib/prov/stress/0a1b2c3d 1.0 '' "
                + "/etc/prov/redis-password 'stress populate (redis-benchmark)' "
                + "/run/prov-metrics/stress-0a1b2c3d.prom redis-benchmark -h 198.18.0.10:6379"
        )
    }

    @Test("gets its words as they are: systemd would put variables of its own in")
    func variables() {
        let words = loader(CommandLoad("sh") { _ in ["-c", "echo $$ ${HOME}"] }).start(now: 1)
            .command.text
        #expect(words.hasSuffix(" sh -c 'echo $$$$ $${HOME}'"))
    }

    @Test("is stopped, read and cleaned up after")
    func end() throws {
        try Golden.expect(loader().stop, is: "load-stop.bash", "prov-stress-0a1b2c3d.service")
        try Golden.expect(Loader.endLeftovers, is: "load-leftovers.bash")
        let read = loader().readResult
        #expect(read?.shown == "read /var/lib/prov/stress/0a1b2c3d/result.json")
        #expect(read?.command.text.hasPrefix("sudo -n sh -c '") == true)
        #expect(
            read?.command.text.hasSuffix("' sh /var/lib/prov/stress/0a1b2c3d/result.json") == true
        )
        #expect(loader().clean.command.text == "sudo -n rm -rf /var/lib/prov/stress/0a1b2c3d")
        #expect(loader(CommandLoad("true") { _ in [] }).readResult == nil)
    }

    @Test(
        "reads how systemd says that the unit stands",
        arguments: [
            ("loaded", "active", "running", "success", "0", Loader.Status.State.running),
            ("loaded", "active", "exited", "success", "0", .succeeded),
            (
                "loaded", "failed", "failed", "signal", "9",
                .failed("ended early: killed by signal 9")
            ),
            (
                "loaded", "failed", "failed", "signal", "5",
                .failed("ended early: killed by signal 5")
            ),
            ("loaded", "failed", "failed", "exit-code", "1", .failed("failed: exit status 1")),
            ("loaded", "failed", "failed", "oom-kill", "9", .failed("ended early: oom-kill")),
            (
                "not-found", "inactive", "dead", "success", "0",
                .failed("is gone: was the node rebooted?")
            ),
        ]
    )
    func status(
        load: String,
        active: String,
        sub: String,
        result: String,
        code: String,
        state: Loader.Status.State
    ) {
        let text = """
            Result=\(result)
            ExecMainStatus=\(code)
            LoadState=\(load)
            ActiveState=\(active)
            SubState=\(sub)
            --
            11 s  10,000/s
            12 s  10,000/s
            """
        // who killed it is not known to what it wrote; its own fault is
        let lines =
            result == "signal" && code == "9" ? [] : ["11 s  10,000/s", "12 s  10,000/s"]
        #expect(loader().status(from: text) == .init(state: state, lastLines: lines))
        #expect(
            loader().status(from: text + "\n\n-- log\nTag=READ-rt,0\n--\n")
                == .init(
                    state: state,
                    lastLines: lines,
                    log: "Tag=READ-rt,0\n--\n"
                )
        )
    }

    @Test("says what an exit status means, where the program knows")
    func meaning() {
        struct Odd: LoadProgram {
            let name = "odd"
            let executable = "odd"
            func command(_ part: LoadPart) -> [String] { ["odd"] }
            func meaning(ofStatus status: Int) -> String? { status == 2 ? "no server" : nil }
        }
        let text = "LoadState=loaded\nActiveState=failed\nSubState=failed\nResult=exit-code\n"
        func state(_ code: Int) -> Loader.Status.State {
            loader(Odd()).status(from: text + "ExecMainStatus=\(code)\n--\n").state
        }
        #expect(state(2) == .failed("failed: exit status 2, no server"))
        #expect(state(1) == .failed("failed: exit status 1"))
    }

    @Test("is asked how it stands and what it has logged since, in one call and not as root")
    func poll() {
        let call = loader().poll(from: 120)
        #expect(
            call.command.text
                == "bash -euo pipefail -s -- prov-stress-0a1b2c3d.service "
                + "/var/lib/prov/stress/0a1b2c3d/output.log /var/lib/prov/stress/0a1b2c3d/log.hdr 121"
        )
        #expect(
            call.input == """
                # look at the load tool
                systemctl show --property LoadState,ActiveState,SubState,Result,ExecMainStatus "$1"
                echo --
                # what leads elsewhere, and what has no end, is not read
                regular() { [ -f "$1" ] && [ ! -L "$1" ]; }
                if regular "$2"; then tail --bytes 65536 "$2" 2>/dev/null | tail --lines 5 || true; fi
                printf '\\n-- log\\n'
                if regular "$3"; then { tail --bytes "+$4" "$3" | head --bytes 4194304; } 2>/dev/null || true; fi

                """
        )
    }

    /// A shell of this very machine reads what a hostile client may have put in place of its files.
    @Test(
        "reads nothing that has no end or leads elsewhere",
        arguments: ["mkfifo", "ln -s /etc/passwd", "ln -s /dev/zero", "cp --archive /dev/zero"]
    )
    func hostile(make: String) async throws {
        let folder = try Files.makeTemporaryDirectory("prov-hostile")
        defer { try? Files.remove(folder) }  // else the system's cleaning
        let program = BenchLoad(["--cluster"])
        let loader = Loader(run: "0a1b2c3d", program: program, part: .example(folder: folder))
        for path in [loader.output, try #require(loader.log), try #require(loader.result)] {
            try await LocalProcess("sh", ["-c", "\(make) \(path)"]).execute()
        }
        let poll = loader.poll(from: 0)
        let polled = try await LocalProcess(
            "sh",
            ["-c", poll.command.text],
            // Not every machine has systemd, and it has no such unit.
            input: Array(poll.input.replacing(/systemctl .*/, with: "").utf8),
            timeLimit: .seconds(60)
        ).execute()
        #expect(polled.outputText == "--\n\n-- log\n", "\(polled.outputText)")
        let read = try #require(loader.readResult)
        let text = read.command.text.replacing("sudo -n ", with: "")
        let outcome = try await LocalProcess("sh", ["-c", text], timeLimit: .seconds(60)).run()
        #expect(outcome.status == .exited(1))
        #expect(outcome.errorText == "is not a regular file\n")
        #expect(outcome.output == [])
    }

    @Test("reads a result that is there, and none that is not")
    func result() async throws {
        let folder = try Files.makeTemporaryDirectory("prov-result")
        defer { try? Files.remove(folder) }  // else the system's cleaning
        let program = BenchLoad(["--cluster"])
        let loader = Loader(run: "0a1b2c3d", program: program, part: .example(folder: folder))
        let text = try #require(loader.readResult).command.text.replacing("sudo -n ", with: "")
        let read = LocalProcess("sh", ["-c", text], timeLimit: .seconds(60))
        let none = try await read.execute()
        #expect(none.output == [])
        try Files.write("{}", to: try #require(loader.result))
        let whole = try await read.execute()
        #expect(whole.outputText == "{}")
    }

    @Test("copies of the logs grow piece by piece, and go with the end")
    func copies() throws {
        let folder = try Files.makeTemporaryDirectory("prov-copies")
        defer { try? Files.remove(folder) }  // else the system's cleaning
        var copies = LiveLogs(of: "mixed", in: folder, limit: 30)
        copies.add("", of: "client-0")
        #expect(!Files.exists(folder + "/mixed"))
        copies.add("a line\nhalf a", of: "client-0")
        copies.add(" line\n", of: "client-0")
        copies.add("other\n", of: "client-1")
        #expect(copies.places == ["client-0": 19, "client-1": 6])
        let path = folder + "/mixed/client-0/live.log"
        #expect(try Files.read(path) == "a line\nhalf a line\n")
        // no more than one piece goes beyond the limit
        copies.add("another 12 bytes", of: "client-0")
        copies.add("lost", of: "client-0")
        #expect(copies.places["client-0"] == 39)
        #expect(try Files.read(path) == "a line\nhalf a line\nanother 12 bytes")
        // what cannot be written ends nothing
        try Files.remove(folder + "/mixed")
        copies.add("more\n", of: "client-1")
        #expect(copies.places["client-1"] == 11)
        LiveLogs.remove(in: folder + "/mixed/client-1")
    }
}
