private import Foundation
private import Synchronization

/// A way to a loopback port that takes few bytes at a time and halts now and then, so that the
/// sender's socket is often full.
///
/// While it is shut, it takes nothing at all from the client. What the server says passes at once.
package final class NarrowPipe: Sendable {
    package let port: UInt16
    private let listener: Int32
    private let server: UInt16
    private let isShut = Mutex(false)
    private let piece: Int

    /// Opens one in front of a server's port; it takes at most `piece` bytes from the client at once.
    package init(to server: UInt16, piece: Int = 1_500) throws {
        (listener, port) = try LoopbackSocket.bound()
        self.server = server
        self.piece = piece
        // Before listening: the connections that come take it over.
        Self.set(listener, SOL_SOCKET, SO_RCVBUF, 4_096)
        Foundation.listen(listener, 16)
        let thread = Thread { [self] in acceptAll() }
        thread.start()
    }

    /// Ends it: no connection is taken any more, and those that are there end with their peers.
    package func close() { shutdown(listener, Int32(SHUT_RDWR)) }

    /// Takes nothing from clients until it is opened.
    package func shut() { isShut.withLock { $0 = true } }
    package func open() { isShut.withLock { $0 = false } }

    private func acceptAll() {
        while true {
            let client = accept(listener, nil, nil)
            guard client >= 0 else { break }
            guard let server = try? LoopbackSocket.connected(port: server) else {
                // The client sees the end, as at a server that is down.
                Foundation.close(client)
                continue
            }
            for end in [client, server] { Self.set(end, Int32(IPPROTO_TCP), TCP_NODELAY, 1) }
            Thread { [self] in carry(client, server) }.start()
        }
        Foundation.close(listener)
    }

    /// Carries bytes both ways until either end is closed.
    private func carry(_ client: Int32, _ server: Int32) {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            // About every fiftieth time it halts for one round.
            let takes = !isShut.withLock { $0 } && Int.random(in: 0..<50) > 0
            var polls = [
                pollfd(fd: client, events: takes ? Int16(POLLIN) : 0, revents: 0),
                pollfd(fd: server, events: Int16(POLLIN), revents: 0),
            ]
            // Soon again, to see whether it was opened or shut.
            poll(&polls, 2, 20)
            if polls[1].revents != 0, !pass(&buffer, buffer.count, from: server, to: client) {
                break
            }
            if takes, polls[0].revents != 0, !pass(&buffer, piece, from: client, to: server) {
                break
            }
        }
        Foundation.close(client)
        Foundation.close(server)
    }

    private func pass(_ buffer: inout [UInt8], _ most: Int, from: Int32, to: Int32) -> Bool {
        let count = recv(from, &buffer, most, 0)
        var sent = 0
        while sent < count {
            let more = buffer[sent..<count].withUnsafeBytes {
                send(to, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            guard more > 0 else { return false }
            sent += more
        }
        return count > 0
    }

    private static func set(_ socket: Int32, _ level: Int32, _ name: Int32, _ value: Int32) {
        var value = value
        setsockopt(socket, level, name, &value, socklen_t(MemoryLayout<Int32>.size))
    }
}
