/// Bounds the connects that are under way to each server.
///
/// sshd by default drops new connections at random once 10 are not yet authenticated
/// (`MaxStartups 10:30:100`).
final class Admission {
    /// Below sshd's 10, so that another client of the same server can connect, too.
    static let limit = 8

    private struct Queue {
        var underWay = 0
        var waiting: [(id: UInt64, start: () -> Void)] = []
    }

    private var queues: [String: Queue] = [:]

    /// Calls `start` now or when another dial to the server is over; pair it with ``leave(_:id:)``.
    func enter(_ server: String, id: UInt64, start: @escaping () -> Void) {
        guard queues[server, default: Queue()].underWay >= Self.limit else {
            queues[server, default: Queue()].underWay += 1
            start()
            return
        }
        queues[server]?.waiting.append((id, start))
    }

    /// Gives up the place of a dial, in the queue or under way.
    func leave(_ server: String, id: UInt64) {
        guard var queue = queues[server] else { return }
        if let place = queue.waiting.firstIndex(where: { $0.id == id }) {
            queue.waiting.remove(at: place)
            queues[server] = queue
            return
        }
        guard !queue.waiting.isEmpty else {
            queue.underWay -= 1
            queues[server] = queue.underWay == 0 ? nil : queue
            return
        }
        let next = queue.waiting.removeFirst()
        queues[server] = queue
        next.start()
    }
}
