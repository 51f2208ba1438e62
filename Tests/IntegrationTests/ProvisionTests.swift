import DeploymentState
import FoundationEssentials
import Glibc
import Shell
import Testing

@Suite("prov provision", .enabled(if: ProvProgram.hasTerraform), .timeLimit(.minutes(5)))
struct ProvisionTests {
    private func provision(_ prov: ProvProgram, _ config: String) async throws -> Outcome {
        try Files.write(config, to: "\(prov.folder)/c.yml")
        return try await prov.run("provision", "demo", ProvProgram.processes, "c.yml")
    }

    private func open(_ prov: ProvProgram) throws -> StateDirectory {
        try StateDirectory.open("demo", in: prov.folder, home: nil)
    }

    /// The machines' process ids by name.
    private func machines(_ prov: ProvProgram) throws -> [String] {
        try ProvProgram.machines(of: try open(prov).record.id)
            .map { String($0.split(separator: " ")[2]) }.sorted()
    }

    @Test("makes machines, changes nothing when run again, grows, shrinks and ends all")
    func life() async throws {
        try await ProvProgram.with { prov in
            let first = try await provision(prov, "server_count: 3\n")
            #expect(first.isSuccess, "\(first.errorText)")
            #expect(first.outputText.hasPrefix("demo is ready: 3 servers in "))
            let record = try open(prov).record
            #expect(try machines(prov) == ["server-0", "server-1", "server-2"])

            let again = try await provision(prov, "server_count: 3\n")
            #expect(again.isSuccess && !again.errorText.contains("made"))
            #expect(!again.errorText.contains("terraform apply"))
            #expect(try open(prov).record == record)

            let grown = try await provision(prov, "server_count: 5\n")
            #expect(grown.errorText.contains("2/2 made"), "\(grown.errorText)")
            #expect(try machines(prov).count == 5)
            #expect(
                try open(prov).inventory.nodes.map(\.vars["rank"]) == ["0", "1", "2", "3", "4"]
            )

            try Files.write("server_count: 1\n", to: "\(prov.folder)/c.yml")
            let refused = try await prov.asking(
                ["provision", "demo", ProvProgram.processes, "c.yml"]
            ).run()
            #expect(refused.status == .exited(1))
            #expect(
                refused.errorText.hasSuffix(
                    "prov: demo: this would end server-1 server-2 server-3 server-4 with all that is "
                        + "on them, and there is no terminal on which to ask; pass --yes\n"
                )
            )
            #expect(try machines(prov).count == 5)
            #expect(try open(prov).record.status == .ready)

            let shrunk = try await prov.run(
                "provision",
                "demo",
                ProvProgram.processes,
                "c.yml",
                "--yes"
            )
            #expect(shrunk.isSuccess)
            #expect(try machines(prov) == ["server-0"])

