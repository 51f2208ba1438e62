import DeploymentState
import Glibc
import Shell
import Synchronization
import TestSupport
import Testing

@testable import Prov

@Suite("What a killed prov left at work", .timeLimit(.minutes(1)))
struct LeftoverTests {
    @Test("is found and ended also where it was not recorded yet, and others' terraform goes on")
    func unrecorded() async throws {
        let folder = try TemporaryFolder()
        // What sleeps, called terraform.
        let program = "\(folder.path)/terraform"
        try Files.write(try Files.bytes(of: "/usr/bin/sleep"), to: program, mode: 0o700)
        let (ids, started) = AsyncStream<Int32>.makeStream()
        let (own, other) = (StateFiles("\(folder.path)/demo"), StateFiles("\(folder.path)/demo2"))
        let processes = [own, other].map { files in
            var process = LocalProcess(program, ["600"], timeLimit: .seconds(40))
            process.environment = [
                Leftover.variable: "0123abcd", Leftover.directoryVariable: files.path,
            ]
            return process
        }
        var numbers: [Int32] = []
        var tasks: [Task<Outcome, any Error>] = []
        var next = ids.makeAsyncIterator()
        for process in processes {
            tasks.append(Task { try await process.run(onStart: { started.yield($0) }) })
            numbers.append(try #require(await next.next()))
        }
        try await ChildProcess.waitFor("both to become terraform") {
            numbers.allSatisfy { ProcessTable.name(of: $0) == "terraform" }
        }
        let said = Mutex<[String]>([])
        try await Leftover.end(in: own, patience: .zero) { line in
            said.withLock { $0.append(line) }
        }
        #expect(try await tasks[0].value.status == .signaled(SIGINT))
        #expect(ProcessTable.start(of: numbers[1]) != nil)
        tasks[1].cancel()
        _ = try await tasks[1].value
        let text =
            "waiting for the terraform (process \(numbers[0])) that a killed prov left at work"
        #expect(said.withLock(\.self) == [text])
    }
}
