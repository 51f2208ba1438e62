import Foundation
import Shell
import TestSupport
import Testing

@testable import Deployment

/// Tries a configuration here, as whoever runs the tests, with the folders of the trial in one of ours.
///
/// - Parameters:
///   - files: The configuration.
///   - system: Whose.
///   - executable: What is tried; by default the package's.
///   - seconds: How long it may take, if not as long as on a node.
///   - limit: When this end loses its patience, as a connection does.
/// - Returns: How it ended, and the names of what it left in that folder.
/// - Throws: What a file or the process throws.
func tried(
    _ files: [String: String],
    by system: some System,
    with executable: String? = nil,
    within seconds: Int = Tryout.seconds,
    limit: Duration = .seconds(60)
) async throws -> (outcome: Outcome, left: [String]) {
    let folder = try ChildProcess.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }  // nothing is lost if it stays
    let call = try #require(system.check(files, with: executable ?? system.executable ?? ""))
    var environment = ProcessInfo.processInfo.environment
    environment["TMPDIR"] = folder.path
    let outcome = try await LocalProcess(
        "/bin/sh",
        [
            "-c",
            "exec "
                + String(call.command.text.trimmingPrefix("sudo -n "))
                .replacing("-lt \(Tryout.seconds) ]", with: "-lt \(seconds) ]"),
        ],
        environment: environment,
        input: Array(call.input.utf8),
        timeLimit: limit,
        // As a node ends what outlasts its call.
        teardown: [.init(signal: SIGTERM, wait: .seconds(5))]
    )
    .run()
    return (outcome, try FileManager.default.contentsOfDirectory(atPath: folder.path))
}
