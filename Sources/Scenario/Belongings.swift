internal import Engine

/// What a user has beside its task.
final class Belongings {
    private let loop: EventLoop
    /// Made for the first message, or when one is waited for.
    private(set) lazy var inbox = Inbox(on: loop)

    init(on loop: EventLoop) { self.loop = loop }

    private var connections: [TCPConnection] = []

    /// Takes note of a connection, and forgets those that were closed.
    func add(_ connection: TCPConnection) {
        if connections.count > 3 { connections.removeAll { !$0.isOpen } }
        connections.append(connection)
    }

    /// Closes what is open; returns how much was.
    func close() -> Int {
        let left = connections.filter(\.isOpen)
        for connection in left { connection.close() }
        return left.count
    }
}
