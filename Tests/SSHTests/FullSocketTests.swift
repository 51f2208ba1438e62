import Foundation
import SSH
import TestSupport
import Testing

/// Every kind of packet meets a socket that is full: opening, starting, input, its end, windows,
/// closing, keepalives, the goodbye.
@Suite("a socket that is full", .timeLimit(.minutes(2)))
struct FullSocketTests {
    @Test("loses no connection, whatever is called meanwhile", arguments: 0..<3)
    func mixed(_ attempt: Int) async throws {
        let keepalive = Keepalive(interval: .milliseconds(20), limit: .seconds(60))
        try await Self.connected(keepalive: keepalive) { connection, _ in
            try await withThrowingTaskGroup(of: Void.self) { group in
                // Three fill the socket; the others open, start, read, end and close beside them.
                for _ in 0..<3 {
                    group.addTask { try await Self.fill(connection) }
                }
                for number in 0..<4 {
                    group.addTask {
                        for round in 0..<12 { try await Self.call(connection, number + round) }
                    }
                }
                // Time limits are reached at any moment, also while no packet goes out.
                for _ in 0..<3 {
                    group.addTask {
                        for _ in 0..<25 { await Self.runOut(connection) }
                    }
                }
                try await group.waitForAll()
            }
        }
    }

    @Test("holds every packet until the server reads again")
    func shut() async throws {
        try await Self.connected(keepalive: Keepalive()) { connection, pipe in
            try await withThrowingTaskGroup(of: Void.self) { group in
                let running = Counter()
                for _ in 0..<3 {
                    group.addTask {
                        let result = try await connection.stream(
                            "echo; cat | wc -c >&2",
                            stdin: Array(StreamTests.bytes.prefix(3 << 20)),
                            timeout: .seconds(100)
                        ) { _ in running.increment() }
                        #expect(result.errorText == "\(3 << 20)\n")
                    }
                }
                await waitUntil { running.value >= 3 }
                pipe.shut()
                for number in 0..<5 {
                    group.addTask { try await Self.call(connection, number) }
                }
                // These time out in front of a full socket; the command that ends them waits, too.
                let error = await #expect(throws: SSHError.self) {
                    try await connection.execute("sleep 60", timeout: .milliseconds(300))
                }
                #expect(error?.reason == .timedOut)
                pipe.open()
                try await group.waitForAll()
            }
        }
    }

    @Test("lets the goodbye wait until the server reads again")
    func goodbye() async throws {
        try await LoopbackSSHD.with { server in
            let pipe = try NarrowPipe(to: server.port)
            defer { pipe.close() }
            let connection = try await Self.connect(server, pipe, Keepalive())
            let running = Counter()
            async let call = #expect(throws: SSHError.self) {
                try await connection.stream(
                    "echo; cat >/dev/null",
                    stdin: StreamTests.bytes,
                    timeout: .seconds(100)
                ) { _ in running.increment() }
            }
            await waitUntil { running.value >= 1 }
            pipe.shut()
            async let closed: Void = connection.close()
            #expect(await call?.reason == .closed)
            pipe.open()
            await closed
            await waitUntil { server.log.contains("Received disconnect from 127.0.0.1") }
        }
    }

    /// Inputs of many lengths, so that each kind of packet is once the first without room.
    private static func fill(_ connection: SSHConnection) async throws {
        for _ in 0..<40 {
            let size = Int.random(in: 1...150_000)
            let result = try await connection.execute(
                "wc -c",
                stdin: Array(StreamTests.bytes.prefix(size)),
                timeout: .seconds(100)
            )
            #expect(result.text == "\(size)\n")
        }
    }

    private static func runOut(_ connection: SSHConnection) async {
        let error = await #expect(throws: SSHError.self) {
            try await connection.execute("sleep 60", timeout: .milliseconds(Int.random(in: 1...60)))
        }
        #expect(error?.reason == .timedOut)
    }

    private static func call(_ connection: SSHConnection, _ kind: Int) async throws {
        let limit: Duration = .seconds(100)
        switch kind % 4 {
        case 0:
            let result = try await connection.execute("true", timeout: limit)
            #expect(result.status == .exited(0))
        case 1:
            // More than libssh2's window: it must be moved.
            let result = try await connection.execute("head -c 6000000 /dev/zero", timeout: limit)
            #expect(result.stdout.count == 6_000_000)
        case 2:
            let result = try await connection.execute("cat", stdin: [1, 2, 3], timeout: limit)
            #expect(result.stdout == [1, 2, 3])
        default:
            let result = try await connection.execute("echo word >&2; exit 7", timeout: limit)
            #expect(result.errorText == "word\n")
            #expect(result.status == .exited(7))
        }
    }

    private static func connect(
        _ server: LoopbackSSHD,
        _ pipe: NarrowPipe,
        _ keepalive: Keepalive
    ) async throws -> SSHConnection {
        let hosts = server.folder.appending(path: "pipe_hosts")
        let key = try String(
            contentsOf: server.folder.appending(path: "host_key.pub"),
            encoding: .utf8
        )
        try "[127.0.0.1]:\(pipe.port) \(key)".write(to: hosts, atomically: true, encoding: .utf8)
        return try await SSHConnection.connect(
            to: server.target(port: pipe.port, knownHostsFile: hosts.path, sendBuffer: 8_192),
            timeout: .seconds(30),
            keepalive: keepalive
        )
    }

    private static func connected(
        keepalive: Keepalive,
        _ body: (SSHConnection, NarrowPipe) async throws -> Void
    ) async throws {
        try await LoopbackSSHD.with { server in
            let pipe = try NarrowPipe(to: server.port)
            defer { pipe.close() }
            let connection = try await connect(server, pipe, keepalive)
            let result: Result<Void, any Error>
            do { result = .success(try await body(connection, pipe)) } catch {
                result = .failure(error)
            }
            await connection.close()
            try result.get()
        }
    }
}
