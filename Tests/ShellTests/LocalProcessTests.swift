import Glibc
import Posix
import Synchronization
import TestSupport
import Testing

@testable import Shell

@Suite("LocalProcess", .timeLimit(.minutes(1)))
struct LocalProcessTests {
    private func shell(_ script: String) -> LocalProcess {
        LocalProcess("sh", ["-c", script])
    }

    @Test("keeps output, error and exit status apart")
    func outcome() async throws {
        let outcome = try await shell("echo out; echo err >&2; exit 3").run()
        #expect(outcome.status == .exited(3))
        #expect(outcome.outputText == "out\n")
        #expect(outcome.errorText == "err\n")
        #expect(!outcome.isSuccess)
        #expect(outcome.ending == "exit status 3")
    }

    @Test("tells a signal from an exit")
    func signal() async throws {
        let outcome = try await shell("kill -9 $$").run()
        #expect(outcome.status == .signaled(9))
    }

    @Test("moves a megabyte in and out without a deadlock")
    func input() async throws {
        var process = LocalProcess("cat")
        process.input = (0..<1_000_000).map { UInt8(truncatingIfNeeded: $0) }
        let outcome = try await process.run()
        #expect(outcome.output == process.input)
    }

    @Test("survives a program that closes its input unread")
    func closedInput() async throws {
        var process = shell("exec <&-; exit 0")
        process.input = [UInt8](repeating: 0, count: 1_000_000)
        #expect(try await process.run().isSuccess)
    }

