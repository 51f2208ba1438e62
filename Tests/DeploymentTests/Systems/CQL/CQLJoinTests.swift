import DeploymentState
import Foundation
import Shell
import TestSupport
import Testing

@testable import Deployment

/// The script before a start runs here, on files of a folder, with a `cqlsh` that knows a ring.
@Suite("A server of Scylla or Cassandra that joins")
struct CQLJoinTests {
    private static let lost = "5ad7fbd5-95ca-4d3c-8fb0-8ab6b1a3b1a2"

    private struct Failure: Error { let said: String }

    /// What stands in both files afterwards.
    private static func join(
        _ database: CQLDatabase,
        through up: [String],
        seeds: String,
        file: String = "# options\n"
    ) async throws -> (settings: String, file: String) {
        let folder = try ChildProcess.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }  // nothing is lost if it stays
        func place(_ path: String) -> String { folder.path + path.replacing("/", with: "_") }
        let functions = folder.appending(path: "functions")
        try """
        cqlsh() {
            cat
            [ "${@: -2:1}" = 198.18.0.10 ] || return 1
            printf ' [json]\\n------\\n {"peer": "198.18.0.11", "host_id": "\(lost)"}\\n'
            printf '        {"peer": "198.18.0.111", "host_id": "other"}\\n\\n(2 rows)\\n'
        }

        """.write(to: functions, atomically: true, encoding: .utf8)
        let product = database.product
        let settings = place(product.settingsFile)
        try Files.write("a: 1\n          - seeds: \(seeds)\nb: 2\n", to: settings)
        if product.replacingFile != product.settingsFile {
            try Files.write(file, to: place(product.replacingFile))
        }
        let node = try Node.made("server-1", address: "198.18.0.11")
        let others = try up.map { try Node.made("server-0", address: $0) }
        let call = try #require(database.beforeStart(node, through: others))
        var text = call.command.text
        for path in Set(database.configurationFiles) {
            text = text.replacing(" \(path)", with: " \(place(path))")
        }
        var environment = ProcessInfo.processInfo.environment
        environment["BASH_ENV"] = functions.path
        let outcome = try await LocalProcess(
            "/bin/sh",
            ["-c", String(text.trimmingPrefix("sudo -n "))],
            environment: environment,
            input: Array(call.input.utf8)
        )
        .run()
        guard outcome.isSuccess else { throw Failure(said: outcome.errorText) }
        return (try Files.read(settings), try Files.read(place(product.replacingFile)))
    }

    @Test(
        "takes the place of the one whose address it has, by the other's id or by its own address"
    )
    func replaces() async throws {
        let seeds = #""198.18.0.10"  # one"#
        let old = "-ea\n-Dcassandra.replace_address_first_boot=198.18.0.9\n"
        let cassandra = try await Self.join(
            CQLDatabase(.cassandra),
            through: ["198.18.0.10"],
            seeds: seeds,
            file: old
        )
        #expect(cassandra.settings == "a: 1\n          - seeds: \(seeds)\nb: 2\n")
        #expect(
            cassandra.file == "-ea\n-Dcassandra.replace_address_first_boot=198.18.0.11\n"
        )
        let scylla = try await Self.join(
            CQLDatabase(.scylla),
            through: ["198.18.0.10"],
            seeds: seeds
        )
        #expect(
            scylla.settings
                == "a: 1\n          - seeds: \(seeds)\nb: 2\nreplace_node_first_boot: \(Self.lost)\n"
        )
    }

    @Test(
        "joins through one that is up, also if it is the seed itself",
        arguments: [
            (#""198.18.0.11""#, #""198.18.0.10""#),
            (#""198.18.0.100"  # one"#, #""198.18.0.10"  # one"#),
            ("198.18.0.11", #""198.18.0.10""#), ("'198.18.0.10'", "'198.18.0.10'"),
        ]
    )
    func seed(before: String, after: String) async throws {
        let found = try await Self.join(
            CQLDatabase(.cassandra),
            through: ["198.18.0.10"],
            seeds: before
        )
        #expect(found.settings == "a: 1\n          - seeds: \(after)\nb: 2\n")
    }

    @Test("begins the ring where nobody is up, and asks nobody")
    func begins() async throws {
        let old = "-ea\n-Dcassandra.replace_address_first_boot=198.18.0.9\n"
        let seeds = #""198.18.0.11""#
        let found = try await Self.join(
            CQLDatabase(.cassandra),
            through: [],
            seeds: seeds,
            file: old
        )
        #expect(found.settings == "a: 1\n          - seeds: \(seeds)\nb: 2\n")
        #expect(found.file == "-ea\n")
    }

    @Test("fails where the one that is up does not answer")
    func fails() async throws {
        await #expect(throws: Failure.self) {
            try await Self.join(
                CQLDatabase(.cassandra),
                through: ["198.18.0.12"],
                seeds: "x"
            )
        }
    }
}
