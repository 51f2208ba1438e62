import DeploymentState
import FoundationEssentials
import Glibc
import Shell
import Testing

@Suite("The end of life on EC2", .timeLimit(.minutes(2)))
struct ExpiryScriptTests {
    /// An address that takes no more connections: a client waits as it does for dropped packets.
    private struct DeafAddress: ~Copyable {
        let port: UInt16
        private var sockets: [Int32] = []

        init() throws {
            let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_in()
            address.sin_family = sa_family_t(AF_INET)
            address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            withUnsafeMutablePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                    _ = bind(listener, pointer, length)
                    _ = listen(listener, 0)
                    _ = getsockname(listener, pointer, &length)
                }
            }
            port = UInt16(bigEndian: address.sin_port)
            sockets = [listener]
            // The kernel keeps one more than it is told to.
            for _ in 0..<4 {
                let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
                let client = socket(AF_INET, type, 0)
                withUnsafePointer(to: &address) { pointer in
                    pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                        _ = connect(client, pointer, length)
                    }
                }
                sockets.append(client)
            }
            try #require(port != 0)
        }

        deinit { for socket in sockets { close(socket) } }
    }

    /// Runs the script as systemd does, which kills it after 60 s.
    ///
    /// - Parameters:
    ///   - folder: Has the file with the time.
    ///   - port: Of the metadata service; nothing answers at 1.
    ///   - uptime: For how many seconds the machine has been up.
    /// - Returns: What it called to power off.
    /// - Throws: If it cannot be run.
    private func run(
        _ folder: String,
        port: UInt16 = 1,
        uptime: Int = 100
    ) async throws -> (Outcome, calls: String) {
        let log = "\(folder)/calls"
        try Files.remove(log)
        try Files.write("\(uptime).25 150.00\n", to: "\(folder)/uptime")
        let fake = "#!/bin/sh\necho \"$*\" >>'\(log)'\n"
        try Files.write(fake, to: "\(folder)/systemctl", mode: 0o700)
        try Files.write("#!/bin/sh\n", to: "\(folder)/wall", mode: 0o700)
        let script = "\(LocalMachines.repository)/prov/ec2/expire/prov-expire"
        let environment = [
            "PATH": "\(folder):\(Files.environment("PATH") ?? "/usr/bin:/bin")",
            "PROV_EXPIRES": "\(folder)/expires", "PROV_METADATA": "127.0.0.1/\(port)",
            "PROV_UPTIME": "\(folder)/uptime", "PROV_RECKONED": "\(folder)/reckoned",
        ]
        let outcome = try await LocalProcess(
            "bash",
            [script],
            environment: environment,
            timeLimit: .seconds(60)
        ).run()
        return (outcome, Files.exists(log) ? try Files.read(log) : "")
    }

    @Test("comes when its time has come, though the metadata service does not answer")
    func deafMetadata() async throws {
        let folder = try Files.makeTemporaryDirectory("prov-expire")
        defer { try? Files.remove(folder) }  // what is left lies among temporary files
        let deaf = try DeafAddress()
        try Files.write("2026-01-01T00:00:00Z\n", to: "\(folder)/expires")
        let over = try await run(folder, port: deaf.port)
        #expect(over.calls == "poweroff\n", "\(over.0.errorText)")

        try Files.write("2226-01-01T00:00:00Z\n", to: "\(folder)/expires")
        let later = try await run(folder, port: deaf.port)
        #expect(later.0.isSuccess, "\(later.0.ending)")
        #expect(later.calls.isEmpty)
    }

    private static let past = "2026-01-01T00:00:00Z"

    /// So many seconds from now, as the file has it.
    private func time(in seconds: Double) -> String {
        Date(timeIntervalSinceNow: seconds.rounded()).formatted(.iso8601)
    }

    @Test("comes at its time though the clock was set back, and is put off by a new time")
    func clockSetBack() async throws {
        let folder = try Files.makeTemporaryDirectory("prov-expire")
        defer { try? Files.remove(folder) }  // what is left lies among temporary files
        try Files.write(time(in: 3_600) + "\n", to: "\(folder)/expires")
        for (uptime, calls) in [(1_000, ""), (4_500, ""), (4_700, "poweroff\n")] {
            let outcome = try await run(folder, uptime: uptime)
            #expect(outcome.calls == calls, "\(uptime): \(outcome.0.errorText)")
        }
        try Files.write(time(in: 7_200) + "\n", to: "\(folder)/expires")
        #expect(try await run(folder, uptime: 4_800).calls.isEmpty)
        // After a reboot the clock alone tells.
        try Files.remove("\(folder)/reckoned")
        try Files.write("\(Self.past)\n", to: "\(folder)/expires")
        #expect(try await run(folder, uptime: 60).calls == "poweroff\n")
    }

    @Test("comes at the tag's time though the disk is full, or has left an empty file")
    func fullDisk() async throws {
        let folder = try Files.makeTemporaryDirectory("prov-expire")
        defer { try? Files.remove(folder) }  // what is left lies among temporary files
        let later = time(in: 86_400)
        try Files.write("\(later)\n", to: "\(folder)/expires")
        // Whatever is written there finds no room.
        try #require(symlink("/dev/full", "\(folder)/expires.new") == 0)
        try await withMetadata(tag: Self.past, folder) { port in
            let outcome = try await run(folder, port: port)
            #expect(outcome.calls == "poweroff\n", "\(outcome.0.errorText)")
        }
        #expect(try Files.read("\(folder)/expires") == "\(later)\n")

        try Files.remove("\(folder)/expires.new")
        try Files.write("", to: "\(folder)/expires")
        try Files.write("\(Self.past)\n", to: "\(folder)/expires.tag")
        #expect(try await run(folder).calls == "poweroff\n")

        // The file comes back with the tag, though that has not changed.
        try Files.write("\(later)\n", to: "\(folder)/expires.tag")
        try await withMetadata(tag: later, folder) { port in
            let outcome = try await run(folder, port: port)
            #expect(outcome.calls.isEmpty, "\(outcome.0.errorText)")
        }
        #expect(try Files.read("\(folder)/expires") == "\(later)\n")
    }

    @Test("comes at its time without a network")
    func noNetwork() async throws {
        let folder = try Files.makeTemporaryDirectory("prov-expire")
        defer { try? Files.remove(folder) }  // what is left lies among temporary files
        try Files.write("\(Self.past)\n", to: "\(folder)/expires")
        #expect(try await run(folder).calls == "poweroff\n")
    }

    @Test("follows a changed tag, in both directions")
    func tag() async throws {
        let folder = try Files.makeTemporaryDirectory("prov-expire")
        defer { try? Files.remove(folder) }  // what is left lies among temporary files
        for (tag, calls) in [("2226-01-01T00:00:00Z", ""), ("2026-01-01T00:00:00Z", "poweroff\n")] {
            try Files.write("2226-06-06T00:00:00Z\n", to: "\(folder)/expires")
            try await withMetadata(tag: tag, folder) { port in
                let outcome = try await run(folder, port: port)
                #expect(outcome.calls == calls, "\(outcome.0.errorText)")
                #expect(try Files.read("\(folder)/expires") == "\(tag)\n")
            }
        }
    }

    /// A metadata service that knows one tag and wants a token.
    private func withMetadata(
        tag: String,
        _ folder: String,
        _ body: (UInt16) async throws -> Void
    ) async throws {
        let server = """
            import http.server, sys
            class Metadata(http.server.BaseHTTPRequestHandler):
                def answer(self, text):
                    self.send_response(200); self.end_headers(); self.wfile.write(text.encode())
                def do_PUT(self): self.answer("secret-token")
                def do_GET(self):
                    known = self.headers.get("X-aws-ec2-metadata-token") == "secret-token"
                    self.answer(sys.argv[1] if known else "no token")
                def log_message(self, *_): pass
            server = http.server.HTTPServer(("127.0.0.1", 0), Metadata)
            print(server.server_port, flush=True)
            server.serve_forever()
            """
        let ports = AsyncStream<UInt16>.makeStream()
        try await withThrowingTaskGroup { group in
            group.addTask {
                _ = try await LocalProcess("python3", ["-c", server, tag], timeLimit: .seconds(60))
                    .run(onLine: { _, line in UInt16(line).map { _ = ports.continuation.yield($0) }
                    })
                ports.continuation.finish()
            }
            defer { group.cancelAll() }
            for await port in ports.stream {
                try await body(port)
                return
            }
            Issue.record("the metadata service did not start")
        }
    }
}
