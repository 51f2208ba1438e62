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
                try await lose(deployment, prov)
            } catch {
                await deployment.close()
                throw error
            }
            await deployment.close()
        }
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
