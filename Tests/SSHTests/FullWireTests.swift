import Foundation
import TestSupport
import Testing

@testable import SSH

/// One kind of packet after another, each made while the socket certainly has no room.
@Suite("A packet for a socket that is full", .timeLimit(.minutes(2)))
struct FullWireTests {
    @Test("is taken whole when it opens a channel, which is what a keepalive does too")
    func opening() async throws {
        try await FullSession.with { full in
            try full.fill()
            #expect(try full.more { try full.session.openChannel() } == nil)
            // Asked again, and from elsewhere on the stack, libssh2 knows its own packet.
            #expect(try Self.deeper(9) { try full.session.openChannel() } == nil)
            full.pipe.open()
            var opened: Channel?
            try await full.until("the channel is open") {
                opened = try full.session.openChannel()
                return opened != nil
            }
            try await full.until("it is freed") { try opened?.free() == .done }
        }
    }

    @Test("is taken whole when it starts a command")
    func starting() async throws {
        try await FullSession.with { full in
            let channel = try await full.open()
            let command = Array("echo word".utf8)
            try full.fill()
            #expect(try full.more { try channel.start(command) } == .again)
            #expect(try Self.deeper(9) { try channel.start(command) } == .again)
            full.pipe.open()
            try await full.until("it started") { try channel.start(command) == .done }
            #expect(try await full.read(channel, count: 5) == Array("word\n".utf8))
        }
    }

    @Test("is taken whole when it ends an input")
    func ending() async throws {
        try await FullSession.with { full in
            let channel = try await full.run("wc -c")
            #expect(try [1, 2, 3].withUnsafeBytes { try channel.write($0) } == 24)
            try full.fill()
            #expect(try full.more { try channel.sendEOF() } == .done)
            full.pipe.open()
            #expect(try await full.read(channel, count: 3) == Array("24\n".utf8))
        }
    }

    @Test("is taken whole when it moves a window, and nothing that the server says is missing")
    func window() async throws {
        try await FullSession.with { full in
            // More than a window: the rest comes only after the adjustment.
            let channel = try await full.run("head -c 3000000 /dev/zero")
            try full.fill()
            var count = 0
            try await full.until("the window is to be moved") {
                let before = full.session.wire.unsentCount
                count += try channel.read(.stdout, into: full.buffer)
                return full.session.wire.unsentCount > before
            }
            try await full.until("all is read that came without it") {
                let more = try channel.read(.stdout, into: full.buffer)
                count += more
                return more == 0
            }
            #expect(count < 3_000_000)
            full.pipe.open()
            try await full.until("the rest has come") {
                count += try channel.read(.stdout, into: full.buffer)
                return count >= 3_000_000
            }
            #expect(count == 3_000_000)
        }
    }

    @Test("is taken whole when it closes a channel")
    func closing() async throws {
        try await FullSession.with { full in
            let channel = try await full.run("echo; sleep 60")
            #expect(try await full.read(channel, count: 1) == Array("\n".utf8))
            try full.fill()
            #expect(try full.more { try channel.free() } == .again)
            #expect(try Self.deeper(9) { try channel.free() } == .again)
            full.pipe.open()
            try await full.until("it is closed") { try channel.free() == .done }
        }
    }

    @Test("is taken whole when it says goodbye")
    func goodbye() async throws {
        try await FullSession.with { full in
            try full.fill()
            try full.more { full.session.sayGoodbye() }
            full.pipe.open()
            try await full.until("the server has read it") {
                full.server.log.contains("Received disconnect from 127.0.0.1")
            }
        }
    }

