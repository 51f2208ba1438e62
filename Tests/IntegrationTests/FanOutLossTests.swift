import Deployment
import DeploymentState
import Foundation
import Shell
import Synchronization
import Testing

/// A step on machines of this host of which some are gone without a word.
@Suite(
    "A step on five servers of prov/local, of which two do not answer",
    .enabled(if: LocalMachines.canBeMade, LocalMachines.reason),
    .timeLimit(.minutes(5))
)
struct FanOutLossTests {
    @Test("is finished on the others, and both are named within its time limit")
    func loss() async throws {
        try await ProvProgram.with { prov in
            let config = prov.folder + "/c.yml"
            try Files.write("server_count: 5\nclient_count: 1\nmonitor_count: 0\n", to: config)
            let words = ["provision", "fan-out-loss", LocalMachines.template, "c.yml", "--yes"]
            let made = try await prov.call(words).run()
            try #require(made.isSuccess, "\(made.errorText)")
            let state = try StateDirectory.open("\(prov.folder)/fan-out-loss")
            let deployment = try await Deployment.connect(to: state)
            do {
                try await copy(deployment, prov)
                try await follow(deployment)
                try await lose(deployment, prov)
            } catch {
                await deployment.close()
                throw error
            }
            await deployment.close()
        }
    }

    /// Folders go to all servers and come back, as root; nothing is changed while one lacks rsync.
    private func copy(_ deployment: Deployment, _ prov: ProvProgram) async throws {
        let servers = deployment.servers
        let folder = prov.folder + "/it's a folder"
        try Files.makeDirectory(folder)
        try Files.write("rule\n", to: folder + "/a:b")
        try await deployment.execute(
            ["mv", "/usr/bin/rsync", "/usr/bin/rsync.off"],
            on: [servers[4]]
        )
        let error = await #expect(throws: FanOutError.self) {
            try await deployment.uploadDirectory(folder, to: "/opt/rules", on: servers)
        }
        #expect(
            error?.description == """
                1 of 5 nodes failed
                server-4: upload "\(folder)" to "/opt/rules": there is no rsync on the node: \
                apt-get install rsync, or image_packages: [rsync] on prov/local
                """
        )
        let left = try await deployment.execute(["ls", "/opt"], on: servers)
        #expect(Set(left.values) == [""])
        try await deployment.execute(
            ["mv", "/usr/bin/rsync.off", "/usr/bin/rsync"],
            on: [servers[4]]
        )
        try await deployment.uploadDirectory(folder, to: "/opt/rules", on: servers)
        let rules = try await deployment.execute(
            ["stat", "--format", "%U %a", "/opt/rules", "/opt/rules/a:b"],
            on: servers
        )
        #expect(Set(rules.values).count == 1)
        #expect(rules[servers[0]]?.hasPrefix("root 700\nroot ") == true)
        // What only root may read there.
        let back = try await deployment.downloadDirectory(
            "/opt/rules",
            from: servers,
            into: prov.folder + "/back"
        )
        #expect(back.count == 5)
        for local in back.values { #expect(try Files.read(local + "/a:b") == "rule\n") }
    }

    /// Each server's journal is followed until it says what was asked for.
    private func follow(_ deployment: Deployment) async throws {
        let call = ["journalctl", "--follow", "--lines", "0", "--output", "cat", "-t", "follow"]
        let asked = Mutex(0)
        async let lines = deployment.stream(
            ["sh", "-c", "echo ready; exec \(call.joined(separator: " "))"],
            on: deployment.servers,
            timeLimit: .seconds(60)
        ) { node, lines in
            for try await line in lines {
                guard line == "ready" else { return line }
                asked.withLock { $0 += 1 }
            }
            return ""
        }
        while asked.withLock({ $0 }) < 5 { try await Task.sleep(for: .milliseconds(50)) }
        // journalctl begins at the end of the journal, which it has yet to find.
        let ask = "for i in 1 2 3 4 5 6 7 8 9 10; do logger -t follow here; sleep 1; done"
        async let told = deployment.execute(["sh", "-c", ask], on: deployment.servers)
        #expect(Set(try await lines.values) == ["here"])
        _ = try await told
        let running = try await deployment.execute(
            ["sh", "-c", "pgrep -x journalctl || echo none"],
            on: deployment.servers
        )
        #expect(Set(running.values) == ["none\n"])
    }

    private func lose(_ deployment: Deployment, _ prov: ProvProgram) async throws {
        let (off, stopped) = (deployment.servers[1], deployment.servers[3])
        // Each happens once its command has been answered.
        for (node, command) in [
            (off, "systemctl poweroff --force --force"), (stopped, "pkill -STOP -x sshd"),
        ] {
            // A timer may be a minute late unless it is told not to.
            let later =
                "systemd-run --quiet --on-active=1s --timer-property AccuracySec=100ms \(command)"
            try await deployment.onEach([node]) { try await $0.execute(.script(later)) }
        }
        for node in [off, stopped] { try await untilItIsGone(node, prov) }
        let limit = Duration.seconds(12)
        let done = Mutex<Set<String>>([])
        let begun = ContinuousClock.now
        let error = await #expect(throws: FanOutError.self) {
            try await deployment.onEach(deployment.servers) { remote in
                let answer = try await remote.execute(RemoteCall(["hostname"], timeLimit: limit))
                _ = done.withLock { $0.insert(answer.trimmingCharacters(in: .newlines)) }
            }
        }
        let duration = begun.duration(to: .now)
        #expect(done.withLock { $0 } == ["server-0", "server-2", "server-4"])
        let failure = try #require(error)
        #expect(Set(failure.failures.keys) == ["server-1", "server-3"])
        #expect(failure.visited == 5)
        let text = failure.description
        #expect(text.hasPrefix("2 of 5 nodes failed\nserver-1: "), "\(text)")
        // Far below the two minutes for which a question that may be repeated is repeated.
        #expect(duration < .seconds(45), "\(duration)")
        print("two of five servers were named after \(duration): \(text)")
    }

    /// Waits until a new connection to a node no longer comes about.
    private func untilItIsGone(_ node: Node, _ prov: ProvProgram) async throws {
        let words = ["ssh", "fan-out-loss", "-o", "ConnectTimeout=2", node.name, "true"]
        let limit = ContinuousClock.now + .seconds(60)
        while try await prov.call(ProvProgram.executable, words, limit: .seconds(20)).run()
            .isSuccess
        {
            try #require(ContinuousClock.now < limit, "\(node.name) still answers")
        }
    }
}
