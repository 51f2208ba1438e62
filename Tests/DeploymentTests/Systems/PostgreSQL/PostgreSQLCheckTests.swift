import Shell
import Testing

@testable import Deployment

/// With the PostgreSQL of this machine, whose package has a configuration of its own.
@Suite("A PostgreSQL configuration", .timeLimit(.minutes(2)))
struct PostgreSQLCheckTests {
    private static func check(_ line: String) async throws -> (outcome: Outcome, left: [String]) {
        try await tried([PostgreSQL.settingsFile: "port = '5432'\n\(line)\n"], by: PostgreSQL())
    }

    @Test(
        "that PostgreSQL takes leaves nothing behind",
        arguments: [
            "", "shared_buffers = '256MB'", "synchronous_commit = 'remote_apply'", "a.b = '1'",
        ]
    )
    func good(line: String) async throws {
        let (outcome, left) = try await Self.check(line)
        #expect(outcome.errorText == "")
        #expect(outcome.status == .exited(0))
        #expect(left == [])
    }

    @Test(
        "that PostgreSQL refuses, or does not know, is refused with its reason",
        arguments: [
            ("shared_bufers = '1'", #"unrecognized configuration parameter "shared_bufers""#),
            ("shared_buffers = 'many'", #"invalid value for parameter "shared_buffers": "many""#),
            ("fsync = 'maybe'", #"parameter "fsync" requires a Boolean value"#),
        ]
    )
    func bad(line: String, reason: String) async throws {
        let (outcome, left) = try await Self.check(line)
        #expect(outcome.status == .exited(1))
        #expect(outcome.errorText.contains(reason))
        #expect(left == [])
    }
}
