import Glibc
import TestSupport
import Testing

/// Ctrl-C and its like, before anything was made.
@Suite("An interrupt", .timeLimit(.minutes(2)))
struct InterruptTests {
    @Test("ends prov at once while it reads a config", arguments: [SIGINT, SIGTERM, SIGHUP])
    func reading(signal: Int32) async throws {
        try await ProvProgram.with { prov in
            let pipe = "\(prov.folder)/c.yml"
            try #require(mkfifo(pipe, 0o600) == 0)
            let reader = try ChildProcess([ProvProgram.executable, "config", pipe])
            var writer: Int32 = -1
            defer { close(writer) }
            // It opens only once somebody reads, and then keeps the reader waiting.
            try await ChildProcess.waitFor("prov to read its config; \(reader.errors)") {
                writer = open(pipe, O_WRONLY | O_NONBLOCK | O_CLOEXEC)
                return writer >= 0 || reader.poll() != nil
            }
            reader.send(signal)
            #expect(try await reader.wait(upTo: .seconds(20)) == .exit(1))
            #expect(reader.errors == "prov: interrupted before anything was changed\n")
        }
    }
}
