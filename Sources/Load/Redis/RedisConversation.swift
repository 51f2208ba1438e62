private import Glibc
internal import Posix

/// One short blocking talk with a Redis server, outside the load: to ask who serves what.
final class RedisConversation {
    /// The server's IP address, of several the first that could be reached.
    let peer: NodeAddress
    private let descriptor: Int32

    /// A whole reply takes no longer, however slowly it drips.
    private static let longestReply: Int64 = 5_000_000_000
    /// A cluster of 1,000 servers with replicas, each slot named alone, says less.
    private static let mostValues = 1 << 20

    /// Connects; each step of the talk takes at most two seconds.
    ///
    /// - Throws: ``LoadError`` if none of the name's addresses can be reached.
    init(with address: NodeAddress) throws(LoadError) {
        var problem = "no address"
        for socket in try address.sockets(numericOnly: false) {
            let file = try socket.open()
            var limit = timeval(tv_sec: 2, tv_usec: 0)
            let size = socklen_t(MemoryLayout<timeval>.size)
            // On Linux the limit for sending holds for connecting too.
            setsockopt(file, SOL_SOCKET, SO_SNDTIMEO, &limit, size)
            setsockopt(file, SOL_SOCKET, SO_RCVTIMEO, &limit, size)
            if socket.withSocketAddress({ connect(file, $0, $1) }) == 0 {
                descriptor = file
                peer = try address.numeric(socket)
                return
            }
            problem = SystemError.text(of: errno == EINPROGRESS ? ETIMEDOUT : errno)
            close(file)
        }
        throw .answer("\(address)", problem: problem)
    }

    deinit { close(descriptor) }

    /// Tells the server the password; one that asks for none is content too.
    ///
    /// - Throws: ``LoadError/password(_:problem:)`` if it refuses.
    func authenticate(_ password: RedisPassword) throws(LoadError) {
        guard case .error(let text) = try ask(password.command) else { return }
        if RedisPassword.isNeedless(Array("-\(text)".utf8)) { return }
        throw .password("\(peer)", problem: RedisPassword.problem(text) ?? text)
    }

    /// Sends a command and returns the reply.
    func ask(_ words: String...) throws(LoadError) -> RESPValue {
        var command = "*\(words.count)\r\n"
        for word in words { command += "$\(word.utf8.count)\r\n\(word)\r\n" }
        return try ask(Array(command.utf8))
    }

    private func ask(_ bytes: [UInt8]) throws(LoadError) -> RESPValue {
        guard send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
        else { throw problem(SystemError.text(of: errno)) }
        var received: [UInt8] = []
        var scanner = RedisReplyParser(mostValues: Self.mostValues)
        var buffer = [UInt8](repeating: 0, count: 65_536)
        let deadline = SystemClock.now + Self.longestReply
        while received.count < 16 << 20 {
            guard SystemClock.now < deadline else { throw problem("no whole reply within 5 s") }
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else {
                throw problem(count == 0 ? "connection closed" : receiveProblem)
            }
            received += buffer[..<count]
            do throws(ReplySyntaxError) {
                // Looks at each byte once; to read the whole anew after each piece takes for ever.
                let isWhole = try buffer.withUnsafeBufferPointer { bytes throws(ReplySyntaxError) in
                    var position = 0
                    let piece = UnsafeBufferPointer(rebasing: bytes[..<count])
                    return try scanner.next(piece, &position) != nil
                }
                guard isWhole else { continue }
                guard let reply = try RESPValue.parse(received[...]) else {
                    throw ReplySyntaxError()
                }
                return reply.value
            } catch {
                throw problem("this is no Redis server")
            }
        }
        throw problem("the reply has no end")
    }

    private var receiveProblem: String {
        errno == EAGAIN ? "no reply within 2 s" : SystemError.text(of: errno)
    }

    private func problem(_ text: String) -> LoadError {
        .answer("\(peer)", problem: text)
    }
}
