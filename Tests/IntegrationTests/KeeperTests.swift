import DeploymentState
import Shell
import TestSupport
import Testing

/// What cleans up behind tests that were killed.
@Suite("The tests' keeper", .timeLimit(.minutes(1)))
struct KeeperTests {
    private static let keeper = "\(LocalMachines.repository)/Tests/TestSupport/keeper"

    /// Makes a folder with a deployment whose `sweep` notes what it was told.
    private func deployment(in folder: String) throws -> String {
        let work = folder + "/work"
        for path in ["", "/demo", "/demo/tf"] { try Files.makeDirectory(work + path) }
        try Files.write("{\n  \"id\" : \"0123abcd\"\n}\n", to: work + "/demo/deployment.json")
        let sweep = "#!/bin/bash\necho \"$1 $PROV_DEPLOYMENT_ID\" >>'\(folder)/swept'\n"
        try Files.write(sweep, to: work + "/demo/tf/sweep", mode: 0o700)
        return work
    }

    @Test("when the tests are gone, what they started ends, and their machines and folders too")
    func cleansUp() async throws {
        let folder = try Files.makeTemporaryDirectory("prov-keeper")
        defer { try? Files.remove(folder) }  // what is left lies among temporary files
        let (kept, forgotten) = (try deployment(in: folder), folder + "/forgotten")
        try Files.makeDirectory(forgotten)
        let mark = "PROV_TEST_RUN=keeper-\(UInt32.random(in: .min ... .max))"
        // One ends gently; one is deaf to TERM, in a session of its own.
        let deaf = "trap '' TERM; while :; do sleep 1; done"
        let script = """
            env \(mark) sleep 600 & echo $!
            env \(mark) setsid bash -c "\(deaf)" & echo $!
            env \(mark)0 sleep 600 & echo $!
            printf 'keep \(kept)\\nkeep \(forgotten)\\nforget \(forgotten)\\n' | '\(Self.keeper)' '\(mark)'
            """
        let call = LocalProcess("bash", ["-c", script + " >/dev/null"], timeLimit: .seconds(50))
        let outcome = try await call.run()
        let ids = outcome.outputText.split(separator: "\n").map(String.init)
        try #require(outcome.isSuccess && ids.count == 3, "\(outcome.errorText)")
        let isAlive = ids.map { (try? Files.read("/proc/\($0)/cmdline"))?.isEmpty == false }
        #expect(isAlive == [false, false, true], "the third bears another's mark")
        try await LocalProcess("kill", ["-9", ids[2]]).execute()
        #expect(try Files.read(folder + "/swept") == "0123abcd 0123abcd\n")
        #expect(!Files.exists(kept) && Files.exists(forgotten))
    }

    @Test("what cleans up runs to its end in a test that its limit of time has ended")
    func uncancelledEnd() async throws {
        let ended = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            let outside = try await LocalProcess("echo", ["there"]).run()
            let inside = try await uncancelled { try await LocalProcess("echo", ["there"]).run() }
            return (outside.cause, inside.cause, inside.outputText)
        }
        let (outside, inside, said) = try await ended.value
        #expect(outside == .cancellation)
        #expect(inside != .cancellation && said == "there\n")
    }
}
