import Foundation
import Shell
import Testing

@testable import Deployment

@Suite("RedisCluster tries a configuration", .timeLimit(.minutes(1)))
struct RedisCheckTests {
    private static let conf = """
        bind 127.0.0.1 198.18.0.11
        port 6379
        dir /var/lib/redis
        daemonize yes
        supervised systemd
        cluster-enabled yes
        appendonly yes

        """

    private static func check(_ text: String) async throws -> (outcome: Outcome, left: [String]) {
        try await tried(["/etc/redis/redis.conf": text], by: RedisCluster())
    }

    @Test("which Redis takes, and leaves nothing behind")
    func good() async throws {
        let (outcome, left) = try await Self.check(Self.conf + "io-threads 2\n")
        #expect(outcome.errorText == "")
        #expect(outcome.status == .exited(0))
        #expect(left == [])
    }

    @Test("whose log file is not made, which would be root's")
    func logFile() async throws {
        let path = FileManager.default.temporaryDirectory
            .appending(path: "redis-check-\(UUID().uuidString).log").path
        let (outcome, _) = try await Self.check(Self.conf + "logfile \(path)\n")
        #expect(outcome.status == .exited(0))
        #expect(!FileManager.default.fileExists(atPath: path))
    }

    @Test("which names a password that is not there yet, with the way to one")
    func noPassword() async throws {
        let (outcome, left) = try await Self.check(
            Self.conf + "include \(RedisCluster.passwordFile)\n"
        )
        #expect(outcome.status == .exited(1))
        #expect(
            outcome.errorText
                == "there is no /etc/redis/password.conf yet: run \"swift run setup\" again, which "
                + "gives redis a password\n"
        )
        #expect(left == [])
    }

    @Test("which has a password, without being asked for it")
    func password() async throws {
        let (outcome, left) = try await Self.check(Self.conf + "requirepass 0a1b\n")
        #expect(outcome.errorText == "")
        #expect(outcome.status == .exited(0))
        #expect(left == [])
    }

    @Test(
        "which Redis refuses, and gives its reason",
        arguments: [
            ("no-such-setting 1", "Bad directive or wrong number of arguments"),
            ("maxmemory-policy nonsense", "argument(s) must be one of the following"),
            ("appendonly", "wrong number of arguments"),
        ]
    )
    func bad(line: String, reason: String) async throws {
        let (outcome, left) = try await Self.check(Self.conf + line + "\n")
        #expect(outcome.status == .exited(1))
        #expect(outcome.errorText.contains(">>> '\(line)'"))
        #expect(outcome.errorText.contains(reason))
        #expect(left == [])
    }
}