    @Test("has its session lost once libssh2 holds too much of what the server sent")
    func heldMemory() async throws {
        try await FullSession.with(memoryLimit: 1 << 20) { full in
            let channel = try await full.run("head -c 3000000 /dev/zero")
            let before = full.session.wire.sessionMemory
            #expect(before > 0)
            let error = await #expect(throws: SessionFailure.self) {
                // This reads for all of the session, and takes nothing of what comes.
                try await full.until("the session is lost") {
                    try channel.read(.stderr, into: full.buffer) > 0
                }
            }
            #expect(error?.text == "the server sent more than 1 MiB that nobody took")
            #expect(error?.endsSession == true)
            // Beyond the limit comes no more than what one read brings.
            #expect((1 << 20..<2 << 20).contains(full.session.wire.sessionMemory))
        }
    }

    /// Calls from so many frames further down: what libssh2 left on the stack lies elsewhere.
    @inline(never)
    private static func deeper<Value>(_ frames: Int, _ call: () throws -> Value) throws -> Value {
        guard frames > 0 else { return try call() }
        return try withUnsafeTemporaryAllocation(byteCount: 256, alignment: 16) { _ in
            try deeper(frames - 1, call)
        }
    }
}

/// A session that the test itself steps, whose server can be kept from reading.
private final class FullSession {
    let server: LoopbackSSHD
    let pipe: NarrowPipe
    let session: Session
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    private var filler: Channel?

    private init(_ server: LoopbackSSHD, _ pipe: NarrowPipe, _ memoryLimit: Int) throws {
        (self.server, self.pipe) = (server, pipe)
        let address = try Socket.resolve("127.0.0.1", port: pipe.port, numeric: true)[0]
        let socket = Socket.connect(to: address, sendBuffer: 8_192)
        try #require(socket >= 0)
        session = try #require(Session(socket: socket, memoryLimit: memoryLimit))
    }

    deinit { buffer.deallocate() }

    static func with(
        memoryLimit: Int = Wire.memoryLimit,
        _ body: (FullSession) async throws -> Void
    ) async throws {
        try await LoopbackSSHD.with { server in
            let pipe = try NarrowPipe(to: server.port)
            defer { pipe.close() }
            let full = try FullSession(server, pipe, memoryLimit)
            let identity = try Identity.load(for: server.target())
            try await full.until("keys are exchanged") { try full.session.handshake() == .done }
            try await full.until("the server knows us") {
                try full.session.authenticate(user: server.user, privateKey: identity.text)
                    == .done
            }
            full.filler = try await full.run("cat >/dev/null")
            try await body(full)
        }
    }

    /// Steps until it is so.
    func until(_ what: String, _ isSo: () throws -> Bool) async throws {
        try await ChildProcess.waitFor(what, upTo: .seconds(100)) {
            try session.beginTurn()
            return try isSo()
        }
    }

    func open() async throws -> Channel {
        var channel: Channel?
        try await until("a channel is open") {
            channel = try session.openChannel()
            return channel != nil
        }
        return try #require(channel)
    }

    func run(_ command: String) async throws -> Channel {
        let channel = try await open()
        try await until("\(command) has started") {
            try channel.start(Array(command.utf8)) == .done
        }
        return channel
    }

    /// Reads until so many bytes have come.
    func read(_ channel: Channel, count: Int) async throws -> [UInt8] {
        var bytes: [UInt8] = []
        try await until("\(count) bytes have come") {
            let more = try channel.read(.stdout, into: buffer)
            bytes += buffer[..<more]
            return bytes.count >= count
        }
        return bytes
    }

    /// Keeps the server from reading, and writes until far more waits than anything would take.
    func fill() throws {
        pipe.shut()
        let input = [UInt8](repeating: 1, count: 1 << 15)
        let filler = try #require(filler)
        while session.wire.unsentCount < 100_000 {
            let taken = try input.withUnsafeBytes { try filler.write($0) }
            try #require(taken > 0, "the window of the command is too small")
        }
    }

    /// Makes a call, and fails unless it made a packet, which now waits with the others.
    func more<Value>(_ call: () throws -> Value) throws -> Value {
        let before = session.wire.unsentCount
        let value = try call()
        #expect(session.wire.unsentCount > before)
        return value
    }
}
