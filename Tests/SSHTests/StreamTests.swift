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

    @Test("are told as they come, on their own stream, whole")
    func live() async throws {
        let (stream, continuation) = AsyncStream<(ExecutionResult.Stream, [UInt8])>.makeStream()
        try await LoopbackSSHD.connected { connection, _ in
            async let result = connection.execute(
                "echo one; read -r line; echo two >&2",
                stdin: [],
                timeout: .seconds(20)
            ) { continuation.yield(($0, $1)) }
            var pieces = stream.makeAsyncIterator()
            let first = try #require(await pieces.next())
            #expect(first.0 == .stdout)
            #expect(first.1 == Array("one\n".utf8))
            let second = try #require(await pieces.next())
            #expect(second.0 == .stderr)
            #expect(second.1 == Array("two\n".utf8))
            let all = try await result
            #expect(all.stdout + all.stderr == first.1 + second.1)
        }
    }
}
