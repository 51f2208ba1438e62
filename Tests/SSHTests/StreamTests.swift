import Foundation
import SSH
import TestSupport
import Testing

@Suite("standard input and outputs", .timeLimit(.minutes(2)))
struct StreamTests {
    static let size = 16 << 20

    /// Bytes with every value, so that nothing that reads them as text gets them through.
    static let bytes: [UInt8] = {
        var state: UInt32 = 1
        return (0..<size).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(truncatingIfNeeded: state >> 24)
        }
    }()

    @Test("carry many megabytes both ways at once, unchanged")
    func both() async throws {
        let result = try await LoopbackSSHD.connected { connection, _ in
            try await connection.execute(
                "tee /dev/stderr",
                stdin: Self.bytes,
                timeout: .seconds(60)
            )
        }
        #expect(result.stdout == Self.bytes)
        #expect(result.stderr == Self.bytes)
    }

    @Test("carry much for eight commands at once")
    func parallel() async throws {
        let bytes = Array(Self.bytes.prefix(4 << 20))
        try await LoopbackSSHD.connected { connection, _ in
            try await withThrowingTaskGroup(of: ExecutionResult.self) { group in
                for _ in 0..<8 {
                    group.addTask {
                        try await connection.execute("cat", stdin: bytes, timeout: .seconds(60))
                    }
                }
                for try await result in group { #expect(result.stdout == bytes) }
            }
        }
    }

    @Test(
        "let a command end without reading its input",
        arguments: ["exit 7", "exec <&-; exit 7", "head -c 5 >/dev/null; exit 7"]
    )
    func unread(text: String) async throws {
        let result = try await LoopbackSSHD.connected { connection, _ in
            try await connection.execute(text, stdin: Self.bytes, timeout: .seconds(60))
        }
        #expect(result.status == .exited(7))
    }

    @Test("end the input after its last byte")
    func end() async throws {
        let result = try await LoopbackSSHD.connected { connection, _ in
            try await connection.execute("wc -c; wc -c", stdin: [1, 2, 3], timeout: .seconds(20))
        }
        #expect(result.text == "3\n0\n")
    }

    @Test("are handed on as they come, and the errors kept")
    func live() async throws {
        let (stream, continuation) = AsyncStream<[UInt8]>.makeStream()
        try await LoopbackSSHD.connected { connection, server in
            let gate = server.folder.appending(path: "gate").path
            async let result = connection.stream(
                "echo one; until [ -e \(gate) ]; do sleep 0.01; done; echo error >&2; echo two; exit 3",
                timeout: .seconds(20)
            ) { continuation.yield($0) }
            var pieces = stream.makeAsyncIterator()
            #expect(await pieces.next() == Array("one\n".utf8))
            try Data().write(to: URL(filePath: gate))
            #expect(await pieces.next() == Array("two\n".utf8))
            let end = try await result
            #expect(
                end
                    == ExecutionResult(
                        stdout: [],
                        stderr: Array("error\n".utf8),
                        status: .exited(3)
                    )
            )
        }
    }
}
