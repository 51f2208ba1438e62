import DeploymentState
import Shell
import Testing

@testable import Deployment

/// Loads for programs that speak CQL, and their wrappers run with a stand-in of three lines for the tool.
enum CQLLoads {
    static func stress(
        rate: Double = 1_000,
        writes: Double = 0,
        drawn: Stress.Keys = .uniform
    ) -> Stress {
        Stress(
            "mixed",
            operationsPerSecond: rate,
            for: .milliseconds(7_500),
            writeFraction: writes,
            on: DatasetContent(keyCount: 2_001, valueBytes: 100),
            keys: drawn
        )
    }

    static let populate = Stress.populate(DatasetContent(keyCount: 2_001, valueBytes: 100))

    /// How a client's part ended, and what is in its log.
    struct Played {
        let outcome: Outcome
        let log: String?
    }

    /// Plays a part in a folder of its own, as its unit does.
    ///
    /// - Parameters:
    ///   - program: Whose words they are.
    ///   - stress: The load.
    ///   - tool: A script of Bash in the tool's place.
    /// - Returns: How it ended, and what is in its log.
    /// - Throws: If it still runs after 20 s.
    static func play(
        _ program: some LoadProgram,
        _ stress: Stress,
        as tool: String
    ) async throws -> Played {
        let folder = try Files.makeTemporaryDirectory("prov-cql-load")
        defer { try? Files.remove(folder) }  // else the system's cleaning
        try Files.write("#!/bin/bash\n\(tool)\n", to: folder + "/tool", mode: 0o755)
        // Its first request was due long ago: a part waits for that moment.
        let part = LoadPart(
            stress: stress,
            place: 0,
            clients: 2,
            servers: ["127.0.0.1:9042"],
            start: 1,
            folder: folder,
            passwordFile: nil
        )
        var words = program.command(part)
        let place = try #require(words.firstIndex(of: program.executable))
        words[place] = folder + "/tool"
        let outcome = try await LocalProcess(
            "bash",
            ["-c", #"exec "$@" >"$0/output.log" 2>&1"#, folder] + words,
            timeLimit: .seconds(20)
        )
        .run()
        return Played(outcome: outcome, log: try? Files.read(folder + "/log.hdr"))
    }
}
