import Bench
import Deployment
import DeploymentState
import Foundation
import Shell
import Testing

/// A user's day on real machines of this host, through the built programs.
@Suite(
    "A day on prov/local",
    .enabled(if: LocalMachines.canBeMade, LocalMachines.reason),
    .timeLimit(.minutes(15))
)
struct LocalDayTests {
    @Test("provision, look around, set up, populate, measure, tweak, grow, shrink, deprovision")
    func day() async throws {
        try await ProvProgram.with { prov in
            let day = LocalDay(prov: prov)
            try await day.provision(servers: 3)
            try await day.lookAround()
            try await day.populateBeforeSetup()
            try await day.killSetup()
            try await day.script("setup")
            try await day.isWhole(servers: 3, keys: 0)
            try await day.script("populate-and-snapshot")
            try await day.measure()
            try await day.loseConnections()
            try await day.loseALoader()
            try await day.loseAServer()
            try await day.collect()
            try await day.tweak()
            try await day.missDatasets()
            try await day.resize()
            try await day.deprovision()
        }
    }
}

/// The steps of the day; each checks what it made.
struct LocalDay {
    let prov: ProvProgram
    private var state: String { prov.folder + "/day" }

    func provision(servers: Int) async throws {
        try Files.write(
            "server_count: \(servers)\nclient_count: 2\nmonitor_count: 1\nmonitor_cpuset: 0\n",
            to: prov.folder + "/c.yml"
        )
        let outcome = try await prov.run(
            "provision",
            "day",
            LocalMachines.template,
            "c.yml",
            "--yes"
        )
        try #require(outcome.isSuccess, "\(outcome.errorText)")
        let inventory = try StateDirectory.open(state).inventory
        #expect(inventory.group("server").count == servers)
        #expect(inventory.nodes.count == servers + 3)
    }

