import Shell
import Testing

@testable import Deployment

@Suite("Remote")
struct RemoteTests {
    @Test("sends scripts on standard input, unchanged, to a strict bash as root")
    func script() {
        let call = RemoteCall.script("# greet\necho \"$1\"\n", arguments: ["it's"])
        #expect(call.command.text == #"sudo -n bash -euo pipefail -s -- 'it'\''s'"#)
        #expect(call.input == "# greet\necho \"$1\"\n")
    }

    @Test("names node, end, command and the last 20 lines of standard error")
    func failure() async throws {
        let lines = (1...30).map { "line \($0)" }
        let remote = ScriptedRemote(try .made("server-2")) { _ in
            RemoteResult(errors: lines.joined(separator: "\n"), status: .exited(3))
        }
        let error = await #expect(throws: RemoteError.self) {
            try await remote.execute(.root(["login", .secret("s3cret")]))
        }
        let shown = lines.suffix(20).map { "    " + $0 }.joined(separator: "\n")
        #expect(
            "\(try #require(error))"
                == "server-2: exit status 3 from: sudo -n login [redacted]\n" + shown
        )
    }

    @Test("names a script by its first comment, and falls back to its output")
    func failedScript() async throws {
        let remote = ScriptedRemote(try .made("client-0")) { _ in
            RemoteResult(output: "no space left", errors: " \n", status: .signalled("KILL"))
        }
        let error = await #expect(throws: RemoteError.self) {
            try await remote.execute(.script("# take a dataset\ncp a b\n"))
        }
        #expect(
            "\(try #require(error))" == """
                client-0: signal KILL from: sudo -n bash -euo pipefail -s -- <<< take a dataset
                    no space left
                """
        )
    }
}
