import DeploymentState
import Shell
import Testing

/// The built scripts, run from another directory and without a machine.
@Suite("A script's program", .timeLimit(.minutes(2)))
struct ScriptProgramTests {
    /// What a script says that finds no such deployment.
    private static func complaint(_ environment: [String: String]) async throws -> String {
        var complaint = ""
        try await ProvProgram.with { prov in
            let scripts = Files.split(ProvProgram.executable).directory
            let call = prov.adding(environment).call("\(scripts)/setup", ["nowhere-at-all"])
            let outcome = try await call.run()
            #expect(outcome.status == .exited(1))
            complaint = outcome.errorText.replacing(prov.folder, with: "HERE")
        }
        return complaint
    }

    @Test("looks for deployments here and beside its checkout, or in PROV_HOME, as bin/prov does")
    func places() async throws {
        let root = LocalMachines.repository
        let none = #"no deployment "nowhere-at-all" in HERE and "#
        let own = try await Self.complaint([:])
        #expect(own.contains("\(none)\(root);"), "\(own)")
        let given = try await Self.complaint(["PROV_HOME": "/usr/share"])
        #expect(given.contains("\(none)/usr/share;"), "\(given)")
    }
}

@Suite("Benchmarks/ssh/run", .timeLimit(.minutes(1)))
struct SSHBenchmarkTests {
    @Test("ends at once where there is no sshd, and says what to do")
    func missing() async throws {
        let folder = try Files.makeTemporaryDirectory("prov-benchmark")
        defer { try? Files.remove(folder) }  // else the system's cleaning
        for program in ["bash", "dirname", "gcc", "id", "ip", "ssh", "ssh-keygen", "unshare"] {
            let path = try #require(LocalProcess.find(program), "\(program)")
            try await LocalProcess("ln", ["-s", path, "\(folder)/\(program)"]).execute()
        }
        let outcome = try await LocalProcess(
            LocalMachines.repository + "/Benchmarks/ssh/run",
            environment: ["PATH": folder],
            timeLimit: .seconds(30)
        ).run()
        #expect(outcome.status == .exited(1))
        #expect(
            outcome.errorText.contains(
                "run: not installed: sshd (bin/setup test installs what is missing)\n"
            )
        )
    }
}