            let ended = try await prov.run("deprovision", "demo")
            #expect(ended.isSuccess, "\(ended.errorText)")
            #expect(try ProvProgram.machines(of: record.id).isEmpty)
            #expect(!Files.exists("\(prov.folder)/demo"))
        }
    }

    @Test("shows deployments as a table and as JSON")
    func reports() async throws {
        try await ProvProgram.with { prov in
            #expect(try await prov.run("list").outputText == "no deployments here\n")
            #expect(try await provision(prov, "server_count: 2\n").isSuccess)
            let list = try await prov.run("list")
            let words = list.outputText.split(separator: "\n").last?.split(separator: " ")
            #expect(words?.prefix(4) == ["demo", "processes", "2", "ready"])
            struct Report: Decodable {
                struct Node: Decodable { let name: String }
                let name: String
                let status: String
                let nodes: [Node]
            }
            let json = try await prov.run("status", "demo", "--json")
            let report = try JSONDecoder().decode(Report.self, from: Data(json.output))
            #expect(report.status == "ready")
            #expect(report.nodes.map(\.name) == ["server-0", "server-1"])
        }
    }

    @Test("ends a deployment whose configs set nothing, have gone, or no longer fit")
    func lostConfigs() async throws {
        try await ProvProgram.with { prov in
            let none = try await prov.run("provision", "demo", ProvProgram.processes)
            #expect(none.isSuccess, "\(none.errorText)")
            #expect(try await prov.run("deprovision", "demo").isSuccess)
            for spoil in ["server_cuont: 1\n", nil] {
                #expect(try await provision(prov, "server_count: 1\ntoken: t\n").isSuccess)
                let id = try open(prov).record.id
                if let spoil {
                    try Files.write(spoil, to: "\(prov.folder)/c.yml")
                } else {
                    try Files.remove("\(prov.folder)/c.yml")
                }
                let ended = try await prov.run("deprovision", "demo")
                #expect(ended.isSuccess, "\(ended.errorText)")
                #expect(ended.errorText.contains("going on with"))
                #expect(try ProvProgram.machines(of: id).isEmpty)
            }
        }
    }

    @Test("writes a secret nowhere, and no file that others may read")
    func secrets() async throws {
        try await ProvProgram.with { prov in
            let outcome = try await provision(prov, "server_count: 1\ntoken: s3cret-value\n")
            #expect(outcome.isSuccess)
            let found = try await LocalProcess(
                "grep",
                ["-r", "s3cret-value", "\(prov.folder)/demo"]
            )
            .run()
            #expect(found.status == .exited(1), "\(found.outputText)")
            let files = ["\(prov.folder)/demo", "-type", "f", "-perm", "/077"]
            let open = try await LocalProcess("find", files).execute()
            #expect(open.outputText == "")
        }
    }

    @Test("stops gently on the first Ctrl-C and can go on")
    func interrupt() async throws {
        try await ProvProgram.with { prov in
            try Files.write("boot_seconds: 60\n", to: "\(prov.folder)/c.yml")
            let call = prov.call(["provision", "demo", ProvProgram.processes, "c.yml"])
            let ids = AsyncStream<Int32>.makeStream()
            async let pending = call.run(onStart: { ids.continuation.yield($0) })
            for await id in ids.stream {
                let deadline = ContinuousClock.now + .seconds(30)
                // Three machines are under way when three provisioners run.
                while try prov.processes(of: "demo").count < 4, ContinuousClock.now < deadline {
                    try await Task.sleep(for: .milliseconds(20))
                }
                kill(id, SIGINT)
                break
            }
            let outcome = try await pending
            #expect(outcome.status == .exited(1))
            #expect(
                outcome.errorText.hasSuffix(
                    "prov: demo: interrupted, and left so that it can go on; provision again, or "
                        + "\"prov deprovision demo\"\n"
                ),
                "\(outcome.errorText)"
            )
            let status = try StateDirectory.find("demo", in: prov.folder, home: nil).record.status
            #expect(status == .partial)
            #expect(try await provision(prov, "boot_seconds: 0\n").isSuccess)
            #expect(try machines(prov).count == 3)
        }
    }

    @Test("says what terraform's error is and where its log lies, and can be undone")
    func failure() async throws {
        try await ProvProgram.with { prov in
            let outcome = try await provision(prov, "boot_seconds: -1\n")
            #expect(outcome.status == .exited(1))
            let lines = outcome.errorText.split(separator: "\n")
            #expect(lines.contains("prov: terraform apply: exit status 1"), "\(outcome.errorText)")
            #expect(outcome.errorText.contains("sleep: invalid option"))
            let log = try #require(lines.last?.split(separator: " ").last.map(String.init))
            #expect(try Files.read(log).contains("sleep: invalid option"))
            let status = try await prov.run("status", "demo")
            #expect(status.outputText.hasPrefix("demo: partial\n"))
            #expect(try await prov.run("deprovision", "demo").isSuccess)
            #expect(!Files.exists("\(prov.folder)/demo"))
        }
    }

    @Test("is held by one at a time, and taken over from the dead with a line that says so")
    func lock() async throws {
        try await ProvProgram.with { prov in
            #expect(try await provision(prov, "server_count: 1\n").isSuccess)
            let path = "\(prov.folder)/demo/lock"
            let holder = "me@here (process 1, prov provision demo) since 2026-01-01T00:00:00Z"
            try Files.write(holder + "\n", to: path)
            // Programs that other tests start meanwhile must not keep it.
            let file = Glibc.open(path, O_RDWR | O_CLOEXEC)
            #expect(flock(file, LOCK_EX) == 0)
            for words in [["provision", "demo", ProvProgram.processes], ["deprovision", "demo"]] {
                let outcome = try await prov.call(words).run()
                #expect(outcome.status == .exited(1))
                #expect(
                    outcome.errorText == "prov: demo: held by \(holder); wait until it is done\n"
                )
            }
            close(file)
            let outcome = try await provision(prov, "server_count: 1\n")
            #expect(outcome.isSuccess)
            #expect(outcome.errorText.hasPrefix("taking over from \(holder), which died\n"))
        }
    }

    @Test("of two at once the second says who holds it since when, and the first is unharmed")
    func twoAtOnce() async throws {
        try await ProvProgram.with { prov in
            try Files.write("boot_seconds: 4\nserver_count: 1\n", to: "\(prov.folder)/c.yml")
            let words = ["provision", "demo", ProvProgram.processes, "c.yml"]
            async let first = prov.call(words).run()
            let limit = ContinuousClock.now + .seconds(30)
            while !Files.exists("\(prov.folder)/demo/deployment.json") {
                try #require(ContinuousClock.now < limit, "the first does not begin")
                try await Task.sleep(for: .milliseconds(20))
            }
            let second = try await prov.call(words).run()
            #expect(second.status == .exited(1))
            let holder =
                /prov: demo: held by .+ \(process \d+, prov provision demo\) since 20.+Z; wait until it is done\n/
            #expect(second.errorText.wholeMatch(of: holder) != nil, "\(second.errorText)")
            let made = try await first
            #expect(made.isSuccess, "\(made.errorText)")
            let id = try StateDirectory.open("\(prov.folder)/demo").record.id
            #expect(try ProvProgram.machines(of: id).count == 1)
        }
    }

    @Test(
        "says so when the disk is full, and leaves no half of a file",
        .enabled(if: getuid() == 0, "only root can mount a small disk")
    )
    func fullDisk() async throws {
        try await ProvProgram.with { prov in
            let disk = "\(prov.folder)/demo"
            try Files.makeDirectory(disk)
            try await LocalProcess("mount", ["-t", "tmpfs", "-o", "size=20k,mode=0700", "t", disk])
                .execute()
            do {
                let outcome = try await provision(prov, "server_count: 1\n")
                #expect(outcome.status == .exited(1))
                #expect(
                    outcome.errorText.contains("cannot be written: no space left on device"),
                    "\(outcome.errorText)"
                )
                _ = try DeploymentRecord(file: "\(disk)/deployment.json")
                let left = try await LocalProcess("find", [disk, "-name", "*.tmp"]).execute()
                #expect(left.outputText == "")
            } catch {
                Issue.record(error)
            }
            try await uncancelled { try await LocalProcess("umount", [disk]).execute() }
        }
    }
}
