import Foundation
import Shell
import TestSupport
import Testing

@testable import Deployment

@Suite("An etcd configuration", .timeLimit(.minutes(2)))
struct EtcdCheckTests {
    /// Runs the check here, with its folder in one of ours.
    private static func check(_ line: String) async throws -> (outcome: Outcome, left: [String]) {
        let folder = try ChildProcess.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }  // nothing is lost if it stays
        let text = "ETCD_NAME=server-0\nETCD_LISTEN_PEER_URLS=http://198.18.0.10:2380\n\(line)\n"
        let call = try #require(Etcd().check(["/etc/default/etcd": text]))
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

    @Test(
        "that etcd takes leaves nothing behind",
        arguments: ["", "ETCD_SNAPSHOT_COUNT=5", "ETCD_LOGGER=zap"]
    )
    func good(line: String) async throws {
        let (outcome, left) = try await Self.check(line)
        #expect(outcome.errorText == "")
        #expect(outcome.status == .exited(0))
        #expect(left == [])
    }

    @Test(
        "that etcd refuses, or does not know, is refused with its reason",
        arguments: [
            ("ETCD_SNAPSHOT_COUNT=abc", #"invalid value "abc" for ETCD_SNAPSHOT_COUNT"#),
            ("ETCD_SNAPSHOT_COUN=5", "unrecognized environment variable ETCD_SNAPSHOT_COUN=5"),
        ]
    )
    func bad(line: String, reason: String) async throws {
        let (outcome, left) = try await Self.check(line)
        #expect(outcome.status == .exited(1))
        #expect(outcome.errorText.contains(reason))
        #expect(left == [])
    }
}
