import Shell
import Testing

@testable import Deployment

@Suite("An etcd configuration", .timeLimit(.minutes(2)))
struct EtcdCheckTests {
    private static func check(_ line: String) async throws -> (outcome: Outcome, left: [String]) {
        let text = "ETCD_NAME=server-0\nETCD_LISTEN_PEER_URLS=http://198.18.0.10:2380\n\(line)\n"
        return try await tried(["/etc/default/etcd": text], by: Etcd())
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
