import Foundation
import Shell
import TestSupport
import Testing

@testable import Deployment

/// Tries a configuration here, as whoever runs the tests, with the folders of the trial in one of ours.
///
/// - Returns: How it ended, and the names of what it left in that folder.
func tried(
    _ files: [String: String],
    by system: some System,
    with executable: String? = nil
) async throws -> (outcome: Outcome, left: [String]) {
    let folder = try ChildProcess.temporaryFolder()
    defer { try? FileManager.default.removeItem(at: folder) }  // nothing is lost if it stays
    let call = try #require(system.check(files, with: executable ?? system.executable ?? ""))
    var environment = ProcessInfo.processInfo.environment
    environment["TMPDIR"] = folder.path
    let outcome = try await LocalProcess(
        "/bin/sh",
        ["-c", String(call.command.text.trimmingPrefix("sudo -n "))],
        environment: environment,
        input: Array(call.input.utf8),
        timeLimit: .seconds(60)
    )
    .run()
    return (outcome, try FileManager.default.contentsOfDirectory(atPath: folder.path))
}
