import Foundation
import Testing

@testable import SSH

@Suite("Wire")
struct WireTests {
    /// A wire with little room in its socket, and the other end of it.
    private static func pair() throws -> (wire: Wire, far: Int32) {
        var ends: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        var size: Int32 = 4_096
        setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        for end in ends { Socket.prepare(end) }
        return (Wire(socket: ends[0]), ends[1])
    }

    private static func read(_ socket: Int32) -> [UInt8] {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(socket, &buffer, buffer.count, 0)
        return Array(buffer.prefix(max(0, count)))
    }

    @Test("takes every packet whole, and sends all of them in order as the socket has room")
    func whole() throws {
        let (wire, far) = try Self.pair()
        defer { close(far) }
        let packets = (0..<100).map { number in [UInt8](repeating: UInt8(number), count: 1_500) }
        for packet in packets {
            #expect(packet.withUnsafeBytes { wire.send($0) } == packet.count)
        }
        #expect(wire.unsentCount > 100_000)
        var arrived: [UInt8] = []
        while true {
            let bytes = Self.read(far)
            if bytes.isEmpty { break }
            arrived += bytes
            #expect(wire.flush() == 0)
        }
        #expect(wire.unsentCount == 0)
        #expect(arrived == packets.flatMap { $0 })
    }

    @Test("reads nothing while more than its limit waits, so that answers cannot fill the memory")
    func bound() throws {
        let (wire, far) = try Self.pair()
        defer { close(far) }
        #expect(send(far, [7], 1, 0) == 1)
        let packet = [UInt8](repeating: 1, count: Wire.limit + 100_000)
        #expect(packet.withUnsafeBytes { wire.send($0) } == packet.count)
        var buffer = [UInt8](repeating: 0, count: 10)
        #expect(buffer.withUnsafeMutableBytes { wire.receive(into: $0) } == -Int(EAGAIN))
        while wire.unsentCount >= Wire.limit {
            _ = Self.read(far)
            #expect(wire.flush() == 0)
        }
        #expect(buffer.withUnsafeMutableBytes { wire.receive(into: $0) } == 1)
        #expect(buffer[0] == 7)
        #expect(buffer.withUnsafeMutableBytes { wire.receive(into: $0) } == -Int(EAGAIN))
    }

    @Test("reads so much in a turn and no more, so that no peer keeps the thread that serves all")
    func turn() throws {
        let (wire, far) = try Self.pair()
        defer { close(far) }
        let flood = [UInt8](repeating: 1, count: 1 << 16)
        var buffer = [UInt8](repeating: 0, count: 1 << 15)
        for _ in 0..<3 {
            wire.beginTurn()
            var read = 0
            while true {
                // The peer always has more to say.
                _ = send(far, flood, flood.count, Int32(MSG_NOSIGNAL))
                let count = buffer.withUnsafeMutableBytes { wire.receive(into: $0) }
                guard count > 0 else {
                    #expect(count == -Int(EAGAIN))
                    break
                }
                read += count
                try #require(read < 2 * Wire.turnLimit, "the turn does not end")
            }
            #expect(read >= Wire.turnLimit)
        }
    }

    @Test("reads nothing for a session that holds too much, and says so")
    func memory() throws {
        let (wire, far) = try Self.pair()
        defer { close(far) }
        #expect(send(far, [7], 1, 0) == 1)
        wire.sessionMemory = Wire.memoryLimit + 1
        var buffer = [UInt8](repeating: 0, count: 10)
        #expect(buffer.withUnsafeMutableBytes { wire.receive(into: $0) } == -Int(ENOBUFS))
        #expect(wire.problem == "the server sent more than 64 MiB that nobody took")
        // What is there already is no reason to wait while the session is freed.
        wire.end()
        #expect(buffer.withUnsafeMutableBytes { wire.receive(into: $0) } == 0)
    }

    @Test("says that the connection is broken, to the one who sends and to the one who flushes")
    func broken() throws {
        let (wire, far) = try Self.pair()
        let packet = [UInt8](repeating: 1, count: 100_000)
        #expect(packet.withUnsafeBytes { wire.send($0) } == packet.count)
        close(far)
        #expect([EPIPE, ECONNRESET].contains(wire.flush()))
        let other = try Self.pair()
        close(other.far)
        #expect(packet.withUnsafeBytes { other.wire.send($0) } == -Int(EPIPE))
    }
}