    @Test("gives each line as it comes, a last one without line feed too")
    func lines() async throws {
        let lines = Mutex<[String]>([])
        let process = shell("echo one; echo two >&2; printf 'three\\nfour'")
        _ = try await process.run(onLine: { stream, line in
            lines.withLock { $0.append("\(stream) \(line)") }
        })
        #expect(
            lines.withLock { $0.sorted() } == [
                "error two", "output four", "output one", "output three",
            ]
        )
    }

    @Test("uses the environment and the directory that it is given")
    func environment() async throws {
        let process = LocalProcess(
            "sh",
            ["-c", "pwd; echo $X"],
            environment: ["X": "y", "PATH": "/usr/bin:/bin"],
            directory: "/usr"
        )
        #expect(try await process.execute().outputText == "/usr\ny\n")
    }

    @Test(
        "no name is looked for in the folder where a program runs, here or by the program",
        arguments: ["", ".", "./", "..:.", "bin:"]
    )
    func relativePath(entry: String) async throws {
        let folder = try TemporaryFolder()
        // What a node could send into a folder that is copied from it.
        for place in ["find", "bin/find"] {
            let path = try folder.write("#!/bin/sh\necho planted\n", to: place)
            try #require(chmod(path, 0o755) == 0)
        }
        for words in [("sh", ["-c", "find . -maxdepth 0"]), ("find", [".", "-maxdepth", "0"])] {
            let process = LocalProcess(
                words.0,
                words.1,
                environment: ["PATH": "\(entry):/usr/bin:/bin"],
                directory: folder.path
            )
            #expect(try await process.execute().outputText == ".\n")
        }
        #expect(LocalProcess.find("find", path: "\(entry):/usr/bin") == "/usr/bin/find")
        #expect(LocalProcess.absolute("\(entry):/a:b:/c") == "/a:/c")
        #expect(LocalProcess.absolute(entry) == "/usr/bin:/bin")
    }

    @Test("ends a program at its time limit, and its children")
    func timeLimit() async throws {
        var process = shell("sleep 987 & echo $!; wait")
        process.timeLimit = .milliseconds(200)
        let outcome = try await process.run()
        #expect(outcome.cause == .timeLimit)
        #expect(outcome.status == .signaled(SIGINT))
        let child = try #require(Int32(outcome.outputText.dropLast()))
        // The orphan is reaped by init in its own time; a zombie counts as ended.
        let isGone = try await eventually { Self.state(of: child).map { $0 == "Z" } ?? true }
        #expect(isGone)
    }

    @Test(
        "ends a program that writes without end, and keeps no more than it may",
        arguments: ["yes", "yes >&2", "trap '' INT; yes"]
    )
    func endless(script: String) async throws {
        var process = shell(script)
        process.outputLimit = 1_000_000
        process.teardown = [.init(signal: SIGINT, wait: .milliseconds(200))]
        let lines = Mutex(0)
        let outcome = try await process.run(onLine: { _, line in
            lines.withLock { $0 += line.utf8.count + 1 }
        })
        #expect(outcome.cause == .outputLimit(bytes: 1_000_000))
        #expect(outcome.ending.hasPrefix("wrote more than 1000000 bytes, ended by signal "))
        #expect(!outcome.isSuccess)
        #expect(outcome.output.count + outcome.error.count == 1_000_000)
        #expect(lines.withLock { $0 } <= 1_000_001)
    }

    @Test("lets a program write as much as it may")
    func exact() async throws {
        var process = shell("head -c 600 /dev/zero; head -c 400 /dev/zero >&2")
        process.outputLimit = 1_000
        #expect(try await process.run().isSuccess)
    }

    @Test("reads nothing while its taker is held back, and all in the end")
    func heldBack() async throws {
        let backpressure = Backpressure()
        let taken = Mutex(0)
        let early = Mutex(0)
        var process = shell("head -c 3000000 /dev/zero")
        // What is handed on is not for it to count.
        process.outputLimit = 10
        let (holds, hold) = AsyncStream<Void>.makeStream()
        let take: @Sendable ([UInt8]) -> Bool = { bytes in
            if backpressure.isHeld { early.withLock { $0 += 1 } }
            backpressure.hold()
            hold.yield()
            taken.withLock { $0 += bytes.count }
            return true
        }
        let outcome = try await withThrowingTaskGroup(of: Outcome?.self) { group in
            group.addTask { [process] in
                try await process.run(onOutput: take, backpressure: backpressure)
            }
            group.addTask {
                for await _ in holds { backpressure.release() }
                return nil
            }
            let outcome = try await group.next() ?? nil
            hold.finish()
            return outcome
        }
        #expect(outcome?.isSuccess == true)
        #expect(taken.withLock { $0 } == 3_000_000)
        // What is left in the pipe when the program has ended does not wait.
        #expect(early.withLock { $0 } <= 1)
    }

    @Test("ends a program whose taker is held back", arguments: [true, false])
    func heldBackForEver(isCancelled: Bool) async throws {
        let backpressure = Backpressure()
        var process = shell("yes")
        process.timeLimit = isCancelled ? nil : .milliseconds(300)
        let outcome = try await withThrowingTaskGroup(of: Outcome.self) { group in
            let (holds, hold) = AsyncStream<Void>.makeStream()
            group.addTask { [process] in
                try await process.run(
                    onOutput: { _ in
                        backpressure.hold()
                        hold.finish()
                        return true
                    },
                    backpressure: backpressure
                )
            }
            for await _ in holds {}
            if isCancelled { group.cancelAll() }
            return try await group.next()
        }
        #expect(outcome?.cause == (isCancelled ? .cancellation : .timeLimit))
    }

    @Test("walks up to SIGKILL if a program ignores the rest")
    func teardown() async throws {
        var process = shell("trap '' INT TERM; echo ready; while :; do sleep 1; done")
        process.timeLimit = .milliseconds(300)
        process.teardown = [
            .init(signal: SIGINT, wait: .milliseconds(50)),
            .init(signal: SIGTERM, wait: .milliseconds(50)),
        ]
        let outcome = try await process.run()
        #expect(outcome.status == .signaled(SIGKILL))
    }

    @Test("ends the program when the task is cancelled")
    func cancellation() async throws {
        let process = shell("echo ready; exec sleep 987")
        let outcome = try await withThrowingTaskGroup(of: Outcome?.self) { group in
            let (ready, continuation) = AsyncStream<Void>.makeStream()
            group.addTask {
                try await process.run(onLine: { _, _ in continuation.finish() })
            }
            for await _ in ready {}
            group.cancelAll()
            return try await group.next() ?? nil
        }
        #expect(outcome?.cause == .cancellation)
        #expect(outcome?.status == .signaled(SIGINT))
    }

    @Test("does not wait for a grandchild that keeps the output open")
    func grandchild() async throws {
        // The suite's time limit is much shorter than the grandchild's life.
        let outcome = try await shell("sleep 3600 & echo $!").run()
        let child = try #require(Int32(outcome.outputText.dropLast()))
        kill(child, SIGKILL)
    }

    @Test("passes none of our open files on")
    func files() async throws {
        let leaked = open("/dev/null", O_RDONLY)
        defer { close(leaked) }
        let outcome = try await LocalProcess("ls", ["/proc/self/fd"]).execute()
        // The fourth is the directory that ls itself reads.
        #expect(outcome.outputText == "0\n1\n2\n3\n")
    }

    @Test("starts with default signal handling in a group of its own")
    func group() async throws {
        let outcome = try await shell("ps -o pid=,pgid= -p $$").execute()
        let ids = outcome.outputText.split(separator: " ").map { $0.filter(\.isNumber) }
        #expect(ids.count == 2 && ids.first == ids.last)
    }

    @Test("runs many programs at once")
    func many() async throws {
        let total = try await withThrowingTaskGroup(of: Int.self) { group in
            for index in 0..<50 {
                group.addTask { Int(try await shell("printf \(index)").run().outputText) ?? -1 }
            }
            return try await group.reduce(0, +)
        }
        #expect(total == (0..<50).reduce(0, +))
    }

    @Test("names a program that is not there, and one that failed")
    func errors() async throws {
        await #expect(throws: LocalProcessError.notFound(program: "no-such-program")) {
            _ = try await LocalProcess("no-such-program").run()
        }
        let error = await #expect(throws: LocalProcessError.self) {
            try await shell("echo why >&2; exit 4").execute()
        }
        #expect(error?.description == "sh -c 'echo why >&2; exit 4': exit status 4\nwhy")
    }

    private static func state(of id: Int32) -> Character? {
        guard let file = fopen("/proc/\(id)/stat", "r") else { return nil }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 512)
        let count = fread(&bytes, 1, bytes.count, file)
        let text = String(decoding: bytes[..<count], as: UTF8.self)
        return text.split(separator: ")").last?.first { $0 != " " }
    }
}

/// Polls every 10 ms, for 5 s at most, until `condition` holds; returns whether it did.
private func eventually(_ condition: () -> Bool) async throws -> Bool {
    let end = ContinuousClock.now + .seconds(5)
    while ContinuousClock.now < end {
        if condition() { return true }
        try await Task.sleep(for: .milliseconds(10))
    }
    return condition()
}
