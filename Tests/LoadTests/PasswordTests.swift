import Foundation
import LoadResult
import Synchronization
import TestSupport
import Testing

@testable import Load

@Suite("bench load and passwords", .serialized, .timeLimit(.minutes(3)))
struct PasswordTests {
    private static let secret = "5ec2e7"

    /// A folder with a file of this content and mode, for as long as `body` runs.
    private func withFile(
        _ text: String,
        mode: Int = 0o600,
        _ body: (String) async throws -> Void
    ) async throws {
        let folder = try ChildProcess.temporaryFolder()
        defer { try? FileManager.default.removeItem(at: folder) }  // nothing is lost if it stays
        let file = folder.appending(path: "password").path
        try text.write(toFile: file, atomically: true, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: file)
        try await body(file)
    }

    @Test("gives the password on every connection, and none of it stands in its command line")
    func cluster() async throws {
        let servers = try await RedisServer.startCluster()
        for server in servers { try server.ask("config", "set", "requirepass", Self.secret) }
        try await withFile(Self.secret + "\n") { file in
            let call = try LoadCall(
                "\(servers[0].address) --cluster --rate 500 --requests 5000 --connections 9 "
                    + "--threads 2 --password-file \(file)"
            )
            try await call.waitForReports(1)
            let words = try String(
                contentsOfFile: "/proc/\(call.process.id)/cmdline",
                encoding: .utf8
            )
            #expect(words.contains("--password-file"))
            #expect(!words.contains(Self.secret))
            try await call.end()
            #expect(try call.result().errors == 0)
            #expect(try call.result().settled == 5_000)
            #expect(!(call.process.output + call.process.errors).contains(Self.secret))
        }
    }

    @Test("says at the start what is wrong with the password, or that there is none")
    func refused() async throws {
        let server = try await RedisServer.start()
        try server.ask("config", "set", "requirepass", Self.secret)
        let load = "\(server.address) --rate 10 --requests 10"
        let none = try await LoadCall.run(load, status: 1)
        #expect(
            none.process.errors
                == "bench load: \(server.address): the server asks for a password: name a file that "
                + "holds it by --password-file, or set REDISCLI_AUTH\n"
        )
        try await withFile("guess\n") { file in
            let wrong = try await LoadCall.run(load + " --password-file \(file)", status: 1)
            #expect(
                wrong.process.errors
                    == "bench load: \(server.address): the server refuses the password: compare it "
                    + "with requirepass in its configuration\n"
            )
        }
    }

    @Test("takes no file that others can read, that is empty, or that is none")
    func files() async throws {
        let load = "127.0.0.1:1 --rate 10 --requests 10 --password-file "
        try await withFile(Self.secret, mode: 0o640) { file in
            let open = try await LoadCall.run(load + file, status: 1)
            #expect(
                open.process.errors
                    == "bench load: \(file): no password: others can read it: chmod 600 \(file)\n"
            )
        }
        try await withFile("\n\(Self.secret)") { file in
            let empty = try await LoadCall.run(load + file, status: 1)
            #expect(empty.process.errors.hasSuffix("no password: its first line is empty\n"))
        }
        try await withFile(String(repeating: "x", count: 513)) { file in
            let long = try await LoadCall.run(load + file, status: 1)
            #expect(long.process.errors.hasSuffix("no password: longer than 512 bytes\n"))
        }
        let absent = try await LoadCall.run(load + "/nowhere/password", status: 1)
        #expect(
            absent.process.errors
                == "bench load: read /nowhere/password: no such file or directory\n"
        )
    }

    @Test("loads a server that asks for no password, though one was given")
    func needless() async throws {
        let server = try await RedisServer.start()
        try await withFile(Self.secret) { file in
            let call = try await LoadCall.run(
                "\(server.address) --rate 500 --requests 100 --password-file \(file)"
            )
            #expect(try call.result().errors == 0)
        }
    }

    @Test(
        "names each refusal when the password changes under load, and goes on when it is right again"
    )
    func changed() async throws {
        let server = try await RedisServer.start()
        try server.ask("config", "set", "requirepass", Self.secret)
        try await withFile(Self.secret) { file in
            let call = try LoadCall(
                "\(server.address) --rate 500 --duration 6s --timeout 1s --password-file \(file)"
            )
            try await call.waitForReports(1)
            try server.tell(
                ["config set requirepass other", "client kill type normal skipme yes"],
                password: Self.secret
            )
            try await call.waitForReports(3)
            try server.tell(["config set requirepass \(Self.secret)"], password: "other")
            try await call.end()
            let result = try call.result()
            #expect(result.refusals["WRONGPASS"] ?? 0 > 0)
            #expect(result.errors > 0)
            #expect(result.errors < result.settled)
        }
    }

    @Test("gives up a server that never answers the greeting")
    func silent() async throws {
        let asked = Mutex(0)
        let server = try HostileServer { words in
            guard words[0] == "AUTH" else { return (HostileServer.noCluster, .atOnce) }
            // The first asks what the server is; those of the load come behind it.
            let count = asked.withLock { count in
                count += 1
                return count
            }
            return (count == 1 ? "+OK\r\n" : "", .atOnce)
        }
        defer { withExtendedLifetime(server) {} }
        try await withFile(Self.secret) { file in
            let call = try await LoadCall.run(
                "\(server.address) --rate 10 --requests 10 --password-file \(file)",
                status: 1
            )
            #expect(
                call.process.errors
                    == "bench load: no connection could be made: \(server.address): no connection\n"
            )
        }
    }
}
