import DeploymentState
import Foundation
import Shell
import Testing

@testable import Deployment

/// Programs that mean harm, tried here as whoever runs the tests.
@Suite("A program that is tried", .timeLimit(.minutes(2)))
struct TryoutTests {
    private static let systems: [any Database] = [RedisCluster(), PostgreSQL(), Etcd()]

    /// Tries a script whose processes note their numbers by `note`.
    ///
    /// - Returns: How it ended, what it left in the folder of temporary files, and which processes.
    private static func run(
        _ script: String,
        by system: some Database,
        within seconds: Int = Tryout.seconds,
        limit: Duration = .seconds(60)
    ) async throws -> (outcome: Outcome, files: [String], processes: [String]) {
        let folder = try Files.makeTemporaryDirectory("prov-tryout-test")
        defer { try? Files.remove(folder) }  // else the system's cleaning
        let notes = folder + "/notes"
        let path = folder + "/program"
        try Files.write(
            "#!/bin/bash\nnote() { echo $BASHPID >>'\(notes)'; }\nnote\n\(script)\n",
            to: path,
            mode: 0o755,
            durably: false
        )
        let (outcome, files) = try await tried(
            [system.configurationFiles[0]: "a 1\n"],
            by: system,
            with: path,
            within: seconds,
            limit: limit
        )
        let numbers = try Files.read(notes).split(separator: "\n").map(String.init)
        // One that was killed and that nobody has asked for yet runs no more.
        let running = numbers.filter { number in
            guard let stat = try? Files.read("/proc/\(number)/stat") else { return false }
            return !stat.contains(") Z ")
        }
        return (outcome, files, running)
    }

    @Test("and prints without end is ended at a MiB, and told", arguments: systems)
    func endless(system: any Database) async throws {
        let (outcome, files, processes) = try await Self.run(
            "exec yes a line of the program",
            by: system
        )
        #expect(outcome.status == .exited(1))
        #expect(outcome.errorText.contains("a line of the program\n"))
        #expect(outcome.errorText.hasSuffix("it printed more than 1 MiB, and was ended\n"))
        #expect(outcome.errorText.utf8.count < 2_100)
        #expect(files == [])
        #expect(processes == [])
    }

    @Test("and does nothing is ended, with what left its session", arguments: systems)
    func hanging(system: any Database) async throws {
        let (outcome, files, processes) = try await Self.run(
            """
            echo here I am
            (setsid bash -c "$(declare -f note); note; exec sleep 600" &)
            exec sleep 600
            """,
            by: system,
            within: 2
        )
        #expect(outcome.status == .exited(1))
        #expect(
            outcome.errorText
                == "it was not ready after \(Tryout.seconds) s, and was ended\nhere I am\n"
        )
        #expect(files == [])
        #expect(processes == [])
    }

    @Test("is ended, and leaves nothing, also when the call is", arguments: systems)
    func limit(system: any Database) async throws {
        let (outcome, files, processes) = try await Self.run(
            "exec sleep 600",
            by: system,
            limit: .seconds(2)
        )
        #expect(!outcome.isSuccess)
        #expect(files == [])
        #expect(processes == [])
    }

    @Test("writes no file without end, however it does", arguments: systems)
    func file(system: any Database) async throws {
        let (outcome, files, _) = try await Self.run(
            "head --bytes 300M /dev/zero >large; stat --format 'size %s' large",
            by: system
        )
        #expect(outcome.status == (system is PostgreSQL ? .exited(0) : .exited(1)))
        if !(system is PostgreSQL) {
            #expect(outcome.errorText.contains("size \(256 << 20)\n"), "\(outcome.errorText)")
        }
        #expect(files == [])
    }
}
