private import Foundation

/// A loopback port that takes connections and does not answer; closed when it goes out of scope.
package final class SilentListener: Sendable {
    package let port: UInt16
    private let socket: Int32

    package init() throws {
        (socket, port) = try LoopbackSocket.bound()
        listen(socket, 16)
    }

    deinit { close(socket) }
}

/// A connection to a loopback port that says nothing.
package struct SilentConnection: Sendable {
    private let socket: Int32

    package init(port: UInt16) throws {
        socket = try LoopbackSocket.connected(port: port)
    }

    package func close() { Foundation.close(socket) }
}
