import Foundation
import SSH
import TestSupport
import Testing

@Suite("limits of what comes from a node", .timeLimit(.minutes(2)))
struct LimitTests {
    @Test("end a command that writes without end", arguments: ["yes word", "yes word >&2"])
    func endless(text: String) async throws {
        try await LoopbackSSHD.connected { connection, _ in
            let error = await #expect(throws: SSHError.self) {
                try await connection.execute(text, timeout: .seconds(60), outputLimit: 1 << 20)
            }
            #expect(error?.reason == .outputTooLarge)
            #expect(
                error?.description
                    == "server-0: execute: wrote more than 1048576 bytes and was ended"
            )
            let after = try await connection.execute("echo on", timeout: .seconds(20))
            #expect(after.text == "on\n")
        }
    }

    @Test("let through what has just their size")
    func exact() async throws {
        try await LoopbackSSHD.connected { connection, _ in
            let text = "head -c 300000 /dev/zero; head -c 200000 /dev/zero >&2"
            let result = try await connection.execute(
                text,
                timeout: .seconds(60),
                outputLimit: 500_000
            )
            #expect(result.stdout.count == 300_000)
            #expect(result.stderr.count == 200_000)
        }
    }

    @Test("end a download of a file without end, and leave nothing of it here")
    func download() async throws {
        try await LoopbackSSHD.connected { connection, server in
            let folder = server.folder.appending(path: "local")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            let path = folder.appending(path: "file").path
            let remote = try FileTests.endless(in: server.folder)
            let error = await #expect(throws: SSHError.self) {
                try await connection.download(
                    remote,
                    to: path,
                    timeout: .seconds(60),
                    limit: 1 << 20
                )
            }
            #expect(error?.reason == .outputTooLarge)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
        }
    }
}
