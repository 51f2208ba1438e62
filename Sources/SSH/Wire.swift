private import Foundation

/// The bytes between a session and its socket: libssh2 never learns that the socket is full.
///
/// libssh2 1.10 builds some packets on the C stack. When the socket takes only half of one, the call
/// must be repeated, and from another stack depth it no longer knows its own packet: the session is
/// lost. Here every packet is taken whole; what the socket has no room for waits and is sent first.
///
/// At most ``limit`` bytes wait, and what one read may provoke: a command's input stops at
/// ``inputMark``, and beyond ``limit`` nothing is read, so that no peer's requests fill the memory
/// with answers.
///
/// libssh2 reads for as long as there is something, and keeps what nobody asked for. So a turn reads
/// ``turnLimit`` bytes, and a session that holds more than ``memoryLimit`` bytes hears nothing more.
final class Wire {
    /// From here on, in bytes, nothing is read until the next turn, so that no peer keeps the thread.
    static let turnLimit = 1 << 20
    /// What a session may hold by default: the whole windows of all its channels, come in short packets.
    static let memoryLimit = 64 << 20
    /// From here on, in bytes, no command's input is added: it would only wait.
    static let inputMark = 256 << 10
    /// From here on, in bytes, nothing is read until the peer has read.
    static let limit = 1 << 20

    let socket: Int32
    private var waiting: [UInt8] = []
    private var start = 0
    private let memoryLimit: Int
    /// How many bytes were read in this turn.
    private var received = 0
    private var isEnded = false
    /// How many bytes libssh2 holds for this session.
    var sessionMemory = 0
    /// Why nothing is read any more, though the peer may say something.
    private(set) var problem: String?

    /// Takes over a non-blocking socket.
    init(socket: Int32, memoryLimit: Int = Wire.memoryLimit) {
        self.socket = socket
        self.memoryLimit = memoryLimit
    }

    deinit { close(socket) }

    /// How many bytes the socket had no room for yet.
    var unsentCount: Int { waiting.count - start }

    /// Ends both directions: no call waits for the peer any more, or reads what it said before.
    func end() {
        isEnded = true
        shutdown(socket, Int32(SHUT_RDWR))
    }

    /// Lets in as much as a turn may read.
    func beginTurn() { received = 0 }

    /// Sends or keeps all bytes.
    ///
    /// - Returns: Their number, or a negative `errno`.
    func send(_ bytes: UnsafeRawBufferPointer) -> Int {
        let sent = unsentCount == 0 ? transmit(bytes) : 0
        guard sent >= 0 else { return sent }
        waiting += UnsafeRawBufferPointer(rebasing: bytes[sent...])
        return bytes.count
    }

    /// Reads what is there.
    ///
    /// - Returns: How many bytes; 0 at the end; a negative `errno`, `-EAGAIN` for nothing now.
    func receive(into buffer: UnsafeMutableRawBufferPointer, flags: Int32 = 0) -> Int {
        if isEnded { return 0 }
        guard sessionMemory <= memoryLimit else {
            problem = "the server sent more than \(memoryLimit >> 20) MiB that nobody took"
            return -Int(ENOBUFS)
        }
        guard unsentCount < Self.limit, received < Self.turnLimit else { return -Int(EAGAIN) }
        let count = recv(socket, buffer.baseAddress, buffer.count, flags)
        if count >= 0 {
            received += count
            return count
        }
        return errno == EINTR || errno == EWOULDBLOCK ? -Int(EAGAIN) : -Int(errno)
    }

    /// Sends as much of what waits as the socket takes.
    ///
    /// - Returns: 0, or the `errno` of a broken connection.
    func flush() -> Int32 {
        while unsentCount > 0 {
            let sent = waiting.withUnsafeBytes { all in
                transmit(UnsafeRawBufferPointer(rebasing: all[start...]))
            }
            guard sent > 0 else { return Int32(-sent) }
            start += sent
            // Moving the rest to the front costs, so only when it is the smaller part.
            if start * 2 >= waiting.count {
                waiting.removeFirst(start)
                start = 0
            }
        }
        waiting = []
        return 0
    }

    /// Returns how many bytes the socket took, or a negative `errno`.
    private func transmit(_ bytes: UnsafeRawBufferPointer) -> Int {
        let flags = Int32(MSG_NOSIGNAL)
        let count = Foundation.send(socket, bytes.baseAddress, bytes.count, flags)
        if count >= 0 { return count }
        return errno == EAGAIN || errno == EINTR ? 0 : -Int(errno)
    }
}
