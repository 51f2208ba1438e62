import Foundation
import Shell
import Synchronization
import TestSupport
import Testing

@testable import Reports

@Suite("What a command unpacks or makes meanwhile", .timeLimit(.minutes(5)))
struct ScratchFolderTests {
    /// Runs `bench` until `isBusy` says so of its temporary folder, and sends it a signal then.
    private func end(
        _ words: [String],
        by signal: Int32,
        in temporary: String,
        path: String = "",
        when isBusy: @Sendable () throws -> Bool
    ) async throws -> Outcome {
        let own = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let bench = URL(filePath: own).deletingLastPathComponent().appending(path: "bench").path
        var environment = ProcessInfo.processInfo.environment
        environment["TMPDIR"] = temporary
        environment["PATH"] = path + (environment["PATH"] ?? "")
        let process = LocalProcess(
            bench,
            words,
            environment: environment,
            timeLimit: .seconds(240)
        )
        let id = Mutex<Int32>(0)
        async let outcome = process.run(onStart: { started in id.withLock { $0 = started } })
        try await TestSupport.ChildProcess.waitFor("work of bench") { try isBusy() }
        kill(id.withLock { $0 }, signal)
        return try await outcome
    }

    @Test(
        "of a bundle is its owner's alone, and gone when a signal ends it",
        arguments: [SIGTERM, SIGINT, SIGHUP]
    )
    func verify(signal: Int32) async throws {
        let folder = try TemporaryFolder()
        let temporary = folder.path + "/temporary"
        try FileManager.default.createDirectory(
            atPath: temporary,
            withIntermediateDirectories: true
        )
        // A file of a gibibyte, which takes no room and is not read to its end.
        let bundle = folder.path + "/t.tar"
        let manifest = Array("{}".utf8)
        let head =
            try TapeArchive.header(path: "MANIFEST-x.json", bytes: manifest.count) + manifest
            + TapeArchive.padding(bytes: manifest.count)
            + TapeArchive.header(path: "trials/x/t/stress/large", bytes: 1 << 30)
        try Data(head).write(to: URL(filePath: bundle))
        try #require(truncate(bundle, off_t(head.count) + 1 << 30) == 0)
        let modes = Mutex<Set<Int>>([])
        let outcome = try await end(["verify", bundle], by: signal, in: temporary) {
            guard let name = try FileManager.default.contentsOfDirectory(atPath: temporary).first,
                FileManager.default.fileExists(
                    atPath: "\(temporary)/\(name)/trials/x/t/stress/large"
                )
            else { return false }
            for place in [name, "\(name)/trials", "\(name)/trials/x/t/stress/large"] {
                let facts = try FileManager.default.attributesOfItem(
                    atPath: "\(temporary)/\(place)"
                )
                modes.withLock { _ = $0.insert(facts[.posixPermissions] as? Int ?? 0) }
            }
            return true
        }
        #expect(
            outcome.status == .signaled(signal) && outcome.cause == .itself,
            "\(outcome.errorText)"
        )
        #expect(modes.withLock { $0 } == [0o700, 0o600])
        #expect(try FileManager.default.contentsOfDirectory(atPath: temporary) == [])
    }

    @Test("of a report is gone when a signal ends it, with the program that reads metrics")
    func report() async throws {
        let made = try await SyntheticFolder(pairs: 1, seconds: 12)
        let folder = try TemporaryFolder()
        let temporary = folder.path + "/temporary"
        try FileManager.default.createDirectory(
            atPath: temporary,
            withIntermediateDirectories: true
        )
        let note = folder.path + "/pid"
        let program = try folder.write(
            "#!/bin/sh\necho $$ >'\(note).new'; mv '\(note).new' '\(note)'; exec sleep 1000\n",
            to: "bin/promtool"
        )
        chmod(program, 0o755)
        let outcome = try await end(
            ["report", try made.trials[0], "-o", folder.path + "/report.html"],
            by: SIGTERM,
            in: temporary,
            path: folder.path + "/bin:"
        ) { FileManager.default.fileExists(atPath: note) }
        #expect(outcome.status == .signaled(SIGTERM), "\(outcome.errorText)")
        #expect(try FileManager.default.contentsOfDirectory(atPath: temporary) == [])
        let id = try #require(Int32(try folder.read("pid").trimmingCharacters(in: .newlines)))
        // Whoever inherits it takes its end from it soon.
        try await TestSupport.ChildProcess.waitFor("the end of promtool") {
            let state = try? String(contentsOfFile: "/proc/\(id)/stat", encoding: .utf8)
            return state.map { $0.contains(") Z ") } ?? true
        }
    }
}
