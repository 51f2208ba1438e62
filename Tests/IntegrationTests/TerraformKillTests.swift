import DeploymentState
import Glibc
import Shell
import Testing

@Suite(
    "A terraform that somebody kills",
    .enabled(if: ProvProgram.hasTerraform, "there is neither terraform nor tofu"),
    .timeLimit(.minutes(3))
)
struct TerraformKillTests {
    @Test("is told in a sentence: by what, where its log is and what to do; and what to do helps")
    func sentence() async throws {
        try await ProvProgram.with { prov in
            try Files.write("boot_seconds: 30\n", to: "\(prov.folder)/c.yml")
            let words = ["provision", "demo", ProvProgram.processes, "c.yml"]
            let outcome = try await prov.call(words).run(onLine: { _, line in
                guard line == "terraform apply" else { return }
                Self.waitForEvents("\(prov.folder)/demo/log")
                for process in (try? prov.processes(of: "demo")) ?? []
                where Self.isTerraform(process) { Glibc.kill(process, SIGKILL) }
            })
            #expect(outcome.status == .exited(1))
            let says = """
                prov: terraform apply was killed by SIGKILL (signal 9), which prov did not send; what it had \
                begun may be there: run the same command again, which looks for that and goes on
                its whole output:\u{20}
                """
            let parts = outcome.errorText.split(separator: says)
            let log = try #require(parts.last?.split(separator: "\n").first, "\(outcome.errorText)")
            #expect(parts.count == 2, "\(outcome.errorText)")
            #expect(try Files.read(String(log)).contains("apply: ended by signal 9"))
            #expect(!outcome.errorText.contains("{"), "\(outcome.errorText)")

            try Files.write("boot_seconds: 0.1\n", to: "\(prov.folder)/c.yml")
            let again = try await prov.call(words).run()
            #expect(again.isSuccess, "\(again.errorText)")
        }
    }

    /// Waits until machines are being made, so that terraform has printed events, and no error.
    private static func waitForEvents(_ folder: String) {
        let deadline = ContinuousClock.now + .seconds(60)
        while ContinuousClock.now < deadline {
            let logs = ((try? Files.list(folder)) ?? []).filter { $0.hasSuffix("-apply.log") }
            for log in logs {
                let text = (try? Files.read("\(folder)/\(log)")) ?? ""  // not there yet
                if text.contains("create begins") { return }
            }
            usleep(20_000)
        }
    }

    private static func isTerraform(_ process: Int32) -> Bool {
        let name = (try? Files.read("/proc/\(process)/comm")) ?? ""  // ended meanwhile
        return name.hasPrefix("terraform") || name.hasPrefix("tofu")
    }
}