    /// Runs a program and returns its standard output; its failure is the test's.
    @discardableResult
    func expect(_ program: String, _ words: String...) async throws -> String {
        let outcome = try await prov.call(program, words).run()
        try #require(
            outcome.isSuccess,
            "\(program) \(words): \(outcome.ending) \(outcome.errorText)"
        )
        return outcome.outputText
    }

    /// Runs a script of the user's and returns how it ended.
    func run(_ script: String, _ words: String...) async throws -> Outcome {
        try await call(script, words).run()
    }

    func call(_ script: String, _ words: [String] = []) -> LocalProcess {
        let folder = Files.split(ProvProgram.executable).directory
        return prov.call("\(folder)/\(script)", ["day"] + words, limit: .seconds(240))
    }

    func script(_ name: String, _ words: String...) async throws {
        let outcome = try await call(name, words).run()
        try #require(outcome.isSuccess, "\(name): \(outcome.errorText)")
    }

    func lookAround() async throws {
        let ssh = LocalMachines.repository + "/bin/ssh"
        #expect(try await expect(ssh, "day", "server-1", "hostname; exit 0") == "server-1\n")
        let failed = try await prov.call(ssh, ["day", "server-1", "exit 7"]).run()
        #expect(failed.status == .exited(7))
        let unknown = try await prov.call(ssh, ["day", "sever-1", "true"]).run()
        #expect(unknown.status == .exited(1))
        #expect(unknown.errorText.contains(#"no node "sever-1" (did you mean "server-1"?)"#))

        let text = "über die Brücke\n"
        try Files.write(text, to: prov.folder + "/there")
        try await expect("rsync", "-e", "\(ssh) day", "there", "client-0:/tmp/here")
        try await expect("scp", "-q", "-F", "\(state)/ssh_config", "client-0:/tmp/here", "back")
        #expect(try Files.read(prov.folder + "/back") == text)
        let pings = try await expect(
            "ansible",
            "-i",
            "\(state)/inventory",
            "all",
            "-m",
            "ping",
            "-o"
        )
        #expect(pings.split(separator: "\n").filter { $0.contains("SUCCESS") }.count == 6)
    }

    func measure() async throws {
        let outcome = try await measured("mixed", "--rate", "4000", "--seconds", "8")
        try #require(outcome.isSuccess, "\(outcome.errorText)")
        let trial = try trial(labelled: "mixed")
        #expect(outcome.outputText.hasSuffix("\(trial)\n\(trial)/report.html\n"))
        let record = try record(of: trial)
        #expect(record["valid"] as? Bool == true)
        #expect(record["reasons"] as? [String] == [])
        let nodes = record["nodes"] as? [String: [String: String]]
        let online = try Files.read("/sys/devices/system/cpu/online").prefix { $0 != "\n" }
        #expect(nodes?["monitor-0"]?["cpuset"] == "0")
        #expect(nodes?["server-0"]?["cpuset"] == String(online))
        let path = "\(prov.folder)/\(trial)"
        let summary = try await Summary(of: [path])
        let due = summary.tags.filter { $0.tag.hasSuffix("-rt") }
        #expect(due.reduce(0) { $0 + $1.count } == 4_000 * 8)
        #expect(due.allSatisfy { $0.errors == 0 })
        let misses = try Files.read(path + "/stress/mixed/client-0/output.log")
        #expect(misses.contains("missing") == false || misses.contains("missing 0"))
        let json = try JSONSerialization.jsonObject(
            with: Data(Files.read(path + "/summary.json").utf8)
        )
        let tags = (json as? [String: Any])?["tags"] as? [String: [String: Any]]
        #expect(tags?["READ-rt"]?["p99_99_ns"] is Int)
        let page = try Files.read(path + "/report.html")
        #expect(page.contains("server: processors busy") && page.contains("READ-rt: latency"))
        let blocks = try Files.list(path + "/monitoring/monitor-0")
        #expect(!blocks.isEmpty)
        let commands = try Files.read(path + "/commands.jsonl").split(separator: "\n")
        #expect(
            commands.contains { $0.contains("restore a dataset") && $0.contains("exit status 0") }
        )
    }

    /// The loaders run on while every connection to them is cut, and nothing is lost.
    func loseConnections() async throws {
        let ssh = LocalMachines.repository + "/bin/ssh"
        async let running = run(
            "restore-and-run",
            "--rate",
            "1000",
            "--seconds",
            "10",
            "--label",
            "cut"
        )
        let cut = "pgrep -x bench && sudo pkill -KILL -f 'sshd: prov@'"
        try await until("a loader ran on client-0 and its connections were cut") {
            // The cut ends its own connection too.
            let outcome = try await prov.call(ssh, ["day", "client-0", cut]).run()
            return outcome.status == .exited(255) && !outcome.output.isEmpty
        }
        let outcome = try await running
        let trial = try trial(labelled: "cut")
        #expect(try outcome.isSuccess || isSpoilt(trial), "\(outcome.errorText)")
        let summary = try await Summary(of: ["\(prov.folder)/\(trial)"], invalidToo: true)
        let due = summary.tags.filter { $0.tag.hasSuffix("-rt") }
        #expect(due.reduce(0) { $0 + $1.count } == 1_000 * 10)
    }

    private func until(_ what: String, _ isDone: () async throws -> Bool) async throws {
        let limit = ContinuousClock.now + .seconds(60)
        while try await !isDone() {
            try #require(ContinuousClock.now < limit, "not within 60 s: \(what)")
            try await Task.sleep(for: .milliseconds(200))
        }
    }

    /// A loader that is killed makes the trial worth nothing, at once and by name.
    func loseALoader() async throws {
        let ssh = LocalMachines.repository + "/bin/ssh"
        async let running = run(
            "restore-and-run",
            "--rate",
            "1000",
            "--seconds",
            "60",
            "--label",
            "lost"
        )
        let kill = "sudo pkill -KILL -x bench"
        try await until("a loader ran on client-1 and was killed") {
            try await prov.call(ssh, ["day", "client-1", kill]).run().status == .exited(0)
        }
        let outcome = try await running
        #expect(outcome.status == .exited(1))
        #expect(
            outcome.errorText.contains("client-1: the load tool ended early: killed by signal 9")
        )
        let record = try record(of: trial(labelled: "lost"))
        #expect(record["valid"] as? Bool == false)
        #expect((record["reasons"] as? [String])?.first?.hasPrefix("client-1: ") == true)
        let left = try await prov.call(ssh, ["day", "client-0", "pgrep -x bench"]).run()
        #expect(left.status == .exited(1), "the other loader still runs")
        #expect(outcome.duration < .seconds(60), "the other loader was waited for")
    }

    /// A database that was killed under load: the table is shown, and nobody takes it for a result.
    func loseAServer() async throws {
        let wrong = try await run("restore-and-run", "--label", "a/b")
        #expect(wrong.status == .exited(2))
        #expect(wrong.errorText.contains(#"label "a/b" must be letters"#))
        #expect(!wrong.errorText.contains("connect"))
        let ssh = LocalMachines.repository + "/bin/ssh"
        async let running = run(
            "restore-and-run",
            "--rate",
            "1000",
            "--seconds",
            "9",
            "--label",
            "killed"
        )
        let kill = "grep -qE '^ *2 s ' /var/lib/prov/stress/*/output.log"
        try await until("a loader ran for 2 s") {
            try await prov.call(ssh, ["day", "client-0", kill]).run().status == .exited(0)
        }
        try await expect(ssh, "day", "server-1", "sudo systemctl kill --signal KILL redis-server")
        let outcome = try await running
        #expect(outcome.status == .exited(1))
        let shown = outcome.outputText
        #expect(shown.hasPrefix("INVALID: these numbers may not be used\n"))
        #expect(shown.contains("server-1: the database was started again meanwhile"))
        #expect(shown.contains("READ-rt"))
        #expect(outcome.errorText.contains("the trial is invalid"))
        let record = try record(of: trial(labelled: "killed"))
        #expect(record["validity"] as? String == "invalid")
    }

    func collect() async throws {
        let state = try StateDirectory.open(state)
        let deployment = try await Deployment.connect(to: state)
        let folder = prov.folder + "/collected"
        let found = try await deployment.collect(
            "/var/log/redis/*.log",
            from: deployment.servers,
            into: folder
        )
        let error = await #expect(throws: FanOutError.self) {
            try await deployment.collect("/nowhere/*", from: deployment.clients, into: folder)
        }
        await deployment.close()
        #expect(found.count == 3)
        for name in ["server-0", "server-1", "server-2"] {
            let log = try Files.read("\(folder)/\(name)/redis-server.log")
            #expect(log.contains("Ready to accept connections"))
        }
        #expect("\(try #require(error))".contains(#"client-1: nothing matches "/nowhere/*""#))
    }

    func tweak() async throws {
        let outcome = try await run("tweak-settings", "appendonly=yes", "appendfsync=always")
        #expect(outcome.isSuccess, "\(outcome.ending): \(outcome.errorText)")
        #expect(outcome.outputText == "appendfsync always\nappendonly yes\n")
        let refused = try await run("tweak-settings", "port=1")
        #expect(refused.status == .exited(1))
        #expect(refused.errorText.contains(#"setting "port" is not free: the deployment sets it"#))
        // With its log on, Redis reads only the log: an empty cluster would look fast.
        let measured = try await measured("log", "--rate", "1000", "--seconds", "7")
        try #require(measured.isSuccess, "\(measured.errorText)")
        let record = try record(of: trial(labelled: "log"))
        let settings = (record["settings"] as? [String: [String: String]])?["all"]
        #expect(settings?["appendonly"] == "yes")
        try await compare()
    }

    /// Another load is refused, and what differs between the two trials stands above the table.
    private func compare() async throws {
        let bench = LocalMachines.repository + "/bin/bench"
        let (mixed, log) = (try trial(labelled: "mixed"), try trial(labelled: "log"))
        let refused = try await prov.call(bench, ["compare", mixed, log]).run()
        #expect(refused.status == .exited(1))
        #expect(refused.errorText.contains("rate: 4000"), "\(refused.errorText)")
        let options = ["--different-load", "--to", "7"]
        let shown = try await prov.call(bench, ["compare", mixed, log] + options).run()
        try #require(shown.isSuccess, "\(shown.errorText)")
        let lines = shown.outputText.split(separator: "\n")
        let table = try #require(lines.firstIndex { $0.hasPrefix("READ-rt ") })
        let above = lines[..<table]
        #expect(above.contains { $0.hasPrefix("load: rate: 4000") })
        #expect(above.contains("settings.all.appendonly: no → yes"))
        for run in ["A", "B"] {
            let noise = above.first { $0.hasPrefix("noise of \(run): stolen at most ") }
            #expect(noise?.contains(", busiest loop of a loader ") == true)
            #expect(noise?.contains(", late requests ") == true)
        }
    }

    func missDatasets() async throws {
        let ssh = LocalMachines.repository + "/bin/ssh"
        try await expect(
            ssh,
            "day",
            "server-2",
            "sudo mv /var/lib/prov/datasets/base /var/lib/prov/datasets/other"
        )
        let outcome = try await run("restore-and-run", "--seconds", "7", "--label", "none")
        #expect(outcome.status == .exited(1))
        #expect(outcome.errorText.contains(#"server-2: no dataset "base"; there are: other"#))
        #expect(try await expect(ssh, "day", "server-0", "sudo redis-cli ping") == "PONG\n")
        try await expect(
            ssh,
            "day",
            "server-2",
            "sudo mv /var/lib/prov/datasets/other /var/lib/prov/datasets/base"
        )
    }

    func deprovision() async throws {
        let id = try StateDirectory.find(state).record.id
        let outcome = try await prov.run("deprovision", "day", "--yes")
        try #require(outcome.isSuccess, "\(outcome.errorText)")
        #expect(!Files.exists(state))
        let leftovers = try await prov.call(LocalMachines.template + "/leftovers", [id]).run()
        #expect(leftovers.status == .exited(0), "\(leftovers.outputText)")
    }

    /// Makes a trial, and makes it again, twice at most, where only other work of this host spoilt it.
    private func measured(_ label: String, _ words: String...) async throws -> Outcome {
        let script = call("restore-and-run", words + ["--label", label])
        for _ in 0..<2 {
            let outcome = try await script.run()
            guard !outcome.isSuccess, let trial = try? trial(labelled: label),
                try isSpoilt(trial)
            else { return outcome }
            try Files.remove("\(prov.folder)/\(trial)")
        }
        return try await script.run()
    }

    /// Whether a trial is invalid, rightly, for nothing but other work of this host.
    private func isSpoilt(_ trial: String) throws -> Bool {
        let reasons = try #require(try record(of: trial)["reasons"] as? [String])
        return !reasons.isEmpty && reasons.allSatisfy(TrialRig.isOfTheHost)
    }

    private func trial(labelled label: String) throws -> String {
        let names = try Files.list(prov.folder + "/trials/day").filter { $0.hasSuffix("-\(label)") }
        return "trials/day/\(try #require(names.first))"
    }

    private func record(of trial: String) throws -> [String: Any] {
        let text = try Files.read("\(prov.folder)/\(trial)/trial.json")
        let object = try JSONSerialization.jsonObject(with: Data(text.utf8))
        return try #require(object as? [String: Any])
    }
}
