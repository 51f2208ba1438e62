import Foundation
import Shell
import TestSupport
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

    /// Runs the check here, as whoever runs the tests, with its folders in one of ours.
    private static func check(_ text: String) async throws -> (outcome: Outcome, left: [String]) {
        let folder = try ChildProcess.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }  // nothing is lost if it stays
        let call = try #require(RedisCluster().check(["/etc/redis/redis.conf": text]))
        var environment = ProcessInfo.processInfo.environment
        environment["TMPDIR"] = folder.path
        let outcome = try await LocalProcess(
            "/bin/sh",
            ["-c", String(call.command.text.trimmingPrefix("sudo -n "))],
            environment: environment,
            input: Array(call.input.utf8),
            timeLimit: .seconds(30)
        )
        .run()
        return (outcome, try FileManager.default.contentsOfDirectory(atPath: folder.path))
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
