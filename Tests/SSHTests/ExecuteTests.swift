import SSH
import TestSupport
import Testing

@Suite("execute", .timeLimit(.minutes(2)))
struct ExecuteTests {
    @Test(
        "keeps outputs, status and signal apart",
        arguments: [
            ("echo out; echo error >&2; exit 3", "out\n", "error\n", .exited(3)),
            ("true", "", "", .exited(0)),
            ("kill -9 $$", "", "", .signalled("KILL")),
            ("kill -TERM $$", "", "", .signalled("TERM")),
            ("printf 'no newline'", "no newline", "", .exited(0)),
            ("exec 1>&- 2>&-; sleep 0.2; exit 4", "", "", .exited(4)),
            ("# only a comment", "", "", .exited(0)),
            ("cat <<X\nhere\nX\n", "here\n", "", .exited(0)),
        ] as [(String, String, String, ExecutionResult.ExitStatus)]
    )
    func result(
        text: String,
        stdout: String,
        stderr: String,
        status: ExecutionResult.ExitStatus
    ) async throws {
        let result = try await LoopbackSSHD.connected { connection, _ in
            try await connection.execute(text, timeout: .seconds(20))
        }
        #expect(result.text == stdout)
        #expect(result.errorText == stderr)
        #expect(result.status == status)
    }

    @Test("runs a script that comes in over standard input")
    func script() async throws {
        let script = "echo one\nfalse | true\necho two\n"
        let result = try await LoopbackSSHD.connected { connection, _ in
            try await connection.execute(
                "bash -euo pipefail -s",
                stdin: Array(script.utf8),
                timeout: .seconds(20)
            )
        }
        #expect(result.text == "one\n")
        #expect(result.status == .exited(1))
    }
}
