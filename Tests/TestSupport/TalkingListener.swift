private import Foundation

/// A loopback port that says the same words to whoever connects, and ends the connection.
package final class TalkingListener: Sendable {
    package let port: UInt16
    private let socket: Int32

    package init(saying words: String) throws {
        let (socket, port) = try LoopbackSocket.bound()
        (self.socket, self.port) = (socket, port)
        listen(socket, 16)
        let thread = Thread {
            // `shutdown` of the socket ends it.
            while case let connection = accept(socket, nil, nil), connection >= 0 {
                let bytes = Array(words.utf8)
                _ = send(connection, bytes, bytes.count, Int32(MSG_NOSIGNAL))
                // What the other side may still send is not answered with a reset, which could lose the words.
                shutdown(connection, Int32(SHUT_WR))
                close(connection)
            }
            close(socket)
        }
        thread.start()
    }

    deinit { shutdown(socket, Int32(SHUT_RDWR)) }
}
