import DeploymentState
import Glibc
import Shell
import Synchronization
import Testing

@Suite(
    "Loss",
    .enabled(if: ProvProgram.hasTerraform, "there is neither terraform nor tofu"),
    .timeLimit(.minutes(5))
)
struct LossTests {
    enum Victim: String, CaseIterable, Sendable {
        case prov, terraform, both
    }

    private static let moments = 10

    @Test(
        "a kill -9 at ten moments of provision: it can go on, or be undone, with nothing left",
        arguments: Victim.allCases
    )
    func provision(victim: Victim) async throws {
        try await ProvProgram.with { prov in
            try Files.write("boot_seconds: 0.3\n", to: "\(prov.folder)/c.yml")
            let words = ["provision", "demo", ProvProgram.processes, "c.yml"]
            let whole = try await prov.call(words).run()
            #expect(whole.isSuccess, "\(whole.errorText)")
            try await expectEnd(prov)
            for moment in 0..<Self.moments {
                let delay = whole.duration * (2 * moment + 1) / (2 * Self.moments)
                try await kill(victim, after: delay, of: words, prov)
                if moment % 2 == 0 {
                    try await expectReady(words, prov, "\(victim) at \(delay)")
                }
                try await expectEnd(prov, "\(victim) at \(delay)")
            }
        }
    }

    @Test("a kill -9 at ten moments of deprovision: a second one leaves nothing")
    func deprovision() async throws {
        try await ProvProgram.with { prov in
            try Files.write("server_count: 2\n", to: "\(prov.folder)/c.yml")
            let words = ["provision", "demo", ProvProgram.processes, "c.yml"]
            for moment in 0..<Self.moments {
                try await expectReady(words, prov, "moment \(moment)")
                let delay = Duration.milliseconds(100 * moment + 5)
                try await kill(
                    moment % 2 == 0 ? .both : .prov,
                    after: delay,
                    of: ["deprovision", "demo"],
                    prov
                )
                try await expectEnd(prov, "deprovision killed after \(delay)")
            }
        }
    }

    @Test(
        "a kill -9 while real machines are made: it can go on, or be undone, with nothing left",
        .enabled(if: LocalMachines.canBeMade, LocalMachines.reason),
        arguments: Victim.allCases
    )
    func machines(victim: Victim) async throws {
        try await ProvProgram.with { prov in
            try Files.write(
                "server_count: 2\nclient_count: 1\nmonitor_count: 0\n",
                to: "\(prov.folder)/c.yml"
            )
            let words = ["provision", "demo", LocalMachines.template, "c.yml"]
            // The first may have to make the image, whose time must not spread the moments.
            #expect(try await prov.call(words).run().isSuccess)
            try await expectEnd(prov)
            let whole = try await prov.call(words).run()
            #expect(whole.isSuccess, "\(whole.errorText)")
            try await expectEnd(prov)
            // `make soak` tries many more of these.
            for moment in 0..<3 {
                let delay = whole.duration * (2 * moment + 1) / 6
                try await kill(victim, after: delay, of: words, prov)
                if moment % 2 == 0 {
                    let outcome = try await prov.call(words).run()
                    #expect(outcome.isSuccess, "\(victim) at \(delay): \(outcome.errorText)")
                    for node in ["server-0", "server-1", "client-0"] {
                        let answer = try await prov.run("ssh", "demo", node, "hostname")
                        #expect(answer.outputText == "\(node)\n", "\(victim) at \(delay)")
                    }
                }
                try await expectEnd(prov, "\(victim) at \(delay)")
            }
        }
    }

    /// Starts a call and kills the victim after the delay; a call that is faster is left alone.
    private func kill(
        _ victim: Victim,
        after delay: Duration,
        of words: [String],
        _ prov: ProvProgram
    ) async throws {
        let ids = AsyncStream<Int32>.makeStream()
        async let outcome = prov.call(words).run(onStart: { id in
            ids.continuation.yield(id)
            ids.continuation.finish()
        })
        for await id in ids.stream {
            try await Task.sleep(for: delay)
            // The group leader is prov; terraform leads a group of its own.
            if victim != .terraform { Glibc.kill(id, SIGKILL) }
            if victim != .prov {
                for process in try prov.processes(of: "demo") where Self.isTerraform(process) {
                    Glibc.kill(process, SIGKILL)
                }
            }
        }
        _ = try await outcome
    }

    private static func isTerraform(_ process: Int32) -> Bool {
        let name = (try? Files.read("/proc/\(process)/comm")) ?? ""  // ended meanwhile
        return name.hasPrefix("terraform") || name.hasPrefix("tofu")
    }

    private func expectReady(
        _ words: [String],
        _ prov: ProvProgram,
        _ what: String
    ) async throws {
        let outcome = try await prov.call(words).run()
        #expect(outcome.isSuccess, "\(what): \(outcome.errorText)")
        guard outcome.isSuccess else { return }
        let directory = try StateDirectory.open("\(prov.folder)/demo")
        let machines = try ProvProgram.machines(of: directory.record.id)
        #expect(machines.count == directory.inventory.nodes.count, "\(what): \(machines)")
    }

    /// Deprovisions, and looks that neither directory nor process is left.
    private func expectEnd(_ prov: ProvProgram, _ what: String = "") async throws {
        let files = StateFiles("\(prov.folder)/demo")
        // Killed before it made anything, or after it had removed all.
        guard Files.exists(files.path) else { return }
        let id = (try? DeploymentRecord(file: files.record))?.id  // killed before it was written
        let outcome = try await prov.run("deprovision", "demo")
        #expect(outcome.isSuccess, "\(what): \(outcome.errorText)")
        #expect(!Files.exists(files.path), "\(what)")
        #expect(try prov.processes(of: "demo").isEmpty, "\(what)")
        guard let id else { return }
        #expect(try ProvProgram.machines(of: id).isEmpty, "\(what)")
        let left = try await LocalProcess("bash", ["\(LocalMachines.template)/leftovers", id]).run()
        #expect(left.isSuccess, "\(what): \(left.outputText)")
    }
}
